/** Where the tables are that documents are made from. */
import { Random } from '../../store/random.ts';
import type { Store } from '../../store/store.ts';
import { referencesOf } from './references.ts';

/** A connection, and the names that lead to a table in it. */
export interface Place {
  readonly connectionId: string;
  readonly path: readonly string[];
}

/** Where a table is; undefined where there is none of that id, or it was dropped. */
export function placeOfTable(store: Store, inodeId: string): Place | undefined {
  const { tables, connections } = referencesOf(store);
  const table = tables.find(({ id }) => id === inodeId);
  if (table === undefined || connections.length === 0) return undefined;
  const random = new Random(store.seed, inodeId, 'place');
  // Some were dropped since, and are used nevertheless.
  if (random.next() < 0.05) return undefined;
  const connectionId = random.pick(connections);
  return { connectionId, path: ['ANALYTICS', random.pick(['PUBLIC', 'SALES', 'Übersicht']), table.name] };
}
