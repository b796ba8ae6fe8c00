/** Brings the target and state schemas up to date with the numbered files in `migrations/`. */
import { migrations } from '../../migrations/index.generated.ts';
import { type Database, ensureSchema, hasTable, quoteName, type Session } from '../core/database/database.ts';
import { giveReplicaIdentity } from '../core/database/replica-identity.ts';
import type { EventBus } from '../core/events/bus.ts';
import type { Stream } from '../extractors/stream.ts';
import { applyComments } from './comments.ts';
import { encodingProblem } from './encoding.ts';
import { migrationLock } from './lock.ts';
import { LOG_TABLES, type Schemas } from './schemas.ts';

/**
 * Applies what is missing. Safe to run twice or from two processes: a lock is held meanwhile. The one of Kysely's
 * migrator covers only the migrations, and two `create schema if not exists` at once collide.
 *
 * @returns the names of the migrations applied now.
 * @throws DatabaseError
 */
export async function migrate(
  database: Database,
  schemas: Schemas,
  streams: readonly Stream[],
  events: EventBus,
): Promise<string[]> {
  const applied = await database.session(async (session) => {
    await session.query(
      '/* waiting for another process that migrates */ select pg_advisory_lock(hashtextextended($1, 0))',
      [migrationLock(schemas)],
    );
    try {
      return await applyMissing(session, schemas);
    } finally {
      // Fails only with the connection, which frees the lock too and has an error of its own to tell.
      await session
        .query('select pg_advisory_unlock(hashtextextended($1, 0))', [migrationLock(schemas)])
        .catch(() => undefined);
    }
  });
  for (const name of applied) events.emit('migration.applied', { name });
  await applyComments(database, schemas, streams);
  return applied;
}

async function applyMissing(session: Session, schemas: Schemas): Promise<string[]> {
  const problem = await encodingProblem(session);
  if (problem?.isBearable === false) throw problem.error;
  // What an older version made lacks one; a migration may have to change its rows.
  await giveReplicaIdentity(session, schemas.state, LOG_TABLES);
  // Kysely's migrator looks at every table of the database, and stumbles over a staging table that another run drops
  // meanwhile; where nothing is missing it is not asked.
  if (await isUpToDate(session, schemas)) return [];
  await ensureSchema(session, schemas.target);
  const { applyMigrations } = await import('./apply-migrations.ts');
  return applyMigrations(session, schemas);
}

/** Names of migrations that are not applied yet; all of them where the database is new. @throws DatabaseError */
export async function pendingMigrations(database: Database, schemas: Schemas): Promise<string[]> {
  return database.session(async (session) => {
    const done = await appliedMigrations(session, schemas);
    return Object.keys(migrations).filter((name) => !done.has(name));
  });
}

/** False also where the database has migrations that we don't know. */
async function isUpToDate(session: Session, schemas: Schemas): Promise<boolean> {
  const done = await appliedMigrations(session, schemas);
  const ours = Object.keys(migrations);
  return done.size === ours.length && ours.every((name) => done.has(name));
}

async function appliedMigrations(session: Session, schemas: Schemas): Promise<Set<string>> {
  if (!(await hasTable(session, schemas.state, 'migrations'))) return new Set();
  const rows = await session.query<{ name: string }>(
    `select name from ${quoteName(schemas.state)}.migrations`,
  );
  return new Set(rows.map((row) => row.name));
}
