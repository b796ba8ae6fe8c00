/** User attributes and the values that members and teams have for them. */
import type { Entry, Stamped } from '../../store/entry.ts';
import type { Ordered } from '../../store/ordered.ts';
import { type Store, tableOf } from '../../store/store.ts';
import { parent } from '../parents.ts';

/** The value a member or team has for a user attribute. `id` is the member's or team's. */
export interface AttributeValue extends Stamped {
  value: string;
}

export interface UserAttribute extends Stamped {
  name: string;
  readonly description: string | null | undefined;
  readonly defaultValue: string | null | undefined;
  readonly members: Ordered<AttributeValue>;
  readonly teams: Ordered<AttributeValue>;
}

export const userAttributesOf = tableOf<UserAttribute>();
export const userAttributeParent = parent('userAttributeId', 'user attribute', userAttributesOf);

/** Takes all values of a team away. */
export function dropTeamValues(store: Store, teamId: string): void {
  for (const { teams } of userAttributesOf(store).list)
    for (const value of teams.toArray()) if (value.id === teamId) teams.delete(value);
}

/** A value as the API writes it. */
export function typed(val: string): Entry {
  return { val, type: 'string' };
}
