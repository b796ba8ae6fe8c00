/** User attributes, and the values that members and teams are given for them. */
import { type Entry, type Stamps, stamps, stampsBy } from '../../store/entry.ts';
import { attributeName, attributeValue, description } from '../../store/names.ts';
import { Ordered } from '../../store/ordered.ts';
import type { Random } from '../../store/random.ts';
import type { Store } from '../../store/store.ts';
import { deletion, mutation, renaming, requestedMutation } from '../mutation.ts';
import { membersOf, teamsOf } from '../shared/people.ts';
import {
  type AttributeValue,
  typed,
  type UserAttribute,
  userAttributesOf,
} from '../shared/user-attributes.ts';
import { PAGED, rootStream, type Stream } from '../stream.ts';

/** Members and teams that have a value to begin with, at most. */
const VALUES = 120;

/** The holder of a value; missing parts are chosen at random. Only one of memberId and teamId. */
interface Holder {
  readonly memberId?: string | undefined;
  readonly teamId?: string | undefined;
}

function made(store: Store, random: Random, order: number, stamps: Stamps): UserAttribute {
  const roll = random.next();
  return {
    order,
    id: random.uuid(),
    name: attributeName(random, userAttributesOf(store).size + 1),
    description: roll < 0.3 ? null : roll < 0.6 ? undefined : description(random),
    defaultValue: roll < 0.2 ? null : roll < 0.5 ? undefined : attributeValue(random),
    members: new Ordered(),
    teams: new Ordered(),
    ...stamps,
  };
}

function make(store: Store): void {
  const random = store.generator('access');
  for (let i = 0; i < 5; i++) {
    const given = stampsBy(random, store.ownerId);
    const attribute = made(store, random, store.nextOrder(), given);
    for (const [holders, values] of [
      [membersOf(store).list, attribute.members],
      [teamsOf(store).list, attribute.teams],
    ] as const)
      for (const { id } of holders.slice(0, VALUES) as readonly { readonly id: string }[])
        if (random.next() < 0.3)
          values.add({ order: store.nextOrder(), id, value: attributeValue(random), ...given });
    userAttributesOf(store).add(attribute);
  }
}

const addUserAttribute = mutation(2, ['name', 'front'], (store, name, placement) => {
  const attribute = made(store, store.random, store.nextOrder(placement), store.fresh());
  userAttributesOf(store).add({ ...attribute, name: name ?? attribute.name });
  return attribute.id;
});

/** Deletes a user attribute with all its values. */
const deleteUserAttribute = deletion(userAttributesOf);

function holderOf(
  store: Store,
  { memberId, teamId }: Holder,
  attribute: UserAttribute,
): { readonly id: string; readonly values: Ordered<AttributeValue> } {
  if (memberId !== undefined && teamId !== undefined)
    throw new RangeError('a value is for a member or for a team, not for both');
  const byChance = memberId === undefined && teamsOf(store).size > 0 && store.random.next() < 0.3;
  if (teamId !== undefined || byChance)
    return { id: store.chosen(teamsOf(store), teamId).id, values: attribute.teams };
  return { id: store.chosen(membersOf(store), memberId).id, values: attribute.members };
}

function render(_: Store, attribute: UserAttribute): Entry {
  const { id, name, description, defaultValue } = attribute;
  return {
    userAttributeId: id,
    name,
    ...stamps(attribute),
    ...(description !== undefined && { description }),
    ...(defaultValue !== undefined && { defaultValue: defaultValue === null ? null : typed(defaultValue) }),
  };
}

export const userAttributes = {
  ...rootStream({
    paths: [{ path: '/v2/user-attributes', ...PAGED }],
    single: '/v2/user-attributes/{userAttributeId}',
    table: userAttributesOf,
    render,
    unknown: ['name'],
    shift: [addUserAttribute, deleteUserAttribute],
  }),
  make,
  mutations: {
    addUserAttribute,
    renameUserAttribute: renaming(userAttributesOf, ({ random }) => attributeName(random, random.below(1e6))),
    deleteUserAttribute,
    /** Gives a member or team a value, or another one. The attribute's `updatedAt` does not move. */
    setUserAttribute: requestedMutation(3, ['id', 'memberId', 'teamId', 'value'], (store, request = {}) => {
      const attribute = store.chosen(userAttributesOf(store), request.id);
      const { id, values } = holderOf(store, request, attribute);
      const value = request.value ?? `${attributeValue(store.random)} ${store.random.below(1e6)}`;
      const known = [...values].find((one) => one.id === id);
      if (known === undefined) values.add({ order: store.nextOrder(), id, value, ...store.fresh() });
      else {
        known.value = value;
        store.touch(known);
      }
      return attribute.id;
    }),
    /** Takes a value away. Without a member or team one that has a value is chosen. */
    unsetUserAttribute: requestedMutation(1, ['id', 'memberId', 'teamId'], (store, request = {}) => {
      const hasValues = ({ members, teams }: UserAttribute): boolean => members.length + teams.length > 0;
      const attribute = store.chosen(userAttributesOf(store), request.id, hasValues);
      const holder = request.memberId ?? request.teamId;
      for (const values of [attribute.members, attribute.teams]) {
        const value = holder === undefined ? values.at(0) : [...values].find(({ id }) => id === holder);
        if (value === undefined) continue;
        store.tick();
        values.delete(value);
        return attribute.id;
      }
      throw new RangeError(`${holder ?? 'nobody'} has no value for the user attribute ${attribute.id}`);
    }),
  },
} satisfies Stream;
