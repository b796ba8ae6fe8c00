/** Brings the target and state schemas up to date with the numbered files in `migrations/`; new ones are made in one step. */
import { migrations } from '../../migrations/index.generated.ts';
import {
  type Database,
  ensureSchema,
  hasTable,
  quoteName,
  quoteTable,
  type Session,
} from '../core/database/database.ts';
import { giveReplicaIdentity, LACKING_IDENTITY } from '../core/database/replica-identity.ts';
import type { EventBus } from '../core/events/bus.ts';
import type { Stream } from '../extractors/stream.ts';
import { applyComments, type Comments, commentsOf, markOf } from './comments.ts';
import { giveDatabaseId } from './database-id.ts';
import { encodingProblem } from './encoding.ts';
import { migrationLock } from './lock.ts';
import { LOG_TABLES, type Schemas } from './schemas.ts';

/**
 * Applies what is missing, which two statements tell. Safe to run twice or from two processes: a lock is held meanwhile. The one of Kysely's
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
  const comments = commentsOf(schemas, streams);
  if (await database.session((session) => isCurrent(session, schemas, markOf(comments)))) return [];
  const applied = await database.session(async (session) => {
    await session.query(
      '/* waiting for another process that migrates */ select pg_advisory_lock(hashtextextended($1, 0))',
      [migrationLock(schemas)],
    );
    try {
      return await applyMissing(session, schemas, comments);
    } finally {
      // Fails only with the connection, which frees the lock too and has an error of its own to tell.
      await session
        .query('select pg_advisory_unlock(hashtextextended($1, 0))', [migrationLock(schemas)])
        .catch(() => undefined);
    }
  });
  for (const name of applied.names) events.emit('migration.applied', { name });
  if (!applied.isWhole) await applyComments(database, schemas, comments);
  return [...applied.names];
}

/** True where there is nothing to do: every migration is there and no other, and comments and replica identities are. */
async function isCurrent(session: Session, schemas: Schemas, mark: string): Promise<boolean> {
  if (!(await hasTable(session, schemas.state, 'migrations'))) return false;
  const table = quoteTable(schemas.state, 'migrations');
  const [found] = await session.query<{ names: string | null; ready: boolean }>(
    `/* looking for what is to be migrated */
     select (select string_agg(name, ' ') from ${table}) as names,
            getdatabaseencoding() = 'UTF8' and not exists (${LACKING_IDENTITY})
              and obj_description(to_regclass($3), 'pg_class') is not distinct from $4 as ready`,
    [schemas.state, LOG_TABLES, table, mark],
  );
  return found?.ready === true && isUpToDate(new Set(found.names?.split(' ')));
}

/** The migrations that were applied. */
interface Applied {
  readonly names: readonly string[];
  /** True where comments are there, too. */
  readonly isWhole: boolean;
}

async function applyMissing(session: Session, schemas: Schemas, comments: Comments): Promise<Applied> {
  const problem = await encodingProblem(session);
  if (problem?.isBearable === false) throw problem.error;
  if (!(await hasTable(session, schemas.state, 'migrations'))) {
    const { makeFresh } = await import('./make-fresh.ts');
    await makeFresh(session, schemas, comments);
    return { names: Object.keys(migrations), isWhole: true };
  }
  // Tables of an older version lack one, and a migration may have to change their rows.
  await giveReplicaIdentity(session, schemas.state, LOG_TABLES);
  // Kysely's migrator looks at every table of the database, and stumbles over a staging table that another run drops
  // meanwhile; where nothing is missing it is not asked.
  if (isUpToDate(await appliedMigrations(session, schemas))) {
    await giveDatabaseId(session, schemas);
    return { names: [], isWhole: false };
  }
  await ensureSchema(session, schemas.target);
  const { applyMigrations } = await import('./apply-migrations.ts');
  return { names: await applyMigrations(session, schemas), isWhole: false };
}

/** Names of migrations that are not applied yet; all of them where the database is new. @throws DatabaseError */
export async function pendingMigrations(database: Database, schemas: Schemas): Promise<string[]> {
  return database.session(async (session) => {
    const done = await appliedMigrations(session, schemas);
    return Object.keys(migrations).filter((name) => !done.has(name));
  });
}

/** False also where the database has migrations that we don't know. */
function isUpToDate(done: ReadonlySet<string>): boolean {
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
