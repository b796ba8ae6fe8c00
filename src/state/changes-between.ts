/**
 * Net changes between two times, from the change log: a row that was both inserted and deleted in between is no
 * change.
 */
import { type Database, quoteTable, readOnly, type Session } from '../core/database/database.ts';
import { ConfigError } from '../core/errors.ts';
import type { Stream } from '../extractors/stream.ts';
import { coverage, hasHistory, withImages } from './row-history.ts';
import type { Schemas } from './schemas.ts';

/** One row that is not at `to` what it was at `from`. */
export interface NetChange {
  readonly operation: 'insert' | 'update' | 'delete';
  readonly key: readonly string[];
  /** Columns that differ, where the row was there at both times. */
  readonly changed: readonly string[] | null;
  /** Their values at `from`; of all columns for a deleted row. */
  readonly before: Readonly<Record<string, unknown>> | null;
  /** Their values at `to`; of all columns that are not null for an inserted row. */
  readonly after: Readonly<Record<string, unknown>> | null;
}

/** Advice where history does not go back to a time. */
export const HISTORY_BEGINS =
  'The log of a stream begins with the first sync that completes it; history.exclude and history.retention_months limit it.';

/** The difference of one stream. */
export interface StreamDiff {
  readonly stream: string;
  /** From when on the log is complete, ISO 8601; null where it is not kept. */
  readonly since: string | null;
  /** False where the history does not go back to `from`: nothing is said then. */
  readonly covered: boolean;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  /** Number of updated rows, by column. */
  readonly columns: Readonly<Record<string, number>>;
  /** The first `limit` rows, by key. */
  readonly rows: readonly NetChange[];
}

/** A comparison to make. */
export interface DiffOptions {
  readonly from: Date;
  readonly to: Date;
  /** Rows listed of each stream; they are counted in full. */
  readonly limit: number;
}

/**
 * Compares the tables at two times.
 *
 * @throws ConfigError where `from` is not before `to`, or no stream's history goes back to it; DatabaseError
 */
export async function diffStreams(
  database: Database,
  schemas: Schemas,
  streams: readonly Stream[],
  options: DiffOptions,
): Promise<StreamDiff[]> {
  const { from, to } = options;
  if (from >= to)
    throw new ConfigError(`--from (${from.toISOString()}) must be before --to (${to.toISOString()}).`);
  return readOnly(database, async (session) => {
    const since: ReadonlyMap<string, string> = (await hasHistory(session, schemas))
      ? await coverage(session, schemas)
      : new Map();
    const diffs: StreamDiff[] = [];
    for (const { name } of streams) {
      const start = since.get(name) ?? null;
      const covered = start !== null && from >= new Date(start);
      const counts = covered ? await diffOf(session, schemas, name, options) : NOTHING;
      diffs.push({ stream: name, since: start, covered, ...counts });
    }
    if (diffs.some(({ covered }) => covered)) return diffs;
    throw new ConfigError(notCovered(diffs, from), {
      advice: HISTORY_BEGINS,
    });
  });
}

type Net = Omit<StreamDiff, 'stream' | 'since' | 'covered'>;

const NOTHING: Net = { inserted: 0, updated: 0, deleted: 0, columns: {}, rows: [] };

function notCovered(diffs: readonly StreamDiff[], from: Date): string {
  const [only] = diffs;
  const subject = diffs.length === 1 && only !== undefined ? `The history of ${only.stream}` : 'The history';
  const [earliest] = diffs.flatMap(({ since }) => (since === null ? [] : [since])).sort();
  if (earliest === undefined) return `${subject} has not begun yet.`;
  return `${subject} goes back to ${earliest}, not to ${from.toISOString()}.`;
}

async function diffOf(
  session: Session,
  schemas: Schemas,
  stream: string,
  { from, to, limit }: DiffOptions,
): Promise<Net> {
  const net = netSql(schemas);
  const parameters = [stream, from.toISOString(), to.toISOString()];
  const counts = await session.query<{ operation: NetChange['operation']; count: number }>(
    `${net} select operation, count(*)::integer as count from net group by operation`,
    parameters,
  );
  const columns = await session.query<{ name: string; count: number }>(
    `${net} select name, count(*)::integer as count from net cross join unnest(changed) name
      group by name order by count(*) desc, name`,
    parameters,
  );
  const rows = await session.query<NetChange & Record<string, unknown>>(
    `${net} select operation, key, changed, before::text, after::text from net order by key limit $4`,
    [...parameters, limit],
  );
  const of = (operation: NetChange['operation']): number =>
    counts.find((row) => row.operation === operation)?.count ?? 0;
  return {
    inserted: of('insert'),
    updated: of('update'),
    deleted: of('delete'),
    columns: Object.fromEntries(columns.map(({ name, count }) => [name, count])),
    rows: rows.map(withImages),
  };
}

/**
 * CTE `net` with the net changes. $1 = stream, $2 = from, $3 = to. The first change tells whether a row was there at
 * `from` and the last one whether it is at `to`. A column's value at `from` is the earliest one before a change, at
 * `to` the latest one after a change; an insert leaves out nulls, and sets every column.
 */
function netSql({ state }: Schemas): string {
  return `with log as materialized (
      select change_id, key, operation, before, after from ${quoteTable(state, 'changes')}
       where stream = $1 and changed_at > $2::timestamptz and changed_at <= $3::timestamptz
    ), ends as (
      select key, (array_agg(operation order by change_id))[1] <> 'insert' as was,
             (array_agg(operation order by change_id desc))[1] <> 'delete' as is_there,
             max(change_id) filter (where operation = 'insert') as inserted
        from log group by key
    ), earliest as (
      select l.key, jsonb_object_agg(b.key, b.value order by l.change_id desc) as image
        from log l cross join lateral jsonb_each(l.before) b group by l.key
    ), latest as (
      select l.key, jsonb_object_agg(a.key, a.value order by l.change_id) as image
        from log l join ends e on e.key = l.key cross join lateral jsonb_each(l.after) a
       where l.change_id >= coalesce(e.inserted, l.change_id) group by l.key
    ), net as (
      select case when not e.was then 'insert' when e.is_there then 'update' else 'delete' end as operation, e.key,
             d.changed, case when not e.was then null when e.is_there then d.before else b.image - '_raw' end as before,
             case when not e.is_there then null when e.was then d.after else a.image - '_raw' end as after
        from ends e
        left join earliest b on b.key = e.key
        left join latest a on a.key = e.key
       cross join lateral (
         select array_agg(c.key order by c.key) as changed, jsonb_object_agg(c.key, c.value) as before,
                jsonb_object_agg(c.key, coalesce(a.image -> c.key, 'null')) as after
           from jsonb_each(b.image) c
          where e.was and e.is_there and c.value <> coalesce(a.image -> c.key, 'null')
            and (c.key <> '_raw' or a.image ? '_raw')) d
       where (e.was or e.is_there) and not (e.was and e.is_there and d.changed is null)
    )`;
}
