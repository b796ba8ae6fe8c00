/**
 * One stream of the API and its truth from the same few lines: a listing of objects that are stored, or a listing of
 * what a parent has. The tables of both are `root-streams.ts` and the `…-children.ts` files.
 */

import type { Entry } from '../entities.ts';
import { Refusal } from '../http/answer.ts';
import { type Call, type Endpoint, type ListingEndpoint, type Novelties, param } from '../http/endpoint.ts';
import { type Listing, listing, type Paging } from '../http/listing.ts';
import type { Organization } from '../organization.ts';
import { addedInFront } from '../shift.ts';
import type { HasOrder, Ordered, Registry, Sliceable } from '../store/ordered.ts';
import type { Store } from '../store/store.ts';
import type { Parent } from './shared/parents.ts';

/** A stream as the API gives it and as it is. */
export interface SimulatedStream {
  readonly endpoints: readonly Endpoint[];
  readonly truth: (organization: Organization) => Iterable<Entry>;
}

/** A path under which a stream is listed, and how it pages. */
export interface Path extends Paging {
  readonly path: string;
  readonly novelty?: keyof Novelties;
}

/** Pages by `page` and `limit`, with and without the deprecated `hasMore`. */
export const PAGED = { tokens: 'offset' } as const satisfies Paging;
export const PAGED_MORE = { tokens: 'offset', hasMore: true } as const satisfies Paging;
/** Pages by `pageToken` and `pageSize`. */
export const BY_TOKEN = { tokens: 'opaque', shape: 'pageToken' } as const satisfies Paging;
/** A bare array. */
export const ARRAY = { tokens: 'offset', shape: 'array' } as const satisfies Paging;

/** A listing of stored objects. */
export interface RootSpec<T extends HasOrder & { readonly id: string }> {
  readonly paths: readonly Path[];
  readonly registry: (store: Store) => Registry<T>;
  readonly render: (store: Store, item: T) => Entry;
  /** The items a request asks for, where that is not all of them. */
  readonly select?: (call: Call, list: Ordered<T>) => Sliceable<T>;
  /** Path of a single object. */
  readonly single?: string;
  /** What the truth adds to an entry. */
  readonly derive?: (entry: Entry) => Entry;
  /** Adds an item in front of the listing, and takes one away again. */
  readonly shift?: {
    readonly add: (organization: Organization) => unknown;
    readonly remove: (organization: Organization, id: string) => unknown;
  };
  /** The credentials can lose their rights on a single one. */
  readonly isInode?: boolean;
}

export function rootStream<T extends HasOrder & { readonly id: string }>(spec: RootSpec<T>): SimulatedStream {
  const { registry, render, derive, shift, single } = spec;
  const list = (call: Call): Listing => {
    const { organization } = call;
    const all = registry(organization).list;
    return listing(spec.select?.(call, all) ?? all, (item) => render(organization, item));
  };
  const moved = shift && {
    shift: ({ organization }: Call, remove: boolean) => {
      const added = remove ? addedInFront(registry(organization).list) : undefined;
      if (added === undefined) shift.add(organization);
      else shift.remove(organization, added.id);
    },
  };
  const listings = spec.paths.map((path): ListingEndpoint => ({ ...path, list, ...moved }));
  return {
    endpoints: single === undefined ? listings : [...listings, { path: single, get: getter(spec, single) }],
    *truth(organization) {
      for (const item of registry(organization).list) {
        const entry = render(organization, item);
        yield derive === undefined ? entry : { ...entry, ...derive(entry) };
      }
    },
  };
}

function getter<T extends HasOrder & { readonly id: string }>(
  { registry, render, isInode }: RootSpec<T>,
  path: string,
): (call: Call) => Entry {
  const name = path.slice(path.lastIndexOf('{') + 1, -1);
  return (call) => {
    const item = registry(call.organization).get(param(call, name));
    if (item === undefined) throw new Refusal(404, `nothing has this ${name}`);
    if (isInode === true && call.views.lost(item.id)) throw new Refusal(403, 'no access to this object');
    return render(call.organization, item);
  };
}

/** How the credentials see what is listed. */
export interface Sight {
  /** True where they have lost their rights on an object. */
  lost(id: string): boolean;
}

const EVERYTHING: Sight = { lost: () => false };

/** A listing of what a parent has. */
export interface ChildSpec<P> {
  readonly paths: readonly Path[];
  readonly list: (store: Store, parent: P, sight: Sight) => Listing;
  /** What the truth adds to an entry; undefined where the entry is not part of it. */
  readonly derive?: (entry: Entry) => Entry | undefined;
}

/** Makes the streams of a kind of parent. */
export function childrenIn<P extends { readonly id: string }>(
  parent: Parent<P>,
): (spec: ChildSpec<P>) => SimulatedStream {
  return ({ paths, list, derive = () => ({}) }) => ({
    endpoints: paths.map((path) => ({
      ...path,
      list: (call) => list(call.organization, parent.find(call), call.views),
    })),
    *truth(organization) {
      for (const one of parent.all(organization)) {
        const all = list(organization, one, EVERYTHING);
        for (const entry of all.entries(0, all.length)) {
          const derived = derive(entry);
          // An entry's field of the same name gives way: a source's dataModelId is not its parent's.
          if (derived !== undefined)
            yield { [parent.param]: one.id, ...entry, ...derived, [parent.param]: one.id };
        }
      }
    },
  });
}
