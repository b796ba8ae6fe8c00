/** Members of each team. Changes move no team's `updatedAt`. */
import { listing } from '../../http/listing.ts';
import { addedInFront } from '../../store/ordered.ts';
import { mutation } from '../mutation.ts';
import { membersOf, teamParent, teamsOf } from '../shared/people.ts';
import { childStream, PAGED_MORE, type Stream } from '../stream.ts';

/** Adds a member to a team. Returns the member's id. */
const addTeamMember = mutation(2, ['teamId', 'userId', 'front'], (store, teamId, userId, placement) => {
  const team = store.chosen(teamsOf(store), teamId);
  const present = new Set([...team.members].map((one) => one.userId));
  const { id } = store.chosen(membersOf(store), userId, (one) => !present.has(one.id));
  store.tick();
  if (present.has(id)) return id;
  const order = store.nextOrder(placement);
  team.members.add({ order, userId: id, isTeamAdmin: false, addedBy: store.ownerId });
  return id;
});

/** Removes a member from a team. Returns the member's id. */
const removeTeamMember = mutation(1, ['teamId', 'userId'], (store, teamId, userId) => {
  const team = store.chosen(teamsOf(store), teamId, ({ members }) => members.length > 0);
  const list = team.members.toArray();
  const membership =
    userId === undefined ? store.random.pick(list) : list.find((one) => one.userId === userId);
  if (membership === undefined) throw new RangeError(`${userId} is not in the team ${team.id}`);
  store.tick();
  team.members.delete(membership);
  return membership.userId;
});

export const teamMembers = {
  ...childStream(teamParent, {
    paths: [{ path: '/v2/teams/{teamId}/members', ...PAGED_MORE }],
    list: (_, { members }) =>
      listing(members, ({ userId, isTeamAdmin, addedBy }) => ({ userId, isTeamAdmin, addedBy })),
    shift(store, { id, members }, remove) {
      const added = remove ? addedInFront(members) : undefined;
      if (added === undefined) addTeamMember.run(store, { teamId: id, front: true });
      else removeTeamMember.run(store, { teamId: id, userId: added.userId });
    },
  }),
  mutations: { addTeamMember, removeTeamMember },
} satisfies Stream;
