/**
 * A stream of the simulated API. Each has a file of its own under `streams/`, which holds all that the simulator
 * knows of it: its state, the API's answers, its creation and its changes.
 */
import { Refusal } from '../http/answer.ts';
import { type Call, type Endpoint, type ListingEndpoint, param } from '../http/endpoint.ts';
import { entriesListing, type Listing, listing, type Paging } from '../http/listing.ts';
import type { Novelties } from '../http/novelties.ts';
import { refuseUnknown } from '../http/query.ts';
import type { Entry } from '../store/entry.ts';
import { addedInFront, type Identified, type Ordered, type Sliceable } from '../store/ordered.ts';
import type { Store, Table } from '../store/store.ts';
import type { Mutation } from './mutation.ts';
import type { Parent } from './parents.ts';

/** A stream as the API gives it and as it is. */
export interface Stream {
  readonly endpoints: readonly Endpoint[];
  /** All entries that the API gives, in no promised order. */
  readonly truth: (store: Store) => Iterable<Entry>;
  /** Makes what an organization begins with. */
  readonly make?: (store: Store) => void;
  /** Its changes: methods of an organization, and operations of the control interface. */
  readonly mutations?: Readonly<Record<string, Mutation>>;
  /** The tables that an organization shows: `organization.teams`. */
  readonly tables?: Readonly<Record<string, (store: Store) => unknown>>;
}

/** A path under which a stream is listed, and how it pages. */
export interface Path extends Paging {
  readonly path: string;
  readonly novelty?: keyof Novelties;
  readonly strict?: keyof Novelties;
  readonly until?: keyof Novelties;
}

/** Pages by `page` and `limit`, with and without the deprecated `hasMore`. */
export const PAGED = { tokens: 'offset' } as const satisfies Paging;
export const PAGED_MORE = { tokens: 'offset', hasMore: true } as const satisfies Paging;
/** The same, with tokens that must be decoded before they are encoded. */
export const PAGED_ESCAPED = { tokens: 'escaped', hasMore: true } as const satisfies Paging;
/** An array unless it is asked for pages, which have no total. */
export const PAGED_OR_ARRAY = { tokens: 'offset', bare: 'array', total: false } as const satisfies Paging;
/** Tokens that mean nothing to a reader. */
export const OPAQUE = { tokens: 'opaque' } as const satisfies Paging;
/** Pages by `pageToken` and `pageSize`. */
export const BY_TOKEN = { tokens: 'opaque', shape: 'pageToken' } as const satisfies Paging;
/** The specification gives some a smaller maximum than the other listings. */
export const BY_TOKEN_500 = { ...BY_TOKEN, most: 500 } as const satisfies Paging;
/** A bare array. */
export const ARRAY = { tokens: 'offset', shape: 'array' } as const satisfies Paging;

/** A listing of stored objects. */
export interface RootSpec<T extends Identified> {
  readonly paths: readonly Path[];
  readonly table: Table<T>;
  readonly render: (store: Store, item: T) => Entry;
  /** The items a request asks for, where that is not all of them. */
  readonly select?: (call: Call, list: Ordered<T>) => Sliceable<T>;
  /** Path of a single object, what it shows beside the listing's entry, and what is said where there is none. */
  readonly single?: string;
  /** Other paths of a single object. */
  readonly singles?: readonly Pick<Path, 'path' | 'novelty' | 'until'>[];
  readonly singleMore?: (item: T) => Entry;
  readonly missing?: string;
  /** Parameters of the query that the specification has and the simulator has not. */
  readonly unknown?: readonly string[];
  /** Fields that the truth adds to an entry. */
  readonly derive?: (entry: Entry) => Entry;
  /** A mutation that adds an item in front of the listing, and one that takes it away again. */
  readonly shift?: readonly [add: Mutation, remove?: Mutation] | ListingEndpoint['shift'];
  /** The credentials can lose their rights on a single one. */
  readonly isInode?: boolean;
}

/** Endpoints and truth of a listing of stored objects. */
export function rootStream<T extends Identified>(spec: RootSpec<T>): Pick<Stream, 'endpoints' | 'truth'> {
  const { table, render, derive, single, unknown = [] } = spec;
  const singles = [...(single === undefined ? [] : [{ path: single }]), ...(spec.singles ?? [])];
  const list = (call: Call): Listing => {
    refuseUnknown(call.query, ...unknown);
    const all = table(call.store).list;
    return listing(spec.select?.(call, all) ?? all, (item) => render(call.store, item));
  };
  const shift = typeof spec.shift === 'object' ? shifter(table, ...spec.shift) : spec.shift;
  const listings = spec.paths.map((path): ListingEndpoint => ({ ...path, list, ...(shift && { shift }) }));
  return {
    endpoints: [...listings, ...singles.map((one) => ({ ...one, get: getter(spec, one.path) }))],
    *truth(store) {
      for (const item of table(store).list) {
        const entry = render(store, item);
        yield derive === undefined ? entry : { ...entry, ...derive(entry) };
      }
    },
  };
}

function shifter<T extends Identified>(table: Table<T>, add: Mutation, remove?: Mutation) {
  return ({ store }: Call, isRemoving: boolean): void => {
    const added = isRemoving && remove ? addedInFront(table(store).list) : undefined;
    if (added === undefined) add.run(store, { front: true });
    else remove?.run(store, { id: added.id });
  };
}

function getter<T extends Identified>(spec: RootSpec<T>, path: string): (call: Call) => Entry {
  const { table, render, singleMore, missing, isInode } = spec;
  const name = path.slice(path.lastIndexOf('{') + 1, -1);
  return (call) => {
    const item = table(call.store).get(param(call, name));
    if (item === undefined) throw new Refusal(404, missing ?? `nothing has this ${name}`);
    if (isInode === true && call.views.lost(item.id)) throw new Refusal(403, 'no access to this object');
    return { ...render(call.store, item), ...singleMore?.(item) };
  };
}

/** The credentials' view of listed objects. */
export interface Sight {
  /** True where they have lost their rights on an object. */
  lost(id: string): boolean;
}

const EVERYTHING: Sight = { lost: () => false };

/** A listing of what a parent has. */
export interface ChildSpec<P> {
  readonly paths: readonly Path[];
  readonly list: (store: Store, parent: P, sight: Sight) => Listing | readonly Entry[];
  /** Fields that the truth adds to an entry; undefined if the entry is not part of it. */
  readonly derive?: (entry: Entry) => Entry | undefined;
  /** Adds something in front of the listing, or takes away what was added. */
  readonly shift?: (store: Store, parent: P, remove: boolean) => unknown;
}

/** Endpoints and truth of a listing of what each parent has. */
export function childStream<P extends { readonly id: string }>(
  parent: Parent<P>,
  { paths, list, derive = () => ({}), shift }: ChildSpec<P>,
): Pick<Stream, 'endpoints' | 'truth'> {
  const moved = shift && {
    shift: (call: Call, remove: boolean) => shift(call.store, parent.find(call), remove),
  };
  const listed = (store: Store, one: P, sight: Sight): Listing => {
    const found = list(store, one, sight);
    return 'slice' in found ? entriesListing(found) : found;
  };
  return {
    endpoints: paths.map((path) => ({
      ...path,
      list: (call) => listed(call.store, parent.find(call), call.views),
      ...moved,
    })),
    *truth(store) {
      for (const one of parent.all(store)) {
        const all = listed(store, one, EVERYTHING);
        for (const entry of all.entries(0, all.length)) {
          const derived = derive(entry);
          // An entry's field of the same name gives way: a source's dataModelId is not its parent's.
          if (derived !== undefined)
            yield { [parent.param]: one.id, ...entry, ...derived, [parent.param]: one.id };
        }
      }
    },
  };
}
