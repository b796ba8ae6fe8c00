/**
 * The foundation of an organization: its seed, its sizes, its clock, its chances. Its tables are declared where they
 * belong: `const teamsOf = tableOf<Team>()`.
 */
import { DAY, EPOCH, type Stamps } from './entry.ts';
import { type Identified, Registry } from './ordered.ts';
import { hash, Random } from './random.ts';

export class Store {
  readonly seed: number;
  readonly sizes: ReturnType<typeof sizesOf>;
  /** Start of the logical clock. */
  readonly start: number;
  /** Some entries carry fields newer than the specification. */
  readonly newerFields: boolean;
  /** Share of the members that opened a file in the 30 days before the start. */
  readonly activeShare: number;
  /** See {@link StoreOptions}. */
  readonly drawnShortIds: boolean;
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
    this.drawnShortIds = options.drawnShortIds ?? false;
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

/** The place of a new entry in its listing. `front` shifts everything behind it. */
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

/** Seed, sizes and start of an organization. Every size is met exactly. */
export interface StoreOptions {
  /** Default 1. */
  readonly seed?: number;
  /** Workbooks without explorations; archived, private and tagged versions included. Default 120. */
  readonly workbooks?: number;
  /** Archived and inactive ones included. Default 40, at least 1. */
  readonly members?: number;
  /** Default 8. */
  readonly teams?: number;
  /** Direct grants, besides those that reports begin with. Default 600. */
  readonly grants?: number;
  /** Default: one per 100 workbooks and at least 5, at most 40. */
  readonly workspaces?: number;
  /** Default: one per 20 workbooks and at least 10, at most 500. */
  readonly folders?: number;
  /** Elements of all workbooks that are not archived, together. Default: by `elementsPerPage`. */
  readonly elements?: number;
  /** Default: one to three, by chance. */
  readonly pagesPerWorkbook?: number;
  /** Used where `elements` is not given. Default 3. */
  readonly elementsPerPage?: number;
  /** Share of workbooks that are archived, 0 to 1. Default 0.05. */
  readonly archivedShare?: number;
  /** Archived ones included. Each has ten paths. Default 3. */
  readonly connections?: number;
  /** Archived ones included. Default: one per 12 workbooks and at least 3. */
  readonly dataModels?: number;
  /** Archived and private ones included. Default: one per 15 workbooks and at least 3. */
  readonly datasets?: number;
  /** Archived and private ones and tagged versions included. Default: one per 10 workbooks. */
  readonly reports?: number;
  /** Share of the members that opened a file in the 30 days before `now`, 0 to 1. Default 0.4. */
  readonly activeShare?: number;
  /** Short ids are drawn, and not the long ones in base 62: as in organizations that an older simulator made. */
  readonly drawnShortIds?: boolean;
  /** Start of the logical clock, in milliseconds since 1970. Default: 270 days into 2026. */
  readonly now?: number;
  /** Some entries carry fields newer than the specification. Default true. */
  readonly newerFields?: boolean;
}

/** The sizes with their defaults. */
function sizesOf({ workbooks = 120, ...given }: StoreOptions) {
  return {
    workbooks,
    members: Math.max(1, given.members ?? 40),
    teams: given.teams ?? 8,
    grants: given.grants ?? 600,
    connections: given.connections ?? 3,
    dataModels: given.dataModels ?? Math.max(3, Math.floor(workbooks / 12)),
    datasets: given.datasets ?? Math.max(3, Math.floor(workbooks / 15)),
    reports: given.reports ?? Math.floor(workbooks / 10),
    workspaces: given.workspaces ?? Math.min(40, Math.max(5, Math.floor(workbooks / 100))),
    folders: given.folders ?? Math.min(500, Math.max(10, Math.floor(workbooks / 20))),
    elements: given.elements,
    pagesPerWorkbook: given.pagesPerWorkbook,
    elementsPerPage: given.elementsPerPage ?? 3,
    archivedShare: given.archivedShare ?? 0.05,
  };
}
