import { authorship, json, number, text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byUserAttribute } from '../shared/by-parent.ts';

export const userAttributeTeams = defineStream({
  name: 'user_attribute_teams',
  description: 'Values of user attributes that are assigned to teams.',
  key: ['user_attribute_id', 'team_id'],
  sources: [
    { name: 'teams', listings: [{ path: '/v2/user-attributes/{userAttributeId}/teams', paging: 'page' }] },
  ],
  partitions: [[byUserAttribute]],
  params: { userAttributeId: text('User attribute') },
  fields: {
    teamId: text('Team'),
    value: json('Value assigned: val and type'),
    priority: number('Ranks the assignment among those of the other teams a member is in'),
    ...authorship,
  },
});
