/** The run book, page by page. */
import { quoteTable, type Session } from '../../../core/database/database.ts';
import type { ExportReport } from '../../../exports/remember/export-report.ts';
import { listRuns, type RunFilter, type RunSummary, readRun } from '../../../state/read/runs.ts';
import type { Schemas } from '../../../state/schemas.ts';
import { type Counted, type Part, TOTAL } from './counted.ts';
import { STREAM_RUN, type StreamRunRow } from './read-streams.ts';

/** A run as the page lists it. */
export interface RunRow extends Record<string, unknown>, RunSummary {
  readonly trigger: string;
  readonly schedule: string | null;
  readonly resumedFrom: string | null;
  /** `startedAt` to the microsecond, for paging. */
  readonly position: string;
  readonly throttledMs: number;
}

const MORE = `r.trigger, r.schedule, r.resumed_from as "resumedFrom", r.throttled_ms::float8 as "throttledMs",
  to_char(r.started_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as position`;

/** Runs, the newest first. */
export function runRows(session: Session, schemas: Schemas, filter: RunFilter): Promise<RunRow[]> {
  return listRuns<RunRow>(session, schemas, filter, { more: MORE });
}

/** Fields of an export's report that are kept under the same name and in the same form. */
type Reported = Omit<
  ExportReport,
  'name' | 'table' | 'mode' | 'status' | 'watermark' | 'drift' | 'rejections' | 'error'
>;

/** The effects of a run on an export, as in its report; so far, if it still runs. */
export interface ExportRunRow extends Record<string, unknown>, Reported {
  readonly exportRun: string;
  readonly runId: string;
  readonly export: string;
  readonly status: string;
  readonly drift: ExportReport['drift'] | null;
  readonly rejections: ExportReport['rejections'] | null;
  readonly error: string | null;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
}

const EXPORT_RUN = `export_run::text as "exportRun", run_id as "runId", export, status, rows::float8 as rows,
  inserted::float8 as inserted, updated::float8 as updated, unchanged::float8 as unchanged, deleted::float8 as deleted,
  rejected::float8 as rejected, bytes::float8 as bytes, windows, query_ids as "queryIds", drift, rejections,
  waited_ms::float8 as "waitedMs", loaded_ms::float8 as "loadedMs", error, started_at as "startedAt",
  finished_at as "finishedAt"`;

/** The effects of a run on exports, or of runs on an export, the newest first. */
export async function exportRuns(
  session: Session,
  { state }: Schemas,
  of: { readonly runId: string } | { readonly export: string },
  { limit, offset }: Part,
): Promise<Counted<ExportRunRow>[]> {
  const [column, value] = 'runId' in of ? ['run_id', of.runId] : ['export', of.export];
  return session.query<Counted<ExportRunRow>>(
    `select ${EXPORT_RUN}, ${TOTAL} from ${quoteTable(state, 'export_runs')} where ${column} = $1
      order by started_at desc, export_run desc limit $2 offset $3`,
    [value, limit, offset],
  );
}

/** Something that happened in a run. */
export interface RunEventRow extends Record<string, unknown> {
  readonly at: Date;
  readonly event: string;
  readonly stream: string | null;
  readonly detail: string;
  readonly requestId: string | null;
}

/** A run in full. */
export interface RunDetail {
  readonly run: RunRow;
  readonly streams: readonly StreamRunRow[];
  readonly exports: readonly ExportRunRow[];
  readonly events: readonly RunEventRow[];
}

const MOST_EVENTS = 500;

/** One run; undefined where there is none. */
export async function runDetail(
  session: Session,
  schemas: Schemas,
  runId: string,
): Promise<RunDetail | undefined> {
  const { state } = schemas;
  const run = await readRun<RunRow>(session, schemas, runId, { more: MORE });
  if (run === undefined) return undefined;
  const streams = await session.query<StreamRunRow>(
    `select ${STREAM_RUN} from ${quoteTable(state, 'run_streams')} s
       join ${quoteTable(state, 'runs')} r on r.run_id = s.run_id
      where s.run_id = $1 order by s.started_at, s.stream`,
    [runId],
  );
  const exports = await exportRuns(session, schemas, { runId }, { limit: 1000, offset: 0 });
  const events = await session.query<RunEventRow>(
    `select at, event, stream, detail, request_id as "requestId" from ${quoteTable(state, 'run_events')}
      where run_id = $1 order by event_id limit $2`,
    [runId, MOST_EVENTS],
  );
  return { run, streams, exports: exports.toReversed(), events };
}
