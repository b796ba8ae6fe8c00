/** Databases for the page: a simulated organization that was synced night by night, and a run book of any length. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Simulator } from '../../simulator/server.ts';
import { type App, createApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { type Database, quoteTable } from '../../src/core/database/database.ts';
import { EventBus } from '../../src/core/events/bus.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import type { Clock } from '../../src/sigma/clock.ts';
import type { Schemas } from '../../src/state/schemas.ts';

/** The parts that an application for the page needs to know. */
export interface WebAppOptions {
  /** The simulator; without it runs fail for want of credentials. */
  readonly simulator?: Simulator | undefined;
  /** Settings file, as YAML. */
  readonly yaml?: string;
  readonly env?: Record<string, string>;
  /** Default: the real one. */
  readonly clock?: Clock;
}

/** An application with settings as a file has them, on a free port. */
export function webApp({ simulator, yaml = '', env = {}, clock }: WebAppOptions = {}): App {
  const folder = mkdtempSync(join(tmpdir(), 'sigma-sync-web-'));
  try {
    writeFileSync(join(folder, 'settings.yaml'), yaml);
    const sigma =
      simulator === undefined
        ? {}
        : {
            SIGMA_BASE_URL: simulator.url,
            SIGMA_CLIENT_ID: simulator.clientId,
            SIGMA_CLIENT_SECRET: simulator.clientSecret,
            // Answers cost every run a second; tests of them say so.
            SIGMA_SYNC_ANALYTICS: 'false',
          };
    const config = loadConfig({
      ...{ file: 'settings.yaml', cwd: folder },
      env: { SIGMA_SYNC_PORT: '0', ...sigma, ...env },
    });
    return createApp({
      config,
      events: new EventBus(),
      cacheDirectory: folder,
      ...(clock === undefined ? {} : { clock }),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Settings of an export of the audit log by day, as YAML; `start` is its first day. */
export function auditExport(
  audit: { readonly workbookId: string; readonly elementId: string },
  start: Date,
): string {
  return `exports:
  - name: audit_events
    workbook: ${audit.workbookId}
    element: ${audit.elementId}
    mode: merge
    key: ["Event ID"]
    window: { column: Created At, control: API-Date-Filter, start: "${start.toISOString().slice(0, 10)}", step: 1d, lookback: 3h }
`;
}

/** Writes the sizes of all tables down for a day: true counts, as the service does once a day. */
export async function noteSizes(
  database: Database,
  { state, target }: Schemas,
  day: Date,
  schema = target,
): Promise<void> {
  await database.session(async (session) => {
    const tables = await session.query<{ name: string }>(
      `select tablename::text as name from pg_tables where schemaname = $1`,
      [schema],
    );
    for (const { name } of tables) {
      const live =
        schema === target && catalogue.some((stream) => stream.name === name)
          ? ' where _deleted_at is null'
          : '';
      await session.query(
        `insert into ${quoteTable(state, 'table_sizes')} (schema_name, table_name, day, rows, bytes)
         select $1, $2, $3::date, (select count(*) from ${quoteTable(schema, name)}${live}),
                pg_total_relation_size($4::text::regclass)
         on conflict (schema_name, table_name, day) do update set rows = excluded.rows, bytes = excluded.bytes`,
        [schema, name, day.toISOString().slice(0, 10), quoteTable(schema, name)],
      );
    }
  });
}

/** The contents of a run book. */
export interface RunBook {
  readonly runs: number;
  /** Streams of each run. */
  readonly streams: readonly string[];
  /** End of the last run. */
  readonly now: Date;
  /** Time from one run to the next. Default: a day. */
  readonly everyMs?: number;
}

/** Runs one night after the other, some of them partial or failed, by one statement for each table. */
export async function fillRunBook(database: Database, { state }: Schemas, book: RunBook): Promise<void> {
  const { runs, streams, now, everyMs = 86_400_000 } = book;
  const at = (expression: string): string =>
    `$2::timestamptz - make_interval(secs => (${expression}) * $3::float8)`;
  await database.transaction(async (session) => {
    await session.query(
      `insert into ${quoteTable(state, 'runs')} (run_id, command, status, "full", cycle_id, cycle_started_at, started_at,
              finished_at, requests, retries, rate_limited, error, trigger, schedule, throttled_ms)
       select id, case when n % 29 = 7 then 'backfill' else 'sync' end, status, n % 30 = 0, id, began, began,
              began + make_interval(secs => 240 + (n * 37) % 420), 1200 + (n * 131) % 900, n % 7, (n * 3) % 5,
              case status when 'failed' then 'GET /v2/workbooks answered 503 after 7 attempts (request req-' || n || ')' end,
              case when n % 11 = 3 then 'cli' else 'schedule' end, case when n % 11 = 3 then null else 'nightly' end,
              ((n * 3) % 5) * 1500
         from (select n, 'run-' || lpad(n::text, 6, '0') as id, ${at('n')} as began,
                      case when n % 41 = 5 then 'failed' when n % 17 = 4 then 'partial' else 'complete' end as status
                 from generate_series(1, $1::integer) n) nights`,
      [runs, now.toISOString(), everyMs / 1000],
    );
    await session.query(
      `insert into ${quoteTable(state, 'run_streams')} (run_id, stream, status, mode, partitions, partitions_failed,
              requests, read, inserted, updated, unchanged, deleted, error, started_at, finished_at, retries, rate_limited)
       select r.run_id, s.name, case when r.status <> 'complete' and s.i = 3 then r.status else 'complete' end,
              'incremental', 1 + s.i * 3, case when r.status = 'partial' and s.i = 3 then 2 else 0 end, 20 + s.i,
              400 * s.i, s.i, s.i * 2, 400 * s.i - s.i * 3, s.i / 9,
              case when r.status <> 'complete' and s.i = 3 then coalesce(r.error, '2 partitions failed') end,
              r.started_at + make_interval(secs => s.i * 4), r.started_at + make_interval(secs => s.i * 4 + 9 + s.i), 0, 0
         from ${quoteTable(state, 'runs')} r cross join unnest($1::text[]) with ordinality s(name, i)`,
      [streams],
    );
    await session.query(
      `insert into ${quoteTable(state, 'streams')} (stream, last_run_id, last_status, last_attempt_at, last_success_at)
       select distinct on (stream) stream, run_id, status, finished_at, finished_at
         from ${quoteTable(state, 'run_streams')} order by stream, started_at desc
       on conflict (stream) do nothing`,
    );
  });
}

/** Sizes that grow day by day, for all tables. */
export async function fillSizes(
  database: Database,
  { state, target }: Schemas,
  tables: readonly string[],
  days: number,
  now: Date,
): Promise<void> {
  await database.session((session) =>
    session.query(
      `insert into ${quoteTable(state, 'table_sizes')} (schema_name, table_name, day, rows, bytes)
       select $1, t.name, $4::date - d, 1000 * t.i + (($3::integer - d) * t.i), 8192 * (20 * t.i + ($3::integer - d))
         from unnest($2::text[]) with ordinality t(name, i) cross join generate_series(0, $3::integer - 1) d`,
      [target, tables, days, now.toISOString().slice(0, 10)],
    ),
  );
}

/** Changes of the log, many at once: the same rows changed over and over, backwards in time from `now`. */
export async function fillChanges(
  database: Database,
  { state }: Schemas,
  { changes, now, everyMs }: { changes: number; now: Date; everyMs: number },
): Promise<void> {
  await database.session((session) =>
    session.query(
      `insert into ${quoteTable(state, 'changes')} (changed_at, run_id, stream, key, operation, changed, before, after)
       select $2::timestamptz - make_interval(secs => ($1::integer - n) * $3::float8), 'run-' || lpad((n % 400)::text, 6, '0'),
              case n % 3 when 0 then 'workbooks' when 1 then 'grants' else 'workbook_columns' end,
              array['key-' || n % 5000], 'update', array['name'], jsonb_build_object('name', 'Before ' || n),
              jsonb_build_object('name', 'After ' || n)
         from generate_series(1, $1::integer) n`,
      [changes, now.toISOString(), everyMs / 1000],
    ),
  );
}
