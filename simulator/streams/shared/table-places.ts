/** Places of the tables that documents are made from. */
import { Random } from '../../store/random.ts';
import { oneOf, type Store } from '../../store/store.ts';
import { connectionPathsOf } from './connections.ts';
import { referencesOf } from './references.ts';

/** A connection, and the names that lead to a table in it. */
export interface Place {
  readonly connectionId: string;
  readonly path: readonly string[];
}

interface Known extends Place {
  /** The listed path it is, by its id. */
  readonly listed?: string;
}

/** An answer stays the same: the lineage of a document must not change with the objects it names. */
const knownOf = oneOf(() => new Map<string, Known | undefined>());

function known(store: Store, inodeId: string): Known | undefined {
  const places = knownOf(store);
  if (!places.has(inodeId)) places.set(inodeId, find(store, inodeId));
  return places.get(inodeId);
}

function find(store: Store, inodeId: string): Known | undefined {
  const listed = [...connectionPathsOf(store).list].find((one) => one.inodeId === inodeId);
  if (listed !== undefined)
    return { connectionId: listed.connectionId, path: listed.path, listed: listed.id };
  const { tables, connections } = referencesOf(store);
  const table = tables.find(({ id }) => id === inodeId);
  if (table === undefined || connections.length === 0) return undefined;
  const random = new Random(store.seed, inodeId, 'place');
  // Some were dropped, and are used nevertheless.
  if (random.next() < 0.05) return undefined;
  const connectionId = random.pick(connections);
  return { connectionId, path: ['ANALYTICS', random.pick(['PUBLIC', 'SALES', 'Übersicht']), table.name] };
}

/** The connection of a table as lineage has it, also of one that was dropped since. */
export function connectionOfTable(store: Store, inodeId: string): string | null {
  return known(store, inodeId)?.connectionId ?? null;
}

/** The place of a table; undefined if there is none of that id, or none any more. */
export function placeOfTable(store: Store, inodeId: string): Place | undefined {
  const place = known(store, inodeId);
  if (place === undefined) return undefined;
  const { connectionId, path, listed } = place;
  if (listed !== undefined && connectionPathsOf(store).get(listed) === undefined) return undefined;
  return { connectionId, path };
}
