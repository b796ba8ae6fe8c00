/**
 * Finds old records of the state schema that nobody needs: one query for each kind. Each gives the columns that name
 * its records, and takes one parameter: the time before which they are old.
 */
import { quoteTable } from '../../core/database/database.ts';
import type { Schemas } from '../../state/schemas.ts';

/** A kind of old records. */
export interface Expired {
  readonly table: 'run_streams' | 'export_windows' | 'export_runs' | 'alerts' | 'table_sizes' | 'runs';
  /** Columns that name a record. */
  readonly key: readonly string[];
  /** The query; $1 is a time. */
  readonly sql: string;
  /** Name of that time. */
  readonly before: 'run' | 'detail' | 'size' | 'daily';
  /** Most records in one transaction. A run takes its streams and events along. */
  readonly batch: number;
}

/** For so long there is a size of each table for every day, then one for every month. */
export const DAILY_SIZES_DAYS = 90;

const BATCH = 5000;

/** All kinds, in the order in which they go: details before the runs that they would keep. */
export function expiredRecords(schemas: Schemas): readonly Expired[] {
  const name = (table: string): string => quoteTable(schemas.state, table);
  // Clocks can jump, so the later of both times decides.
  const end = 'greatest(r.started_at, r.finished_at)';
  const sizes = { table: 'table_sizes', key: ['schema_name', 'table_name', 'day'], batch: BATCH } as const;
  return [
    {
      table: 'run_streams',
      key: ['run_id', 'stream'],
      before: 'detail',
      batch: BATCH,
      sql: `select s.run_id, s.stream from ${name('run_streams')} s join ${name('runs')} r using (run_id)
             where r.started_at < $1 and ${end} < $1 and s.finished_at < $1 and r.status <> 'running'
               and s.status in ('complete', 'skipped', 'unavailable', 'retired') and s.partitions_failed = 0
               and s.inserted + s.updated + s.deleted = 0
               and r.cycle_id not in (${lastCycles(schemas)})`,
    },
    {
      table: 'export_windows',
      key: ['export', 'window_from', 'window_to'],
      before: 'detail',
      batch: BATCH,
      // The beginning of a window that was read later as a whole. A watermark that is taken back goes to the earliest
      // window that a wrong clock read: where this one counts for that, the whole one does, and begins where it began.
      sql: `select w.export, w.window_from, w.window_to from ${name('export_windows')} w
             where w.loaded_at < $1 and exists (
               select from ${name('export_windows')} o
                where o.export = w.export and o.window_from = w.window_from and o.window_to > w.window_to
                  and o.loaded_at >= w.loaded_at and o.rows >= w.rows)`,
    },
    {
      table: 'export_runs',
      key: ['export_run'],
      before: 'detail',
      batch: BATCH,
      sql: `select x.export_run from ${name('export_runs')} x join ${name('runs')} r using (run_id)
             where greatest(x.started_at, x.finished_at) < $1 and ${end} < $1 and r.status <> 'running'
               and x.status in ('complete', 'skipped')
               and x.rows = 0 and x.inserted + x.updated + x.deleted + x.rejected = 0
               and coalesce(x.drift, '[]') = '[]'
               and not exists (select from ${name('export_windows')} w where w.export_run = x.export_run)
               and exists (select from ${name('export_runs')} o
                            where o.export = x.export and o.export_run > x.export_run)`,
    },
    {
      table: 'alerts',
      key: ['alert_id'],
      before: 'run',
      batch: BATCH,
      sql: `select alert_id from ${name('alerts')} where greatest(settled_at, last_seen_at) < $1 and settled_at < $1`,
    },
    {
      ...sizes,
      before: 'size',
      sql: `select schema_name, table_name, day from ${name('table_sizes')} where day < $1::timestamptz::date`,
    },
    {
      ...sizes,
      before: 'daily',
      // Days go in their order, so the first that a month has stays the first.
      sql: `select t.schema_name, t.table_name, t.day from ${name('table_sizes')} t
             where t.day < $1::timestamptz::date and exists (
               select from ${name('table_sizes')} o
                where o.schema_name = t.schema_name and o.table_name = t.table_name
                  and o.day < t.day and o.day >= date_trunc('month', t.day)::date)`,
    },
    {
      table: 'runs',
      key: ['run_id'],
      before: 'run',
      batch: 500,
      sql: `select r.run_id from ${name('runs')} r
             where r.started_at < $1 and ${end} < $1 and r.status <> 'running'
               and r.run_id not in (select n.run_id from (${neededRuns(schemas)}) n where n.run_id is not null)`,
    },
  ];
}

/** The cycles of the last run of each command: the next one may resume them. */
function lastCycles({ state }: Schemas): string {
  const runs = quoteTable(state, 'runs');
  return `select l.cycle_id from ${runs} l
           where l.started_at = (select max(m.started_at) from ${runs} m where m.command = l.command)`;
}

/** Runs that something refers to in a way that matters. The change log names runs, too, but that is history. */
function neededRuns(schemas: Schemas): string {
  const name = (table: string): string => quoteTable(schemas.state, table);
  return [
    `select c.run_id from ${name('runs')} c where c.cycle_id in (${lastCycles(schemas)})`,
    // A sync does not read again what a backfill read in its cycle, so the backfill's cursors must stay known as
    // such.
    `select p.run_id from ${name('partitions')} p join ${name('runs')} b using (run_id) where b.command = 'backfill'`,
    `select last_run_id from ${name('streams')}`,
    `select last_run_id from ${name('exports')}`,
    `select last_run_id from ${name('schedules')}`,
    `select run_id from ${name('alerts')} where settled_at is null`,
    // The origin of an export's rows: the runs of its windows, and the last runs of each.
    `select x.run_id from ${name('export_runs')} x join ${name('export_windows')} w using (export_run)`,
    `select x.run_id from ${name('export_runs')} x
      where x.export_run in (select max(m.export_run) from ${name('export_runs')} m where m.rows > 0 group by m.export)`,
  ].join(' union all ');
}
