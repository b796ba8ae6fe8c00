/** The values teams have for user attributes. */
import { listing } from '../../http/listing.ts';
import { stamps } from '../../store/entry.ts';
import { typed, userAttributeParent } from '../shared/user-attributes.ts';
import { childStream, PAGED } from '../stream.ts';

export const userAttributeTeams = childStream(userAttributeParent, {
  paths: [{ path: '/v2/user-attributes/{userAttributeId}/teams', ...PAGED }],
  list: (_, { teams }) =>
    // A team's place decides where a member is in several; the first one given a value comes first.
    listing(teams, (one) => ({
      ...{ teamId: one.id, value: typed(one.value), priority: one.order },
      ...stamps(one),
    })),
});
