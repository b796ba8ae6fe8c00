/** The values members have for user attributes. */
import { listing } from '../../http/listing.ts';
import { stamps } from '../../store/entry.ts';
import { typed, userAttributeParent } from '../shared/user-attributes.ts';
import { childStream, PAGED } from '../stream.ts';

export const userAttributeMembers = childStream(userAttributeParent, {
  paths: [{ path: '/v2/user-attributes/{userAttributeId}/users', ...PAGED }],
  list: (_, { members }) =>
    listing(members, (one) => ({ userId: one.id, value: typed(one.value), ...stamps(one) })),
});
