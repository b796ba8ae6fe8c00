/**
 * Children that change without their parent's version or `updatedAt` moving: schedules, bookmarks, embeds. They are
 * derived from the parent's id and a counter that each change raises, so only parents that changed cost memory.
 */
import type { Identified } from '../../store/ordered.ts';
import { Random } from '../../store/random.ts';
import { oneOf, type Store, type Table } from '../../store/store.ts';
import { type Mutation, mutation } from '../mutation.ts';

/** Counts changes to the children of a kind, by parent. */
export class Revisions {
  readonly #counts = new Map<string, number>();

  of(kind: string, parentId: string): number {
    return this.#counts.get(`${kind} ${parentId}`) ?? 0;
  }

  raise(kind: string, parentId: string): void {
    this.#counts.set(`${kind} ${parentId}`, this.of(kind, parentId) + 1);
  }
}

export const revisionsOf = oneOf(() => new Revisions());

/** Changes what a parent has of a kind, which shows in nothing else. */
export function revising<P extends Identified>(
  kind: string,
  parents: Table<P>,
  fits: (parent: P) => boolean,
): Mutation<(store: Store, id?: string) => string> {
  return mutation(1, ['id'], (store, id) => {
    const parent = store.chosen(parents(store), id, fits);
    store.tick();
    revisionsOf(store).raise(kind, parent.id);
    return parent.id;
  });
}

/** A derived child: its number among all that its parent ever had, and the revision that made or last changed it. */
export interface Thing {
  readonly number: number;
  readonly revision: number;
}

/** Number of children that a parent begins with. */
export interface Frequency {
  /** Share of the parents that have any. */
  readonly share: number;
  readonly most: number;
}

/** The things of a parent: those it began with, then a change per revision: one comes, goes or is altered. */
export function thingsOf(store: Store, kind: string, parentId: string, { share, most }: Frequency): Thing[] {
  const { seed } = store;
  const random = new Random(seed, kind, parentId);
  let made = random.next() < share ? 1 + random.below(most) : 0;
  const things: Thing[] = Array.from({ length: made }, (_, number) => ({ number, revision: 0 }));
  const last = revisionsOf(store).of(kind, parentId);
  for (let revision = 1; revision <= last; revision++) {
    const change = new Random(seed, kind, parentId, 'revision', revision);
    const at = change.below(things.length);
    const old = things[at];
    const roll = change.next();
    if (old === undefined || roll < 0.4) things.push({ number: made++, revision });
    else if (roll < 0.65) things.splice(at, 1);
    else things[at] = { ...old, revision };
  }
  return things;
}
