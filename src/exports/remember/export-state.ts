/** The database's record of exports: watermark, columns, and the loads of each run. */
import { quoteTable, type Session } from '../../core/database/database.ts';
import { LockedError } from '../../core/errors.ts';
import type { Schemas } from '../../state/schemas.ts';
import type { ExportColumn } from '../decide/columns.ts';
import type { ExportDefinition } from '../decide/definition.ts';
import type { TimeWindow } from '../decide/windows.ts';
import type { ExportReport } from './export-report.ts';

/** So many windows with rows make one without any worth a word. */
const SOME_WINDOWS = 7;

/** Takes an export over for a run: from here on no other run can commit rows of it. @returns where to go on */
export async function beginExport(
  session: Session,
  schemas: Schemas,
  definition: ExportDefinition,
  runId: string,
  now: Date,
) {
  const { name, table, mode } = definition;
  const [row] = await session.query<{ watermark: Date | null }>(
    `insert into ${quoteTable(schemas.state, 'exports')} as e
       (export, table_name, mode, last_run_id, last_status, last_attempt_at) values ($1, $2, $3, $4, 'running', $5)
     on conflict (export) do update set
       table_name = excluded.table_name, mode = excluded.mode, last_run_id = excluded.last_run_id,
       last_status = 'running', last_attempt_at = excluded.last_attempt_at,
       watermark = case when e.table_name = excluded.table_name then e.watermark end
     returning watermark`,
    [name, table, mode, runId, now],
  );
  const [run] = await session.query<{ id: string }>(
    `insert into ${quoteTable(schemas.state, 'export_runs')} (run_id, export, status, started_at)
     values ($1, $2, 'running', $3) returning export_run::text as id`,
    [runId, name, now],
  );
  return { exportRun: run?.id ?? '', watermark: row?.watermark ?? undefined };
}

/** The fence: a transaction that calls this first commits only while its run has the export. @throws LockedError */
export async function assertExporting(
  session: Session,
  schemas: Schemas,
  name: string,
  runId: string,
): Promise<void> {
  const rows = await session.query(
    `select 1 from ${quoteTable(schemas.state, 'exports')} where export = $1 and last_run_id = $2 for update`,
    [name, runId],
  );
  if (rows.length > 0) return;
  throw new LockedError(
    `Another run took over the export ${name}. This run stopped and wrote nothing more.`,
    {
      advice: '"sigma-sync runs" shows both.',
    },
  );
}

/**
 * Forgets what was known of a table that is not there any more: all of it is to be read again.
 *
 * @returns true where something was known.
 */
export async function forgetTable(session: Session, schemas: Schemas, name: string): Promise<boolean> {
  const known = await session.query(
    `delete from ${quoteTable(schemas.state, 'export_columns')} where export = $1 returning 1`,
    [name],
  );
  if (known.length === 0) return false;
  await session.query(
    `update ${quoteTable(schemas.state, 'exports')} set watermark = null where export = $1`,
    [name],
  );
  return true;
}

/** A new table belongs to the export that created it, even if another export had one of its name before. */
export async function claimTable(
  session: Session,
  schemas: Schemas,
  { name, table }: ExportDefinition,
): Promise<void> {
  await session.query(
    `delete from ${quoteTable(schemas.state, 'export_columns')} c using ${quoteTable(schemas.state, 'exports')} e
      where e.export = c.export and e.table_name = $2 and e.export <> $1`,
    [name, table],
  );
}

/**
 * A watermark ahead of the clock comes from a clock that was wrong: what came since then was never asked for. It goes
 * back to where the windows began that were read by that clock.
 */
export async function takeWatermarkBack(
  session: Session,
  schemas: Schemas,
  name: string,
  now: Date,
): Promise<Date | undefined> {
  const [row] = await session.query<{ since: Date | null }>(
    `with ahead as (
       delete from ${quoteTable(schemas.state, 'export_windows')} where export = $1 and (window_to > $2 or loaded_at > $2)
       returning window_from)
     select least(min(window_from), $2::timestamptz) as since from ahead`,
    [name, now],
  );
  const since = row?.since ?? now;
  await session.query(`update ${quoteTable(schemas.state, 'exports')} set watermark = $2 where export = $1`, [
    name,
    since,
  ]);
  return since;
}

/** Writes the columns of an export's table down. */
export async function saveColumns(
  session: Session,
  schemas: Schemas,
  name: string,
  columns: readonly ExportColumn[],
  now: Date,
): Promise<void> {
  await session.query(
    `insert into ${quoteTable(schemas.state, 'export_columns')} as c
       (export, column_name, label, occurrence, kind, sql_type, column_id, added_at, missing_since)
     select $1, * from unnest($2::text[], $3::text[], $4::integer[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::timestamptz[])
     on conflict (export, column_name) do update set
       label = excluded.label, occurrence = excluded.occurrence, kind = excluded.kind,
       sql_type = excluded.sql_type, column_id = excluded.column_id, missing_since = excluded.missing_since
     where (c.label, c.occurrence, c.kind, c.sql_type, c.column_id, c.missing_since) is distinct from
           (excluded.label, excluded.occurrence, excluded.kind, excluded.sql_type, excluded.column_id,
            excluded.missing_since)`,
    [
      name,
      columns.map((column) => column.name),
      columns.map(({ label }) => label),
      columns.map(({ occurrence }) => occurrence),
      columns.map(({ kind }) => kind),
      columns.map(({ sqlType }) => sqlType),
      columns.map(({ columnId }) => columnId ?? null),
      columns.map(() => now.toISOString()),
      columns.map(({ missingSince }) => missingSince?.toISOString() ?? null),
    ],
  );
}

export interface LoadedWindow {
  readonly window: TimeWindow;
  readonly exportRun: string;
  readonly rows: number;
  readonly bytes: number;
  readonly queryIds: readonly string[];
}

/**
 * Records a window, and moves the watermark to its end if nothing is missing before it. It keeps the first reading
 * that gave most rows: if Sigma has less by now, the stored rows are no less whole.
 *
 * @param start the beginning of the export.
 * @returns the watermark.
 */
export async function saveWindow(
  session: Session,
  schemas: Schemas,
  name: string,
  start: Date,
  { window, exportRun, rows, bytes, queryIds }: LoadedWindow,
  now: Date,
): Promise<Date | undefined> {
  await session.query(
    `insert into ${quoteTable(schemas.state, 'export_windows')} as w values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (export, window_from, window_to) do update set export_run = excluded.export_run,
       rows = excluded.rows, bytes = excluded.bytes, query_ids = excluded.query_ids, loaded_at = excluded.loaded_at
     where excluded.rows > w.rows`,
    [name, window.from, window.to, exportRun, rows, bytes, queryIds, now],
  );
  const [row] = await session.query<{ watermark: Date | null }>(
    `update ${quoteTable(schemas.state, 'exports')}
        set watermark = case when greatest(watermark, $4) >= $2 then greatest(watermark, $3) else watermark end
      where export = $1 returning watermark`,
    [name, window.from, window.to, start],
  );
  return row?.watermark ?? undefined;
}

/** True where all of the latest windows had rows, and there are some. `exportRun`: those of this one do not count. */
export async function hadRows(
  session: Session,
  schemas: Schemas,
  name: string,
  exportRun: string,
): Promise<boolean> {
  const [row] = await session.query<{ had: boolean }>(
    `/* looking at earlier windows */
     select count(*) = ${SOME_WINDOWS} and bool_and(rows > 0) as had
       from (select rows from ${quoteTable(schemas.state, 'export_windows')}
              where export = $1 and export_run <> $2::bigint order by window_to desc limit ${SOME_WINDOWS}) w`,
    [name, exportRun],
  );
  return row?.had === true;
}

/** Writes the outcome down. */
export async function finishExport(
  session: Session,
  schemas: Schemas,
  runId: string,
  exportRun: string,
  report: ExportReport,
  now: Date,
): Promise<void> {
  const { name, status, kept = false, error = null } = report;
  // A turn of the schedule that came while the run was at work is yet to be served: it is as fresh as its start.
  const isDone = (status === 'complete' || status === 'partial') && !kept;
  await session.query(
    `update ${quoteTable(schemas.state, 'exports')} set last_status = $3, error = $4,
            last_success_at = case when $5::boolean then last_attempt_at else last_success_at end
      where export = $1 and last_run_id = $2`,
    [name, runId, status, error, isDone],
  );
  const { rows, inserted, updated, unchanged, deleted, rejected, bytes, windows, queryIds } = report;
  await session.query(
    `update ${quoteTable(schemas.state, 'export_runs')} set status = $2, rows = $3, inserted = $4, updated = $5,
            unchanged = $6, deleted = $7, rejected = $8, bytes = $9, windows = $10, query_ids = $11, drift = $12,
            rejections = $13, warnings = $14, waited_ms = $15, loaded_ms = $16, error = $17, finished_at = $18
      where export_run = $1`,
    [
      exportRun,
      status,
      ...[rows, inserted, updated, unchanged, deleted, rejected, bytes, windows, queryIds],
      JSON.stringify(report.drift),
      JSON.stringify(report.rejections),
      JSON.stringify(report.warnings),
      ...[report.waitedMs, report.loadedMs, error, now],
    ],
  );
}
