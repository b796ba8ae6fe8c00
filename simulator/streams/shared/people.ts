/** Members and teams, which other streams name. */
import type { Stamped } from '../../store/entry.ts';
import type { HasOrder, Ordered } from '../../store/ordered.ts';
import { oneOf, type Store, tableOf } from '../../store/store.ts';
import { parent } from '../parents.ts';

export interface Member extends Stamped {
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  readonly memberType: string;
  readonly userKind: string;
  readonly homeFolderId: string;
  readonly profileImgUrl: string | null;
  archived: boolean;
  inactive: boolean;
}

export const membersOf = tableOf<Member>();
/** Ids of the My Documents folders there ever were. */
export const homesOf = oneOf(() => new Set<string>());
export const memberParent = parent('memberId', 'member', membersOf);

/** The member whose credentials the token acts for. */
export function ownerOf(store: Store): Member {
  const owner = membersOf(store).get(store.ownerId);
  if (owner === undefined) throw new Error('the organization has no members');
  return owner;
}

/** A member in a team. The API calls the member `userId` here and `memberId` elsewhere. */
export interface Membership extends HasOrder {
  readonly userId: string;
  readonly isTeamAdmin: boolean;
  readonly addedBy: string;
}

export interface Team extends Stamped {
  name: string;
  readonly description: string | null;
  readonly visibility: 'public' | 'private';
  readonly members: Ordered<Membership>;
}

export const teamsOf = tableOf<Team>();
export const teamParent = parent('teamId', 'team', teamsOf);
