/** Changes to members, teams and who belongs to them. Every id may be left out: then one is chosen. */
import type { Member, Stamps, Team } from '../../entities.ts';
import { makeMember } from '../../generate.ts';
import { description, teamName } from '../../store/names.ts';
import { type HasOrder, Ordered, type Registry } from '../../store/ordered.ts';
import type { Random } from '../../store/random.ts';
import { Store } from '../../store/store.ts';

/** Where a new entry goes in its listing. `front` shifts everything behind it. */
export interface Placement {
  readonly front?: boolean | undefined;
}

/** The object of that id, or any of the registry; throws where there is none. */
export function chosen<T extends HasOrder & { readonly id: string }>(
  registry: Registry<T>,
  id: string | undefined,
  random: Random,
  fits: (item: T) => boolean = () => true,
): T {
  if (id !== undefined) {
    const item = registry.get(id);
    if (item === undefined) throw new RangeError(`nothing has the id ${id}`);
    return item;
  }
  const start = random.below(Math.max(1, registry.list.length));
  for (let i = 0; i < registry.list.length; i++) {
    const item = registry.list.at((start + i) % registry.list.length);
    if (item !== undefined && fits(item)) return item;
  }
  throw new RangeError('there is nothing to change');
}

/** Mutations of members and teams. */
export class PeopleMutations extends Store {
  /** Adds a member and returns its id. */
  addMember(placement: Placement = {}): string {
    const member = makeMember(this, this.random, this.nextOrder(placement.front), this.fresh());
    member.archived = false;
    member.inactive = false;
    this.insertMember(member);
    return member.id;
  }

  /** Makes a member inactive: it leaves plain listings but still exists. */
  deactivateMember(id?: string): string {
    const able = (m: Member): boolean => m !== this.owner && !m.inactive;
    const member = chosen(this.members, id, this.random, able);
    member.inactive = true;
    this.touch(member);
    return member.id;
  }

  /** Adds an empty team and returns its id. */
  addTeam(name?: string, placement: Placement = {}): string {
    const team: Team = {
      order: this.nextOrder(placement.front),
      id: this.random.uuid(),
      name: name ?? teamName(this.random, this.teams.size + 1),
      description: this.random.next() < 0.5 ? null : description(this.random),
      visibility: 'public',
      members: new Ordered(),
      ...this.fresh(),
    };
    this.teams.add(team);
    return team.id;
  }

  renameTeam(id?: string, name?: string): string {
    const team = chosen(this.teams, id, this.random);
    team.name = name ?? teamName(this.random, team.order);
    this.touch(team);
    return team.id;
  }

  /** Deletes a team with its memberships, grants and values of user attributes. */
  deleteTeam(id?: string): string {
    const team = chosen(this.teams, id, this.random);
    this.tick();
    this.grants.deleteOf(team.id);
    this.connectionGrants.deleteOf(team.id);
    for (const { teams } of this.userAttributes.list)
      for (const value of teams.toArray()) if (value.id === team.id) teams.delete(value);
    this.teams.delete(team);
    return team.id;
  }

  /** Adds a member to a team. The team's `updatedAt` does not move. Returns the member's id. */
  addTeamMember(teamId?: string, userId?: string, placement: Placement = {}): string {
    const team = chosen(this.teams, teamId, this.random);
    const present = new Set([...team.members].map((m) => m.userId));
    const member = chosen(this.members, userId, this.random, (m) => !present.has(m.id));
    this.tick();
    if (!present.has(member.id))
      team.members.add({
        order: this.nextOrder(placement.front),
        userId: member.id,
        isTeamAdmin: false,
        addedBy: this.owner.id,
      });
    return member.id;
  }

  /** Removes a member from a team. The team's `updatedAt` does not move. Returns the member's id. */
  removeTeamMember(teamId?: string, userId?: string): string {
    const team = chosen(this.teams, teamId, this.random, (t) => t.members.length > 0);
    const list = team.members.toArray();
    const membership = userId === undefined ? this.random.pick(list) : list.find((m) => m.userId === userId);
    if (membership === undefined) throw new RangeError(`${userId} is not in the team ${team.id}`);
    this.tick();
    team.members.delete(membership);
    return membership.userId;
  }

  /** Stamps of something made now, by the owner of the credentials. */
  protected fresh(): Stamps {
    const at = this.tick();
    return { createdBy: this.owner.id, updatedBy: this.owner.id, createdAt: at, updatedAt: at };
  }

  /** Notes that something was changed now, by the owner of the credentials. */
  protected touch(changed: Stamps): void {
    changed.updatedAt = this.tick();
    changed.updatedBy = this.owner.id;
  }
}
