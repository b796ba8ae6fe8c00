/**
 * Searches the change log, the latest change first. The log can hold millions of changes, so it is read backwards
 * through its index in growing steps, and for a second at most: what was not reached then is one click away.
 */
import {
  type Database,
  limitStatements,
  quoteTable,
  readOnly,
  type Session,
} from '../../../core/database/database.ts';
import { coverage } from '../../../state/row-history.ts';
import type { Schemas } from '../../../state/schemas.ts';
import { STATEMENT_MS } from './ask.ts';

/** A place in the log. */
export interface LogPosition {
  /** ISO 8601 to the microsecond. */
  readonly at: string;
  readonly id: string;
}

export interface ChangeSearch {
  readonly stream?: string | undefined;
  /** Some part of the key, or all of them in their order. */
  readonly key?: readonly string[] | undefined;
  readonly operation?: string | undefined;
  readonly runId?: string | undefined;
  /** Not before this. */
  readonly from?: Date | undefined;
  /** Before this. */
  readonly to?: Date | undefined;
  /** Somewhere in the key or the values, whatever the case. */
  readonly text?: string | undefined;
  /** Goes on after this change. */
  readonly after?: LogPosition | undefined;
}

export interface ChangeRow extends Record<string, unknown> {
  readonly id: string;
  readonly at: string;
  readonly changedAt: Date;
  readonly runId: string;
  readonly stream: string;
  readonly key: readonly string[];
  readonly operation: 'insert' | 'update' | 'delete';
  readonly changed: readonly string[] | null;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}

export interface ChangePage {
  readonly rows: readonly ChangeRow[];
  /** The place to continue from; undefined if there is nothing more. */
  readonly next: LogPosition | undefined;
  /** Changes that were looked at. */
  readonly looked: number;
  /** Earliest time at which the log is complete; by stream where one was asked for. */
  readonly since: string | undefined;
}

export interface SearchLimits {
  readonly rows: number;
  readonly budgetMs: number;
}

const FIRST_STEP = 500;
const LONGEST_STEP = 20_000;
const MICROSECONDS = `'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;

/** @param keyParts number of the key columns of the stream that is asked for. */
export async function searchChanges(
  database: Database,
  schemas: Schemas,
  search: ChangeSearch,
  limits: SearchLimits,
  keyParts: number | undefined,
): Promise<ChangePage> {
  return readOnly(database, async (session) => {
    await limitStatements(session, STATEMENT_MS);
    const starts = await coverage(session, schemas);
    const since = search.stream === undefined ? [...starts.values()].sort()[0] : starts.get(search.stream);
    const ofOneRow = search.stream !== undefined && search.key?.length === keyParts;
    const found = await (ofOneRow ? oneRow : backwards)(session, schemas, search, limits);
    return { ...found, since };
  });
}

const COLUMNS = `change_id::text as id, to_char(changed_at, ${MICROSECONDS}) as at, changed_at as "changedAt",
  run_id as "runId", stream, key, operation, changed, before, after`;

/** Conditions on a change: $1 stream, $2 parts of the key, $3 operation, $4 run, $5 text, $6 the same as JSON has it. */
const MATCHES = `($1::text is null or stream = $1) and ($2::text[] is null or key @> $2)
  and ($3::text is null or operation = $3) and ($4::text is null or run_id = $4)
  and ($5::text is null or strpos(lower(array_to_string(key, ' ')), lower($5)) > 0
    or strpos(lower(concat_ws(' ', before, after)), lower($6)) > 0)`;

function conditions({ stream, key, operation, runId, text }: ChangeSearch): unknown[] {
  const asJson = text === undefined ? undefined : JSON.stringify(text).slice(1, -1);
  return [stream, key, operation, runId, text, asJson].map((condition) => condition ?? null);
}

/** The index on stream and key leads there at once. */
async function oneRow(
  session: Session,
  { state }: Schemas,
  search: ChangeSearch,
  { rows: limit }: SearchLimits,
): Promise<Omit<ChangePage, 'since'>> {
  const { from, to, after } = search;
  const rows = await session.query<ChangeRow>(
    `select ${COLUMNS} from ${quoteTable(state, 'changes')}
      where stream = $1 and key = $2 and ${MATCHES} and ($7::timestamptz is null or changed_at >= $7)
        and ($8::timestamptz is null or changed_at < $8)
        and ($9::timestamptz is null or (changed_at, change_id) < ($9, $10::bigint))
      order by changed_at desc, change_id desc limit $11`,
    [
      ...conditions(search),
      ...[from?.toISOString() ?? null, to?.toISOString() ?? null, after?.at ?? null, after?.id ?? null],
      limit + 1,
    ],
  );
  return page(rows, limit, rows.length);
}

/** Step by step into the past, until a page is full, the log is at its end, or it takes too long. */
async function backwards(
  session: Session,
  { state }: Schemas,
  search: ChangeSearch,
  { rows: limit, budgetMs }: SearchLimits,
): Promise<Omit<ChangePage, 'since'>> {
  const begun = performance.now();
  const found: ChangeRow[] = [];
  let position: LogPosition = search.after ?? {
    at: search.to?.toISOString() ?? 'infinity',
    // Nothing at that very moment: `to` itself is not included.
    id: search.to === undefined ? MOST : '0',
  };
  let looked = 0;
  for (let step = FIRST_STEP; ; step = Math.min(LONGEST_STEP, step * 4)) {
    // Materialized, so that the step is walked by the index on the time whatever else is asked for.
    const rows = await session.query<
      ChangeRow & { walked: number; endAt: string | null; endId: string | null }
    >(
      `with step as materialized (
         select change_id, changed_at, run_id, stream, key, operation, changed, before, after
           from ${quoteTable(state, 'changes')}
          where changed_at <= $8::timestamptz and (changed_at, change_id) < ($8::timestamptz, $9::bigint)
            and ($7::timestamptz is null or changed_at >= $7)
          order by changed_at desc, change_id desc limit $10
       ), walked as (
         select count(*)::integer as walked, (array_agg(change_id order by changed_at, change_id))[1]::text as "endId",
                to_char(min(changed_at), ${MICROSECONDS}) as "endAt" from step
       ), hits as (
         select ${COLUMNS} from step where ${MATCHES} order by changed_at desc, change_id desc limit $11
       )
       select walked.*, hits.* from walked left join hits on true order by "changedAt" desc, hits.id::bigint desc`,
      [
        ...conditions(search),
        search.from?.toISOString() ?? null,
        ...[position.at, position.id, step, limit + 1 - found.length],
      ],
    );
    const [first] = rows;
    found.push(...rows.filter(({ id }) => (id as string | null) !== null));
    looked += first?.walked ?? 0;
    if (found.length > limit) return page(found, limit, looked);
    if ((first?.walked ?? 0) < step || first?.endAt == null || first.endId === null)
      return { rows: found, next: undefined, looked };
    position = { at: first.endAt, id: first.endId };
    if (performance.now() - begun > budgetMs) return { rows: found, next: position, looked };
  }
}

/** The greatest bigint. */
const MOST = '9223372036854775807';

function page(rows: readonly ChangeRow[], limit: number, looked: number): Omit<ChangePage, 'since'> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last !== undefined ? { at: last.at, id: last.id } : undefined;
  return { rows: shown, next, looked };
}
