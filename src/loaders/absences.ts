/** Absences: stored rows that a listing lacks, and whether that is proven to be a deletion. */
import { type Database, quoteTable } from '../core/database/database.ts';
import type { Stream } from '../extractors/stream.ts';
import type { Schemas } from '../state/schemas.ts';
import { type AbsenceCount, provenIn, type Verdict } from './deletion-proof.ts';

/** The place where absences are kept, and the run whose proofs count. */
export interface AbsenceContext {
  readonly database: Database;
  readonly schemas: Schemas;
  readonly runId: string;
}

/** Counts a stream's absences; the table itself is counted only where there are some. @throws DatabaseError */
export async function countAbsences(
  { database, schemas, runId }: AbsenceContext,
  stream: Stream,
): Promise<AbsenceCount> {
  return database.session(async (session) => {
    const [absent] = await session.query<{ confirmed: number; unconfirmed: number }>(
      `select (count(*) filter (where ${PROVEN}))::integer as confirmed,
              (count(*) filter (where not (${PROVEN})))::integer as unconfirmed
         from ${quoteTable(schemas.state, 'absences')} where stream = $1`,
      [stream.name, runId],
    );
    const { confirmed, unconfirmed } = absent ?? { confirmed: 0, unconfirmed: 0 };
    if (confirmed + unconfirmed === 0) return { confirmed, unconfirmed, live: 0 };
    const [table] = await session.query<{ live: number }>(
      `select count(*)::integer as live from ${quoteTable(schemas.target, stream.name)} where _deleted_at is null`,
    );
    return { confirmed, unconfirmed, live: table?.live ?? 0 };
  });
}

/** $2 = run. */
const PROVEN = provenIn('$2');

/** An absent row: its key as a JSON text and by column. */
export interface AbsentRow {
  readonly key: string;
  /** Partition whose listing it is absent from. */
  readonly partition: string;
  readonly columns: Readonly<Record<string, string>>;
}

/** Partitions with absences that still need a proof. @throws DatabaseError */
export async function absentPartitions(
  { database, schemas, runId }: AbsenceContext,
  stream: Stream,
): Promise<string[]> {
  const rows = await database.session((session) =>
    session.query<{ partition: string }>(
      `select distinct partition from ${quoteTable(schemas.state, 'absences')}
        where stream = $1 and not (${PROVEN}) order by 1`,
      [stream.name, runId],
    ),
  );
  return rows.map(({ partition }) => partition);
}

/** Up to `limit` absences that still need a proof, those after a key, in the order of keys. @throws DatabaseError */
export async function unconfirmedAbsences(
  { database, schemas, runId }: AbsenceContext,
  stream: Stream,
  after: string,
  limit: number,
): Promise<AbsentRow[]> {
  const rows = await database.session((session) =>
    session.query<{ key: string; partition: string }>(
      `select key, partition from ${quoteTable(schemas.state, 'absences')}
        where stream = $1 and not (${PROVEN}) and key collate "C" > $3 order by key collate "C" limit $4`,
      [stream.name, runId, after, limit],
    ),
  );
  return rows.map(({ key, partition }) => {
    const values = (JSON.parse(key) as unknown[]).map(String);
    return {
      key,
      partition,
      columns: Object.fromEntries(stream.key.map((column, i) => [column, values[i] ?? ''])),
    };
  });
}

/** Writes down what direct looks showed. @throws DatabaseError */
export async function recordVerdicts(
  { database, schemas, runId }: AbsenceContext,
  stream: Stream,
  verdicts: readonly { readonly key: string; readonly verdict: Verdict }[],
): Promise<void> {
  const keys = (...wanted: readonly Verdict[]): string[] =>
    verdicts.filter(({ verdict }) => wanted.includes(verdict)).map(({ key }) => key);
  const absences = quoteTable(schemas.state, 'absences');
  await database.transaction(async (session) => {
    await session.query(
      `update ${absences} set confirmed = true, run_id = $3 where stream = $1 and key = any($2::text[])`,
      [stream.name, keys('deleted'), runId],
    );
    await session.query(`delete from ${absences} where stream = $1 and key = any($2::text[])`, [
      stream.name,
      keys('there', 'hidden'),
    ]);
  });
}

/** Forgets the absences of a stream, or of one partition: nothing that was seen is worth a proof. @throws DatabaseError */
export async function forgetAbsences(
  { database, schemas }: Omit<AbsenceContext, 'runId'>,
  stream: Stream,
  partition?: string,
): Promise<void> {
  await database.session((session) =>
    session.query(
      `delete from ${quoteTable(schemas.state, 'absences')} where stream = $1 and partition = coalesce($2, partition)`,
      [stream.name, partition ?? null],
    ),
  );
}
