/**
 * Changes of an organization. Each belongs to a stream, can be drawn by chance and can be asked for by name; arguments
 * that are left out are chosen.
 */
import { z } from 'zod';
import type { Stamped } from '../store/entry.ts';
import type { Identified } from '../store/ordered.ts';
import type { Placement, Store, Table } from '../store/store.ts';

type Body = Readonly<Record<string, unknown>>;

/** A change, by a function that takes the store and arguments which may all be left out: then they are chosen. */
export interface Mutation<F = (store: Store, ...args: never[]) => string> {
  /** Chance that `mutate` draws it, compared with others. */
  readonly chance: number;
  readonly act: F;
  /** Names of the arguments. */
  readonly args: readonly string[];
  /** Makes it with arguments by name. @throws ZodError where they are not valid. */
  readonly run: (store: Store, body: Body) => string;
}

type Positional<N extends readonly string[]> = {
  -readonly [I in keyof N]?: N[I] extends 'front' ? Placement : string | undefined;
};
type Request<N extends string> = { readonly [K in N]?: (K extends 'front' ? boolean : string) | undefined };

function bodyOf(args: readonly string[]): z.ZodType<Body> {
  const field = (name: string): z.ZodType =>
    name === 'front' ? z.boolean().optional() : z.string().min(1).optional();
  return z.strictObject(Object.fromEntries(args.map((name) => [name, field(name)])));
}

/** A change whose arguments come one after the other. `front` is the placement. */
export function mutation<
  const N extends readonly string[],
  F extends (store: Store, ...args: Positional<N>) => string,
>(chance: number, args: N, act: F): Mutation<F> {
  const schema = bodyOf(args);
  const run = (store: Store, body: Body): string => {
    const { front, ...texts } = schema.parse(body);
    const values = args.map((name) => (name === 'front' ? { front } : texts[name]));
    return act(store, ...(values as Positional<N>));
  };
  return { chance, args, act, run };
}

/** A change whose arguments come in an object. */
export function requestedMutation<
  const N extends readonly string[],
  F extends (store: Store, request?: Request<N[number]>) => string,
>(chance: number, args: N, act: F): Mutation<F> {
  const schema = bodyOf(args);
  return { chance, args, act, run: (store, body) => act(store, schema.parse(body) as Request<N[number]>) };
}

export const isLive = (item: { readonly archived: boolean }): boolean => !item.archived;

type ById = (store: Store, id?: string) => string;

/** Takes an object out of a table, with what `also` takes along. Without an id, one that fits. */
export function deletion<T extends Identified>(
  table: Table<T>,
  also: (store: Store, item: T) => void = () => undefined,
  fits: (item: T, store: Store) => boolean = () => true,
): Mutation<ById> {
  return mutation(1, ['id'], (store, id) => {
    const item = store.chosen(table(store), id, (one) => fits(one, store));
    store.tick();
    also(store, item);
    table(store).delete(item);
    return item.id;
  });
}

/** Archives what is not archived, or brings back what is. */
export function archiving<T extends Stamped & { archived: boolean }>(
  table: Table<T>,
  isArchived = true,
): Mutation<ById> {
  return mutation(1, ['id'], (store, id) => {
    const item = store.chosen(table(store), id, ({ archived }) => archived !== isArchived);
    item.archived = isArchived;
    store.touch(item);
    return item.id;
  });
}

/** Gives an object the name, or another one. Without an id, one that fits; `also` changes more of it. */
export function renaming<T extends Stamped & { name: string }>(
  table: Table<T>,
  newName: (store: Store, item: T) => string,
  more: { chance?: number; fits?: (item: T) => boolean; also?: (item: T) => void } = {},
): Mutation<(store: Store, id?: string, name?: string) => string> {
  return mutation(more.chance ?? 1, ['id', 'name'], (store, id, name) => {
    const item = store.chosen(table(store), id, more.fits);
    item.name = name ?? newName(store, item);
    more.also?.(item);
    store.touch(item);
    return item.id;
  });
}

/** Makes the next version of an object, in the same stroke as another change. */
export function newVersion(item: { version: number }): void {
  item.version++;
}
