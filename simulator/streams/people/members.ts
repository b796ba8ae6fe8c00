/** The members of the organization. The first one made owns the credentials and is an admin. */
import type { Call } from '../../http/endpoint.ts';
import { flag } from '../../http/query.ts';
import { type Entry, type Stamps, stamps, stampsBy } from '../../store/entry.ts';
import { emailOf, personName } from '../../store/names.ts';
import type { Ordered, Sliceable } from '../../store/ordered.ts';
import type { Random } from '../../store/random.ts';
import type { Store } from '../../store/store.ts';
import { mutation } from '../mutation.ts';
import { homesOf, type Member, membersOf, ownerOf } from '../shared/people.ts';
import { PAGED_MORE, PAGED_OR_ARRAY, rootStream, type Stream } from '../stream.ts';

const MEMBER_TYPES = ['admin', 'creator', 'explorer', 'viewer', 'viewer'] as const;

function insert(store: Store, member: Member): void {
  if (store.ownerId === '') store.ownerId = member.id;
  membersOf(store).add(member);
  homesOf(store).add(member.homeFolderId);
}

function made(store: Store, random: Random, order: number, stamps: Stamps): Member {
  const number = membersOf(store).size + 1;
  const { first, last } = personName(random);
  return {
    order,
    id: random.base62(28),
    firstName: first,
    lastName: last,
    email: emailOf(first, last, number),
    memberType: number === 1 ? 'admin' : random.pick(MEMBER_TYPES),
    userKind: number % 17 === 9 ? 'guest' : 'internal',
    homeFolderId: random.uuid(),
    profileImgUrl: random.next() < 0.3 ? `https://images.example.com/${number}.png` : null,
    // Both kinds are left out of a plain listing.
    archived: number % 11 === 6,
    inactive: number % 13 === 8,
    ...stamps,
  };
}

const addMember = mutation(1, ['front'], (store, placement) => {
  const member = made(store, store.random, store.nextOrder(placement), store.fresh());
  insert(store, { ...member, archived: false, inactive: false });
  return member.id;
});

function render({ organizationId }: Store, member: Member): Entry {
  return {
    organizationId,
    memberId: member.id,
    memberType: member.memberType,
    firstName: member.firstName,
    lastName: member.lastName,
    email: member.email,
    profileImgUrl: member.profileImgUrl,
    ...stamps(member),
    homeFolderId: member.homeFolderId,
    userKind: member.userKind,
    isArchived: member.archived,
    isInactive: member.inactive,
  };
}

function select({ views, query }: Call, list: Ordered<Member>): Sliceable<Member> {
  const archived = flag(query, 'includeArchived');
  const inactive = flag(query, 'includeInactive');
  const search = query.get('search')?.toLowerCase() ?? '';
  if (archived && inactive && search === '') return list;
  return views.filtered(
    list,
    `${archived} ${inactive} ${search}`,
    (m) =>
      (archived || !m.archived) &&
      (inactive || !m.inactive) &&
      `${m.firstName} ${m.lastName} ${m.email}`.toLowerCase().includes(search),
  );
}

export const members = {
  ...rootStream({
    paths: [
      { path: '/v2/members', ...PAGED_OR_ARRAY },
      { path: '/v2.1/members', ...PAGED_MORE },
    ],
    single: '/v2/members/{memberId}',
    missing: 'member not found',
    table: membersOf,
    render,
    select,
    shift: [addMember],
  }),
  make(store) {
    const random = store.generator('members');
    for (let i = 0; i < store.sizes.members; i++) {
      const member = made(store, random, store.nextOrder(), stampsBy(random, ''));
      const by = membersOf(store).list.at(0)?.id ?? member.id;
      insert(store, { ...member, createdBy: by, updatedBy: by });
    }
  },
  mutations: {
    /** Adds a member and returns its id. */
    addMember,
    /** Makes a member inactive: it leaves plain listings but still exists. */
    deactivateMember: mutation(1, ['id'], (store, id) => {
      const able = (one: Member): boolean => one.id !== store.ownerId && !one.inactive;
      const member = store.chosen(membersOf(store), id, able);
      member.inactive = true;
      store.touch(member);
      return member.id;
    }),
  },
  tables: { members: membersOf, owner: ownerOf },
} satisfies Stream;
