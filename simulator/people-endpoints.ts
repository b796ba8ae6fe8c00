/** Members, teams and who belongs to them. */

import type { Member, Team } from './entities.ts';
import { memberEntry, membershipEntry, teamEntry } from './entries.ts';
import { Refusal } from './http/answer.ts';
import { type Call, type Endpoint, param } from './http/endpoint.ts';
import { type Listing, listing } from './http/listing.ts';
import { choices, flag } from './http/query.ts';
import { addedInFront } from './shift.ts';

/** `/v2` pages only when asked to and documents no total; `/v2.1` always pages. */
const V2 = { tokens: 'offset', bare: 'array', total: false } as const;
const V2_1 = { tokens: 'offset', hasMore: true } as const;

const members = {
  list: listMembers,
  shift: ({ organization }: Call) => organization.addMember({ front: true }),
};
const teams = { list: listTeams, shift: shiftTeams };

export const peopleEndpoints: readonly Endpoint[] = [
  { path: '/v2/members', ...V2, ...members },
  { path: '/v2.1/members', ...V2_1, ...members },
  { path: '/v2/members/{memberId}', get: getMember },
  { path: '/v2/teams', ...V2, ...teams },
  { path: '/v2.1/teams', ...V2_1, ...teams },
  {
    path: '/v2/teams/{teamId}',
    get: (call) => {
      const team = teamOf(call);
      return { ...teamEntry(team), members: team.members.toArray().map((m) => m.userId) };
    },
  },
  {
    path: '/v2/teams/{teamId}/members',
    ...V2_1,
    list: (call) => listing(teamOf(call).members, membershipEntry),
    shift: (call, remove) => {
      const { id, members } = teamOf(call);
      const added = remove ? addedInFront(members) : undefined;
      if (added !== undefined) call.organization.removeTeamMember(id, added.userId);
      else call.organization.addTeamMember(id, undefined, { front: true });
    },
  },
];

function listMembers({ organization, views, query }: Call): Listing {
  const archived = flag(query, 'includeArchived');
  const inactive = flag(query, 'includeInactive');
  const search = query.get('search')?.toLowerCase() ?? '';
  const wanted = (m: Member): boolean =>
    (archived || !m.archived) &&
    (inactive || !m.inactive) &&
    `${m.firstName} ${m.lastName} ${m.email}`.toLowerCase().includes(search);
  const { list } = organization.members;
  const items =
    archived && inactive && search === ''
      ? list
      : views.filtered(list, `${archived} ${inactive} ${search}`, wanted);
  return listing(items, (member) => memberEntry(organization, member));
}

function listTeams({ organization, views, query }: Call): Listing {
  const name = query.get('name');
  const description = query.get('description');
  const [visibility] = choices(query, 'visibility', ['public', 'private']);
  const { list } = organization.teams;
  if (name === null && description === null && visibility === undefined) return listing(list, teamEntry);
  const wanted = (team: Team): boolean =>
    (name === null || team.name === name) &&
    (description === null || team.description === description) &&
    (visibility === undefined || team.visibility === visibility);
  return listing(views.filtered(list, JSON.stringify([name, description, visibility]), wanted), teamEntry);
}

function shiftTeams({ organization }: Call, remove: boolean): void {
  const added = remove ? addedInFront(organization.teams.list) : undefined;
  if (added !== undefined) organization.deleteTeam(added.id);
  else organization.addTeam(undefined, { front: true });
}

function getMember(call: Call): ReturnType<typeof memberEntry> {
  const member = call.organization.members.get(param(call, 'memberId'));
  if (member === undefined) throw new Refusal(404, 'member not found');
  return memberEntry(call.organization, member);
}

function teamOf(call: Call): Team {
  const team = call.organization.teams.get(param(call, 'teamId'));
  if (team === undefined) throw new Refusal(404, 'team not found');
  return team;
}
