/** An embedded database in memory, whose statements run in this thread: it starts sooner than one with files. */
import { PGlite } from '@electric-sql/pglite';
import type { Database } from '../../src/core/database/database.ts';
import { databaseOver } from '../../src/core/database/embedded/database.ts';
import { engineOver } from '../../src/core/database/embedded/engine.ts';

/** An empty one, without our tables. */
export async function openInMemory(): Promise<Database> {
  const pglite = await PGlite.create();
  await pglite.exec('set timezone = UTC; set search_path = pg_catalog');
  const engine = engineOver(pglite);
  return databaseOver(engine, 'embedded database in memory', () => engine.close());
}
