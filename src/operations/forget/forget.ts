/** `forget`: deletes a person from everything that is stored, records that without the person, and says what is left. */
import { createHash } from 'node:crypto';
import { type Database, quoteTable, type Session } from '../../core/database/database.ts';
import { LockedError } from '../../core/errors.ts';
import type { ExportDefinition } from '../../exports/decide/definition.ts';
import type { Stream } from '../../extractors/stream.ts';
import { dropLeftOvers } from '../../loaders/left-overs.ts';
import type { Hash } from '../../loaders/privacy/mask.ts';
import { backfillLock, exportsLock, runLock } from '../../state/lock.ts';
import { fenceOff } from '../../state/run-fence.ts';
import type { Schemas } from '../../state/schemas.ts';
import { deleteOfExport, deleteOfStream, deleteTraces, type Gone, personalStreams } from './forget-rows.ts';
import { type Left, leftOf } from './left.ts';
import { findPerson, type Person } from './person.ts';
import { type Scrubbed, scrubSchema } from './scrub.ts';

/** Where somebody is to be forgotten. */
export interface ForgetContext {
  readonly database: Database;
  readonly schemas: Schemas;
  readonly streams: readonly Stream[];
  readonly exports: readonly ExportDefinition[];
  readonly exportsSchema: string;
  /** Undefined where there is no key. */
  readonly hash: Hash | undefined;
  readonly now: () => Date;
}

/** What was done, or would be. */
export interface Forgotten {
  /** Ids of the member: more than one where an address was given to several in turn. */
  readonly ids: readonly string[];
  /** True where the last sync found the member in Sigma: then the next one brings the person back. */
  readonly isInSigma: boolean;
  /** Rows that went, by table. */
  readonly deleted: readonly Gone[];
  /** Rows out of which addresses were taken. */
  readonly scrubbed: readonly Scrubbed[];
  readonly left: readonly Left[];
}

/** Undoes a transaction that was only tried. */
class Undo extends Error {}

/**
 * Forgets a person, in one transaction. Runs of streams and of exports wait meanwhile.
 *
 * @param given ids and addresses of one person.
 * @throws LockedError where a run is under way; DatabaseError
 */
export async function forget(
  context: ForgetContext,
  given: readonly string[],
  isDryRun: boolean,
): Promise<Forgotten> {
  const { database, schemas } = context;
  const release = await takeLocks(context);
  try {
    if (!isDryRun)
      for (const old of ['sync', 'backfill'] as const) {
        // A run that lost its lock and does not know it yet must not write the person behind us.
        await database.session((session) => fenceOff(session, schemas, old));
        await dropLeftOvers(database, schemas, old);
      }
    let result: Forgotten | undefined;
    try {
      await database.transaction(async (session) => {
        result = await forgetIn(session, context, given);
        if (isDryRun) throw new Undo();
      });
    } catch (error) {
      if (!(error instanceof Undo)) throw error;
    }
    return result ?? NOBODY;
  } finally {
    await release();
  }
}

const NOBODY: Forgotten = { ids: [], isInSigma: false, deleted: [], scrubbed: [], left: [] };

async function takeLocks({ database, schemas }: ForgetContext): Promise<() => Promise<void>> {
  const lock = await database.tryLock(runLock(schemas), () => undefined);
  const others: ((() => Promise<void>) | undefined)[] = [];
  if (lock !== undefined) {
    for (const name of [backfillLock(schemas), exportsLock(schemas)]) others.push(await lock.tryAlso(name));
  }
  const release = async (): Promise<void> => {
    for (const other of others) await other?.();
    await lock?.release();
  };
  if (lock !== undefined && others.every((other) => other !== undefined)) return release;
  await release();
  throw new LockedError(`A run is using schema ${schemas.target} in ${database.label}.`, {
    advice: 'Wait until it ends, or stop it: it could write the person again.',
  });
}

async function forgetIn(
  session: Session,
  { schemas, streams, exports, exportsSchema, hash, now }: ForgetContext,
  given: readonly string[],
): Promise<Forgotten> {
  const person: Person = await findPerson(session, schemas, given, hash);
  const deleted: Gone[] = [];
  for (const stream of personalStreams(streams))
    deleted.push(...(await deleteOfStream(session, schemas, stream, person)));
  for (const definition of exports)
    deleted.push(...(await deleteOfExport(session, schemas, exportsSchema, definition, person)));
  const scrubbed: Scrubbed[] = [];
  for (const schema of [schemas.target, schemas.state])
    scrubbed.push(...(await scrubSchema(session, schema, schemas.target, person.marks)));
  for (const table of new Set(scrubbed.map((one) => one.table))) {
    const [schema = '', name = ''] = table.split('.');
    await session.query(`analyze ${quoteTable(schema, name)}`);
  }
  deleted.push(...(await deleteTraces(session, schemas, person)));
  const left = await leftOf(session, schemas, exportsSchema, streams, person);
  const went = deleted.filter(({ rows }) => rows > 0);
  const rows = Object.fromEntries([
    ...went.map((one) => [one.table, one.rows]),
    ...scrubbed.map((one) => [`${one.table}.${one.column}`, one.rows]),
  ]);
  if (went.length + scrubbed.length > 0)
    for (const id of person.ids)
      await session.query(
        `insert into ${quoteTable(schemas.state, 'forgotten')} (member, forgotten_at, rows) values ($1, $2, $3::jsonb)
         on conflict (member) do update set forgotten_at = excluded.forgotten_at, rows = excluded.rows`,
        [createHash('sha256').update(id).digest('hex'), now().toISOString(), JSON.stringify(rows)],
      );
  return { ids: person.ids, isInSigma: person.isInSigma, deleted: went, scrubbed, left };
}
