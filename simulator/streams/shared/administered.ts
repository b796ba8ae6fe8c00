/**
 * Small listings that came in 2026: objects with a name and little else, made after everything older, by generators of
 * their own. Their changes are made by name only, so that those that a seed draws stay what they were.
 */
import type { Paging } from '../../http/listing.ts';
import { type Entry, type Stamped, type Stamps, stampsBy } from '../../store/entry.ts';
import type { Random } from '../../store/random.ts';
import { type Store, type Table, tableOf } from '../../store/store.ts';
import { type Mutation, mutation } from '../mutation.ts';
import { rootStream, type Stream } from '../stream.ts';

export interface Administered extends Stamped {
  name: string;
}

interface Spec {
  /** Name of the generator. */
  readonly kind: string;
  readonly path: string;
  /** Path of a single one, where there is such an endpoint. */
  readonly single?: string;
  readonly paging: Paging;
  /** Number of objects at first. */
  readonly count: number;
  readonly render: (one: Administered, store: Store) => Entry;
  /** Parameters of the query that the API has and the simulator has not. */
  readonly unknown?: readonly string[];
}

/** A stream of such objects, and its three changes. */
export interface AdministeredStream extends Pick<Stream, 'endpoints' | 'truth'> {
  readonly table: Table<Administered>;
  readonly make: (store: Store) => void;
  readonly add: Mutation<(store: Store, name?: string) => string>;
  readonly rename: Mutation<(store: Store, id?: string, name?: string) => string>;
  readonly remove: Mutation<(store: Store, id?: string) => string>;
}

export function administered(spec: Spec): AdministeredStream {
  const { kind, path, single, paging, count, render, unknown = [] } = spec;
  const table = tableOf<Administered>();
  const put = (store: Store, random: Random, stamps: Stamps, name: string): string => {
    const one = { order: store.nextOrder(), id: random.uuid(), name, ...stamps };
    table(store).add(one);
    return one.id;
  };
  return {
    ...rootStream({
      paths: [{ path, ...paging, novelty: 'administration' }],
      ...(single === undefined ? {} : { singles: [{ path: single, novelty: 'administration' }] }),
      table,
      render: (store, one) => render(one, store),
      unknown,
    }),
    table,
    make(store) {
      const random = store.generator(kind);
      for (let i = 1; i <= count; i++) put(store, random, stampsBy(random, store.ownerId), `${kind} “${i}”`);
    },
    add: mutation(0, ['name'], (store, name) =>
      put(store, store.random, store.fresh(), name ?? `${kind} ${store.random.below(1e6)}`),
    ),
    rename: mutation(0, ['id', 'name'], (store, id, name) => {
      const one = store.chosen(table(store), id);
      one.name = name ?? `${kind} ${store.random.below(1e6)}`;
      store.touch(one);
      return one.id;
    }),
    remove: mutation(0, ['id'], (store, id) => {
      const one = store.chosen(table(store), id);
      store.tick();
      table(store).delete(one);
      return one.id;
    }),
  };
}
