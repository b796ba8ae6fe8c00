/** Run books in a database: written down, and read again by the names of what is there. */
import { type Database, quoteTable, type Row } from '../../src/core/database/database.ts';
import type { Schemas } from '../../src/state/schemas.ts';
import {
  cycleOf,
  DAY_MS,
  dayOf,
  eventName,
  exportRunsOf,
  type Names,
  type RunBook,
  unique,
  windowName,
} from './run-book.ts';

/** Writes a book down, in place of what is there. */
export async function writeBook(
  database: Database,
  { state }: Schemas,
  book: RunBook,
  now: Date,
): Promise<void> {
  const ago = (days: number): string => new Date(now.getTime() - days * DAY_MS).toISOString();
  const exportRuns = exportRunsOf(book);
  const nameOf = (of: number): string => `run ${of % Math.max(1, book.runs.length)}`;
  await database.transaction(async (session) => {
    const insert = async (table: string, rows: readonly Row[]): Promise<void> => {
      if (rows.length === 0) return;
      await session.query(
        `insert into ${quoteTable(state, table)} (${Object.keys(rows[0] ?? {})
          .map((column) => `"${column}"`)
          .join(', ')})
         ${table === 'export_runs' ? 'overriding system value' : ''}
         select ${Object.keys(rows[0] ?? {})
           .map((column) => `r."${column}"`)
           .join(', ')}
           from jsonb_populate_recordset(null::${quoteTable(state, table)}, $1::jsonb) r`,
        [JSON.stringify(rows)],
      );
    };
    const tables = [
      ...['runs', 'run_streams', 'run_events', 'export_runs', 'export_windows', 'streams', 'exports'],
      ...['schedules', 'partitions', 'alerts', 'alert_messages', 'table_sizes'],
    ];
    await session.query(`truncate ${tables.map((table) => quoteTable(state, table)).join(', ')}`);
    await insert(
      'runs',
      book.runs.map(({ command, status, age: since, lasted, ended }, i) => ({
        ...{ run_id: `run ${i}`, command, status, resumable: false, full: false, cycle_id: cycleOf(book, i) },
        ...{ cycle_started_at: ago(since), started_at: ago(since) },
        finished_at: ended ? ago(since - lasted) : null,
        ...{ requests: 1, retries: 0, rate_limited: 0, trigger: 'cli', throttled_ms: 0 },
      })),
    );
    await insert(
      'run_streams',
      book.runs.flatMap(({ streams, age: since }, i) =>
        streams.map(({ status, changed, failed }, n) => ({
          ...{ run_id: `run ${i}`, stream: String(n), status, mode: 'incremental', partitions: 1 },
          ...{ partitions_failed: failed, requests: 1, read: 1, inserted: 0, updated: changed, unchanged: 0 },
          ...{ deleted: 0, started_at: ago(since), finished_at: ago(since), retries: 0, rate_limited: 0 },
        })),
      ),
    );
    for (const [i, { events, age: since }] of book.runs.entries()) {
      for (let n = 0; n < events; n++) {
        await session.query(
          `insert into ${quoteTable(state, 'run_events')} (run_id, at, event, detail) values ($1, $2, 'x', $3)`,
          [`run ${i}`, ago(since), eventName(`run ${i}`, n)],
        );
      }
    }
    await insert(
      'export_runs',
      exportRuns.map(({ run, name, export: of, rows, status, drift }) => ({
        ...{ export_run: name, run_id: `run ${run}`, export: of, status, rows, inserted: rows, updated: 0 },
        ...{ unchanged: 0, deleted: 0, rejected: 0, bytes: 0, windows: 0, query_ids: [], waited_ms: 0 },
        ...{ loaded_ms: 0, drift: drift ? [{ change: 'added' }] : [], rejections: [] },
        started_at: ago(book.runs[run]?.age ?? 0),
      })),
    );
    const hour = (n: number): string => new Date(Date.UTC(2020, 0, 1, n)).toISOString();
    await insert(
      'export_windows',
      unique(book.windows, windowName).map((w) => ({
        ...{ export: w.export, window_from: hour(w.from), window_to: hour(w.from + w.hours), rows: w.rows },
        ...{ bytes: 0, query_ids: [], loaded_at: ago(w.age) },
        export_run: exportRuns.length === 0 ? 0 : (exportRuns[w.of % exportRuns.length]?.name ?? 0),
      })),
    );
    await insert(
      'streams',
      book.lastOfStream.map((of, i) => ({
        ...{ stream: String(i), last_run_id: nameOf(of), last_status: 'complete', last_attempt_at: ago(0) },
      })),
    );
    await insert(
      'exports',
      book.lastOfExport.map((of, i) => ({
        ...{ export: String(i), table_name: String(i), mode: 'merge', last_run_id: nameOf(of) },
        ...{ last_status: 'complete', last_attempt_at: ago(0) },
      })),
    );
    await insert(
      'schedules',
      book.lastOfSchedule.map((of, i) => ({
        schedule: String(i),
        attempts: 0,
        fence: 1,
        last_run_id: nameOf(of),
      })),
    );
    await insert(
      'partitions',
      book.cursors.map((of, i) => ({
        ...{ stream: 's', partition: String(i), kind: 'root', status: 'complete', run_id: nameOf(of) },
        ...{ attempts: 1, doubts: 0 },
      })),
    );
    for (const [i, { of, age: since, settled }] of book.alerts.entries()) {
      await session.query(
        `insert into ${quoteTable(state, 'alerts')} (key, kind, subject, detail, run_id, raised_at, last_seen_at, settled_at)
         values ($1, 'failure', 's', '', $2, $3, $3, $4)`,
        [`alert ${i}`, nameOf(of), ago(since), settled ? ago(since) : null],
      );
    }
    await insert(
      'table_sizes',
      book.sizes.map((since) => ({
        ...{ schema_name: 'sigma', table_name: 't', day: dayOf(now, since), rows: 1, bytes: 1 },
      })),
    );
  });
}

/** The names of its records. */
export async function namesIn(database: Database, { state }: Schemas): Promise<Names> {
  return database.session(async (session) => {
    const all = async (table: string, name: string): Promise<string[]> => {
      const rows = await session.query<{ name: string }>(
        `select ${name} as name from ${quoteTable(state, table)}`,
      );
      return rows.map((row) => row.name).sort();
    };
    const hours = (column: string): string => `extract(epoch from ${column} - '2020-01-01Z')::integer / 3600`;
    return {
      runs: await all('runs', 'run_id'),
      streams: await all('run_streams', `run_id || '/' || stream`),
      events: await all('run_events', 'detail'),
      exportRuns: await all('export_runs', 'export_run::text'),
      windows: await all(
        'export_windows',
        `concat_ws(' ', export, ${hours('window_from')}, ${hours('window_to')} - ${hours('window_from')})`,
      ),
      alerts: await all('alerts', 'key'),
      sizes: await all('table_sizes', 'day::text'),
    };
  });
}
