/**
 * Runs migrations that are missing. Loaded where one is: Kysely and the migrations are 300 files, and a database is
 * behind once in a long while.
 */
import {
  CompiledQuery,
  Kysely,
  PostgresDialect,
  type PostgresPool,
  type PostgresPoolClient,
  type PostgresQueryResult,
} from 'kysely';
import { type Migration, type MigrationProvider, Migrator } from 'kysely/migration';
import { migrations } from '../../migrations/index.generated.ts';
import type { MigrationContext } from '../../migrations/migration.ts';
import type { Row, Session } from '../core/database/database.ts';
import { toDatabaseError } from '../core/database/database-error.ts';
import { giveReplicaIdentity } from '../core/database/replica-identity.ts';
import { DatabaseError } from '../core/errors.ts';
import { LOG_TABLES, type Schemas } from './schemas.ts';

/** @returns the names of the migrations applied now. @throws DatabaseError */
export async function applyMigrations(session: Session, schemas: Schemas): Promise<string[]> {
  const migrator = new Migrator({
    db: kyselyOver(session),
    provider: providerFor(schemas),
    migrationTableSchema: schemas.state,
    migrationTableName: 'migrations',
    migrationLockTableName: 'migrations_lock',
  });
  const { error, results } = await migrator.migrateToLatest();
  const failed = results?.find((result) => result.status === 'Error')?.migrationName;
  const newer = /previously executed migration (\S+) is missing/.exec(
    error instanceof Error ? error.message : '',
  )?.[1];
  if (newer !== undefined) {
    throw new DatabaseError(`The database was migrated by a newer sigma-sync (${newer}).`, {
      cause: error,
      advice: 'Use that version or a later one; nothing was changed.',
    });
  }
  if (error !== undefined) throw toDatabaseError(error, `applying migration ${failed ?? '(set-up)'}`);
  return (results ?? []).map((result) => result.migrationName);
}

/** Kysely on the connection of a session, so that it sees the session's transaction. Errors come as the driver throws them. */
export function kyselyOver(session: Pick<Session, 'query'>): Kysely<unknown> {
  const client: Pick<PostgresPoolClient, 'release'> & {
    query(text: string, values: readonly unknown[]): unknown;
  } = {
    async query(text, values): Promise<PostgresQueryResult<Row>> {
      try {
        const rows = await session.query(text, values);
        return { command: 'SELECT', rowCount: rows.length, rows };
      } catch (error) {
        throw error instanceof DatabaseError ? (error.cause ?? error) : error;
      }
    },
    release: () => undefined,
  };
  const pool: PostgresPool = {
    options: {},
    connect: async () => client as PostgresPoolClient,
    end: async () => undefined,
  };
  return new Kysely({ dialect: new PostgresDialect({ pool }) });
}

/** The migration's own transaction: the embedded engine would have anybody else wait for its end. */
function within(db: Kysely<unknown>): Pick<Session, 'query'> {
  return {
    query: async <T extends Row = Row>(text: string, parameters: readonly unknown[] = []) =>
      (await db.executeQuery<T>(CompiledQuery.raw(text, [...parameters]))).rows,
  };
}

function providerFor(schemas: Schemas): MigrationProvider {
  const context: MigrationContext = { targetSchema: schemas.target, stateSchema: schemas.state };
  const bind = async (name: string, load: (typeof migrations)[string]): Promise<[string, Migration]> => {
    const migration = await load();
    return [
      name,
      {
        async up(db) {
          await migration.up(db, context);
          // The next one may change rows of what this one made.
          await giveReplicaIdentity(within(db), schemas.state, LOG_TABLES);
        },
      },
    ];
  };
  return {
    getMigrations: async () =>
      Object.fromEntries(
        await Promise.all(Object.entries(migrations).map(([name, load]) => bind(name, load))),
      ),
  };
}
