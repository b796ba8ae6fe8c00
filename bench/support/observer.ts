/** Looks at a database beside the process that works in it: open sessions, and leftovers. */
import type { Database } from '../../src/core/database/database.ts';
import { openPostgres } from '../../src/core/database/postgres.ts';
import type { Schemas } from '../../src/state/schemas.ts';

/** See {@link openObserver}. */
export interface Observer extends AsyncDisposable {
  readonly database: Database;
  /** Runs that were begun so far. */
  runs(): Promise<number>;
  /** Connections of others to this database. */
  connections(): Promise<number>;
  /** Staging tables that are there now. */
  stagingTables(): Promise<number>;
  /** Advisory locks that others hold. */
  locks(): Promise<number>;
}

/** Opens one connection of its own. */
export function openObserver(url: string, { state }: Schemas): Observer {
  const database = openPostgres({ url, maxConnections: 1, applicationName: 'observer' });
  const count = async (sql: string, parameters: readonly unknown[] = []): Promise<number> => {
    const rows = await database.session((session) =>
      session.query<{ count: number }>(`select count(*)::integer as count from ${sql}`, parameters),
    );
    return rows[0]?.count ?? 0;
  };
  const others = `datname = current_database() and pid <> pg_backend_pid() and application_name <> 'observer'`;
  return {
    database,
    runs: () => count(`"${state}".runs`),
    connections: () => count(`pg_stat_activity where ${others}`),
    stagingTables: () => count(`pg_tables where schemaname = $1 and tablename like 'staging\\_%'`, [state]),
    locks: () =>
      count(
        `pg_locks l join pg_stat_activity a using (pid) where l.locktype = 'advisory' and a.${others.replace('pid', 'a.pid').replace('application_name', 'a.application_name')}`,
      ),
    [Symbol.asyncDispose]: () => database.close(),
  };
}
