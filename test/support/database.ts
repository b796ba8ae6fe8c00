/** A database for one test, of the kind its project runs against. */
import { inject } from 'vitest';
import type { Database } from '../../src/core/database/database.ts';
import { databaseOver } from '../../src/core/database/embedded/database.ts';
import { engineOver } from '../../src/core/database/embedded/engine.ts';
import { openPostgres } from '../../src/core/database/postgres.ts';
import { EventBus } from '../../src/core/events/bus.ts';
import type { Schemas } from '../../src/state/schemas.ts';
import { openInMemory } from './memory-database.ts';
import { giveBack, takeEngine } from './pglite-pool.ts';
import { createDatabase, dropDatabase, schemas } from './template.ts';

/** See {@link openTestDatabase}. */
export interface TestDatabase extends AsyncDisposable {
  readonly database: Database;
  readonly kind: Database['kind'];
  /** The address for a second connection; undefined for PGlite, which has only one. */
  readonly url: string | undefined;
  readonly schemas: Schemas;
  readonly events: EventBus;
  /** Closes and removes it, even under open connections. May be called twice. */
  close(): Promise<void>;
}

/** The database that a test wants. */
export interface TestDatabaseOptions {
  /** False: without our schemas and tables. Default true. */
  readonly migrated?: boolean;
}

/**
 * A fresh database: a copy of the run's template on PostgreSQL, an engine in memory for PGlite.
 *
 * @example
 * await using test = await openTestDatabase();
 * await test.database.session((session) => session.query('select 1'));
 */
export async function openTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const migrated = options.migrated ?? true;
  return databaseKind() === 'pglite' ? openEmbedded(migrated) : openOnServer(migrated);
}

/** The engine this project's tests run against, for tests that only concern one of them. */
export function databaseKind(): Database['kind'] {
  return inject('databaseKind');
}

async function openEmbedded(migrated: boolean): Promise<TestDatabase> {
  if (!migrated) {
    const database = await openInMemory();
    return toTestDatabase(database, undefined, () => database.close());
  }
  const engine = await takeEngine(inject('pgliteImage'));
  const database = databaseOver(engineOver(engine.pglite), 'embedded database in memory', () =>
    giveBack(engine),
  );
  return toTestDatabase(database, undefined, () => database.close());
}

async function openOnServer(migrated: boolean): Promise<TestDatabase> {
  const server = inject('postgresUrl');
  const url = await createDatabase(server, inject('postgresTemplate'), migrated);
  const database = openPostgres({ url });
  return toTestDatabase(database, url, async () => {
    // First the drop: it ends connections that a test left in the middle of something.
    await dropDatabase(server, url);
    await database.close();
  });
}

function toTestDatabase(
  database: Database,
  url: string | undefined,
  release: () => Promise<void>,
): TestDatabase {
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= release();
    return closing;
  };
  return {
    database,
    kind: database.kind,
    url,
    schemas,
    events: new EventBus(),
    close,
    [Symbol.asyncDispose]: close,
  };
}
