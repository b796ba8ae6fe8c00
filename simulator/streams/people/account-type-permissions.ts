/** Permissions of each account type. */
import { listing } from '../../http/listing.ts';
import { ARRAY, childStream } from '../stream.ts';
import { accountTypeParent } from './account-types.ts';

export const accountTypePermissions = childStream(accountTypeParent, {
  paths: [{ path: '/v2/accountTypes/{accountTypeId}/permissions', ...ARRAY }],
  list: (_, { permissions }) =>
    listing(permissions, (permission) => ({ permission, description: `Allows “${permission}”` })),
});
