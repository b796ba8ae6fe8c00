/** Teams. Their members are a stream of their own. */
import type { Call } from '../../http/endpoint.ts';
import { type Listing, listing } from '../../http/listing.ts';
import { choices } from '../../http/query.ts';
import { type Entry, stamps, stampsBy } from '../../store/entry.ts';
import { description, teamName } from '../../store/names.ts';
import { Ordered, type Sliceable } from '../../store/ordered.ts';
import type { Store } from '../../store/store.ts';
import { deletion, mutation, renaming } from '../mutation.ts';
import { connectionGrantsOf, grantsOf } from '../shared/grants.ts';
import { type Membership, memberParent, membersOf, ownerOf, type Team, teamsOf } from '../shared/people.ts';
import { dropTeamValues } from '../shared/user-attributes.ts';
import { PAGED_MORE, PAGED_OR_ARRAY, rootStream, type Stream } from '../stream.ts';

function render(_: Store, team: Team): Entry {
  const { id, name, description, visibility } = team;
  return { teamId: id, ...stamps(team), name, description, visibility, isArchived: false };
}

function select({ views, query }: Call, list: Ordered<Team>): Sliceable<Team> {
  const name = query.get('name');
  const text = query.get('description');
  const [visibility] = choices(query, 'visibility', ['public', 'private']);
  if (name === null && text === null && visibility === undefined) return list;
  const wanted = (team: Team): boolean =>
    (name === null || team.name === name) &&
    (text === null || team.description === text) &&
    (visibility === undefined || team.visibility === visibility);
  return views.filtered(list, JSON.stringify([name, text, visibility]), wanted);
}

function make(store: Store): void {
  const random = store.generator('teams');
  const all = membersOf(store).list.toArray();
  for (let i = 0; i < store.sizes.teams; i++) {
    const members = new Ordered<Membership>();
    const chosen = new Set<string>();
    // One team is empty and one is larger than a default page where the organization allows it.
    const size =
      i === 1 ? 0 : i === 0 ? Math.min(all.length, 120) : 1 + random.below(Math.min(all.length, 12));
    for (let n = 0; n < size; n++) {
      const userId = (i === 0 ? (all[n] ?? ownerOf(store)) : random.pick(all)).id;
      if (chosen.has(userId)) continue;
      chosen.add(userId);
      members.add({ order: store.nextOrder(), userId, isTeamAdmin: n === 0, addedBy: store.ownerId });
    }
    teamsOf(store).add({
      order: store.nextOrder(),
      id: random.uuid(),
      name: teamName(random, i + 1),
      description: random.next() < 0.3 ? null : description(random),
      visibility: random.next() < 0.7 ? 'public' : 'private',
      members,
      ...stampsBy(random, random.pick(all).id),
    });
  }
}

const addTeam = mutation(1, ['name', 'front'], (store, name, placement) => {
  const { random } = store;
  const team: Team = {
    order: store.nextOrder(placement),
    id: random.uuid(),
    name: name ?? teamName(random, teamsOf(store).size + 1),
    description: random.next() < 0.5 ? null : description(random),
    visibility: 'public',
    members: new Ordered(),
    ...store.fresh(),
  };
  teamsOf(store).add(team);
  return team.id;
});

/** Deletes a team with its memberships, grants and values of user attributes. */
const deleteTeam = deletion(teamsOf, (store, { id }) => {
  grantsOf(store).deleteOf(id);
  connectionGrantsOf(store).deleteOf(id);
  dropTeamValues(store, id);
});

/** The teams that a member is in. */
function listOfMember(call: Call): Listing {
  const { id } = memberParent.find(call);
  const isIn = ({ members }: Team): boolean => members.toArray().some(({ userId }) => userId === id);
  return listing(teamsOf(call.store).list.toArray().filter(isIn), (team) => render(call.store, team));
}

const listed = rootStream({
  paths: [
    { path: '/v2/teams', ...PAGED_OR_ARRAY },
    { path: '/v2.1/teams', ...PAGED_MORE },
  ],
  single: '/v2/teams/{teamId}',
  singleMore: ({ members }) => ({ members: members.toArray().map(({ userId }) => userId) }),
  missing: 'team not found',
  table: teamsOf,
  render,
  select,
  shift: [addTeam, deleteTeam],
});

export const teams = {
  ...listed,
  endpoints: [
    ...listed.endpoints,
    { path: '/v2/members/{memberId}/teams', ...PAGED_MORE, list: listOfMember },
  ],
  make,
  mutations: {
    /** Adds an empty team and returns its id. */
    addTeam,
    deleteTeam,
    renameTeam: renaming(teamsOf, ({ random }, { order }) => teamName(random, order)),
  },
  tables: { teams: teamsOf },
} satisfies Stream;
