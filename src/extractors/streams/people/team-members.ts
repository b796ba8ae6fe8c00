import { boolean, text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byId } from '../shared/by-parent.ts';

/** A membership can begin or end without a change of its team's `updatedAt`, so every team is swept in every run. */
export const teamMembers = defineStream({
  name: 'team_members',
  description: 'Memberships of teams.',
  key: ['team_id', 'member_id'],
  sources: [{ name: 'members', listings: [{ path: '/v2/teams/{teamId}/members', paging: 'page' }] }],
  partitions: [[byId('team', 'teams', 'teamId')]],
  params: { teamId: text('Team') },
  fields: {
    userId: text('Member; this endpoint calls the member id userId', 'member_id'),
    isTeamAdmin: boolean('True if the member administers the team'),
    addedBy: text('Member who added this one to the team'),
  },
});
