/**
 * What everything in an organization stands on: its seed, its sizes, its clock, its chances. What it keeps is
 * declared where it belongs: `const teamsOf = tableOf<Team>()`.
 */
import { DAY, EPOCH, type Stamps } from './entry.ts';
import { type StoreOptions, sizesOf } from './options.ts';
import { type Identified, Registry } from './ordered.ts';
import { hash, Random } from './random.ts';

export class Store {
  readonly seed: number;
  readonly sizes: ReturnType<typeof sizesOf>;
  /** Where the logical clock started. */
  readonly start: number;
  /** Some entries carry fields newer than the specification. */
  readonly newerFields: boolean;
  /** Share of the members that opened a file in the 30 days before the start. */
  readonly activeShare: number;
  readonly organizationId: string;
  /** Parent of all workspaces; itself not a file. */
  readonly rootId: string;
  /** Id of the member whose credentials the token acts for: the first one made, an admin. */
  ownerId = '';
  /** Source of every id made after generation and of every random choice of a mutation. */
  readonly random: Random;
  readonly #generators = new Map<string, Random>();
  #front = 0;
  #back = 0;
  #now: number;

  constructor(options: StoreOptions) {
    this.seed = options.seed ?? 1;
    this.sizes = sizesOf(options);
    this.start = options.now ?? EPOCH + 270 * DAY;
    this.newerFields = options.newerFields ?? true;
    this.activeShare = options.activeShare ?? 0.4;
    this.#now = this.start;
    const random = this.generator('organization');
    this.organizationId = random.uuid();
    this.rootId = random.uuid();
    this.random = this.generator('mutations');
  }

  /** The logical clock: the time of the last mutation, or what `advance` made it. */
  get now(): number {
    return this.#now;
  }

  /** Advances the clock by some seconds and returns the new time. */
  tick(): number {
    this.#now += 1000 + this.random.below(4000);
    return this.#now;
  }

  /** Moves the clock forward and returns the new time. @throws RangeError for a step back. */
  moveClock(ms: number): number {
    if (!(ms >= 0)) throw new RangeError('the clock goes forward only');
    this.#now += Math.floor(ms);
    return this.#now;
  }

  /** The generator of that name. It goes on where the last one to ask for it stopped: the order of making counts. */
  generator(name: string): Random {
    const known = this.#generators.get(name) ?? new Random(this.seed, name);
    this.#generators.set(name, known);
    return known;
  }

  /** The next place in a listing: at its end, or at its front for entries that shift what follows. */
  nextOrder({ front = false }: Placement = {}): number {
    return front ? --this.#front : ++this.#back;
  }

  /** Stamps of something made now, by the owner of the credentials. */
  fresh(): Stamps {
    const at = this.tick();
    return { createdBy: this.ownerId, updatedBy: this.ownerId, createdAt: at, updatedAt: at };
  }

  /** Notes that something was changed now, by the owner of the credentials. */
  touch(changed: Stamps): void {
    changed.updatedAt = this.tick();
    changed.updatedBy = this.ownerId;
  }

  /** Some objects show optional and newer fields, others do not: a stable choice by id. */
  sometimes(id: string, one: number): boolean {
    return hash(this.seed, id, one) % one === 0;
  }

  /** The object of that id, or any of the table that fits. @throws RangeError where there is none. */
  chosen<T extends Identified>(
    table: Registry<T>,
    id: string | undefined,
    fits: (item: T) => boolean = () => true,
  ): T {
    const { list } = table;
    if (id !== undefined) {
      const item = table.get(id);
      if (item === undefined) throw new RangeError(`nothing has the id ${id}`);
      return item;
    }
    const start = this.random.below(Math.max(1, list.length));
    for (let i = 0; i < list.length; i++) {
      const item = list.at((start + i) % list.length);
      if (item !== undefined && fits(item)) return item;
    }
    throw new RangeError('there is nothing to change');
  }
}

/** Where a new entry goes in its listing. `front` shifts everything behind it. */
export interface Placement {
  readonly front?: boolean | undefined;
}

/** Something each organization has one of, made when it is first asked for. */
export function oneOf<T>(make: (store: Store) => T): (store: Store) => T {
  const made = new WeakMap<Store, { readonly one: T }>();
  return (store) => {
    const known = made.get(store) ?? { one: make(store) };
    made.set(store, known);
    return known.one;
  };
}

/** A table of the organization's objects. */
export type Table<T extends Identified> = (store: Store) => Registry<T>;

export function tableOf<T extends Identified>(): Table<T> {
  return oneOf(() => new Registry<T>());
}
