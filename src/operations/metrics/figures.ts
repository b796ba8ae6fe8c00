/**
 * Figures from the database on freshness, sizes, watermarks and alerts: a handful of small queries, kept for some
 * seconds.
 */
import { type Database, hasTable, quoteTable, type Session } from '../../core/database/database.ts';
import { within } from '../../core/within.ts';
import { exportOutcomes, partitionCounts, streamOutcomes } from '../../state/read/outcomes.ts';
import { lastCompleteBySchedule } from '../../state/read/runs.ts';
import type { Schemas } from '../../state/schemas.ts';

/** A name and a number; times are seconds since 1970. */
export interface Figure {
  readonly name: string;
  readonly value: number;
}

/** All figures known at one time. */
export interface Figures {
  /** Last success of each stream that had one. */
  readonly streamSuccess: readonly Figure[];
  /** Streams that cannot be read: they have no age. */
  readonly unavailable: readonly string[];
  readonly streamRows: readonly Figure[];
  readonly partitionsFailed: readonly Figure[];
  readonly exportSuccess: readonly Figure[];
  readonly watermarks: readonly Figure[];
  readonly scheduleSuccess: readonly Figure[];
  readonly alerts: readonly Figure[];
}

const NOTHING: Figures = {
  ...{ streamSuccess: [], unavailable: [], streamRows: [], partitionsFailed: [] },
  ...{ exportSuccess: [], watermarks: [], scheduleSuccess: [], alerts: [] },
};

/** Reads all figures; none where nothing was ever run here. @throws DatabaseError */
export async function readFigures(database: Database, schemas: Schemas): Promise<Figures> {
  return database.session(async (session) => {
    // The table that was made last: an older version's database is migrated by the next run.
    if (!(await hasTable(session, schemas.state, 'table_sizes'))) return NOTHING;
    const streams = await streamOutcomes(session, schemas);
    const exports = await exportOutcomes(session, schemas);
    return {
      unavailable: streams
        .filter(({ status }) => ['unavailable', 'retired'].includes(status))
        .map(({ stream }) => stream),
      streamSuccess: streams.flatMap(({ stream, lastSuccessAt }) => timeOf(stream, lastSuccessAt)),
      streamRows: await figures(
        session,
        `select distinct on (table_name) table_name, rows from ${quoteTable(schemas.state, 'table_sizes')}
          where schema_name = $1 order by table_name, day desc`,
        [schemas.target],
      ),
      partitionsFailed: (await partitionCounts(session, schemas)).map(({ stream, failed }) => ({
        name: stream,
        value: failed,
      })),
      exportSuccess: exports.flatMap(({ export: name, lastSuccessAt }) => timeOf(name, lastSuccessAt)),
      watermarks: exports.flatMap(({ export: name, watermark }) => timeOf(name, watermark)),
      scheduleSuccess: (await lastCompleteBySchedule(session, schemas)).flatMap(({ schedule, at }) =>
        timeOf(schedule, at),
      ),
      alerts: await figures(
        session,
        `select kind, count(*) from ${quoteTable(schemas.state, 'alerts')} where settled_at is null group by kind`,
      ),
    };
  });
}

async function figures(
  session: Session,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<Figure[]> {
  const rows = await session.query<{ name: string; value: number }>(
    `select f.name, f.value::float8 as value from (${sql}) as f(name, value)`,
    parameters,
  );
  return rows.map(({ name, value }) => ({ name, value: Number(value) }));
}

/** A time as a figure; nothing where there is none. */
function timeOf(name: string, time: Date | null): readonly Figure[] {
  return time === null ? [] : [{ name, value: time.getTime() / 1000 }];
}

export interface FreshOptions<T> {
  readonly read: () => Promise<T>;
  /** Milliseconds for which figures are good enough. */
  readonly cacheMs: number;
  /** Most of the time that may be spent on reading, as a share: figures that take long are kept for longer. */
  readonly mostShare?: number | undefined;
  /** Milliseconds that a reader waits. */
  readonly patienceMs: number;
  /** Milliseconds after which a database that does not answer counts as one that can't be reached. */
  readonly lostMs: number;
  /** A clock that only goes forward. */
  readonly now: () => number;
}

export interface Known<T> {
  readonly reachable: boolean;
  /** Undefined while nothing is known, or the database can't be reached: what it said once may be wrong by now. */
  readonly figures: T | undefined;
}

/** Figures are never kept for longer, in milliseconds. */
const LONGEST_MS = 120_000;

/**
 * Keeps figures that are at most some seconds old, and never late: a scrape must not wait or fail. Reads at most once at
 * a time, however many ask; the returned function never throws.
 */
export function keepFresh<T>(options: FreshOptions<T>): () => Promise<Known<T>> {
  const { read, cacheMs, mostShare, patienceMs, lostMs, now } = options;
  let known: Known<T> = { reachable: false, figures: undefined };
  let readAt = Number.NEGATIVE_INFINITY;
  let keptMs = cacheMs;
  let reading: { readonly since: number; readonly done: Promise<void> } | undefined;

  function refresh(): Promise<void> {
    const since = now();
    const done = read()
      .then(
        (figures) => {
          known = { reachable: true, figures };
          const wantedMs = mostShare === undefined ? 0 : (now() - since) / mostShare;
          keptMs = Math.max(cacheMs, Math.min(LONGEST_MS, wantedMs));
        },
        () => {
          known = { reachable: false, figures: undefined };
          keptMs = cacheMs;
        },
      )
      .finally(() => {
        readAt = now();
        reading = undefined;
      });
    reading = { since, done };
    return done;
  }

  return async () => {
    if (now() - readAt >= keptMs) await within(reading?.done ?? refresh(), patienceMs);
    // The embedded database has one connection, which a run may hold for a while: that is no outage.
    const isLost = reading !== undefined && now() - reading.since >= lostMs;
    return isLost ? { reachable: false, figures: undefined } : known;
  };
}
