import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byId } from '../shared/by-parent.ts';

/** Account types carry no timestamp and there are few of them, so all are swept in every run. */
export const accountTypePermissions = defineStream({
  name: 'account_type_permissions',
  description: 'Permissions of each account type, one by one.',
  key: ['account_type_id', 'permission'],
  sources: [
    {
      name: 'permissions',
      listings: [{ path: '/v2/accountTypes/{accountTypeId}/permissions', paging: 'array' }],
    },
  ],
  partitions: [[byId('account type', 'account_types', 'accountTypeId')]],
  caveats: 'For admins only.',
  params: { accountTypeId: text('Account type') },
  fields: {
    permission: text('Name of the permission, such as view-worksheet'),
    description: text('The actions it allows'),
  },
});
