/** Columns of tables of runs, for the pages that list some. */
import { html } from 'hono/html';
import { bytes, count, duration } from '../../../core/words.ts';
import type { ExportRunRow, RunRow } from '../data/read-runs.ts';
import type { StreamRunRow } from '../data/read-streams.ts';
import { status } from '../view/elements.ts';
import { at, type Column, figure } from '../view/table.ts';

/** Start and end of a run; `finishedAt` is null while it runs. */
interface Span {
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
}

/** Milliseconds that it took, up to now where it has not ended. */
export function tookOf({ startedAt, finishedAt }: Span, now: Date): number {
  return (finishedAt ?? now).getTime() - startedAt.getTime();
}

/** Columns for a run's outcome, start and duration; a download has the seconds. */
export function outcomeColumns(now: Date): readonly Column<Span & { readonly status: string }>[] {
  return [
    { title: 'Outcome', isState: true, cell: (run) => status(run.status), value: (run) => run.status },
    at('Started', (run) => run.startedAt, now),
    {
      ...{ title: 'Duration', align: 'right', value: (run) => tookOf(run, now) / 1000 },
      cell: (run) => duration(tookOf(run, now)),
    },
  ];
}

/** The id by which Sigma's support finds a request. */
export const requestIdColumn: Column<{ readonly requestId: string | null }> = {
  title: 'Request id',
  isLess: true,
  value: ({ requestId }) => requestId,
  cell: ({ requestId }) => (requestId === null ? '' : html`<code>${requestId}</code>`),
};

export const runCounts: readonly Column<RunRow>[] = [
  figure('Requests', (run) => run.requests, { isLess: true }),
  figure('Inserted', (run) => run.inserted),
  figure('Updated', (run) => run.updated),
  figure('Deleted', (run) => run.deleted),
];

/** Counts of the rows that were read, by their fate. */
const rowCounts: readonly Column<Pick<StreamRunRow, 'inserted' | 'updated' | 'unchanged' | 'deleted'>>[] = [
  figure('Inserted', (row) => row.inserted),
  figure('Updated', (row) => row.updated),
  figure('Unchanged', (row) => row.unchanged, { isExtra: true }),
  figure('Deleted', (row) => row.deleted),
];

/** Figures of a stream in a run. */
export const streamCounts: readonly Column<StreamRunRow>[] = [
  {
    ...{ title: 'Partitions', align: 'right', value: (row) => row.partitions },
    cell: (row) =>
      html`${count(row.partitions)}${row.partitionsFailed > 0 ? html`<span class="note bad">${count(row.partitionsFailed)} failed</span>` : ''}`,
  },
  figure('Requests', (row) => row.requests, { isLess: true }),
  figure('Retries', (row) => row.retries, { isExtra: true }),
  figure('Rate limited', (row) => row.rateLimited, { isExtra: true }),
  figure('Read', (row) => row.read, { isLess: true }),
  ...rowCounts,
];

/** Figures of an export in a run. */
export const exportCounts: readonly Column<ExportRunRow>[] = [
  figure('Windows', (row) => row.windows, { isLess: true }),
  figure('Rows', (row) => row.rows),
  ...rowCounts.map((column) => (column.title === 'Deleted' ? { ...column, isLess: true } : column)),
  {
    ...{ title: 'Rejected', align: 'right', value: (row) => row.rejected },
    cell: (row) => (row.rejected > 0 ? html`<span class="bad">${count(row.rejected)}</span>` : '0'),
  },
  { title: 'Size', align: 'right', isLess: true, cell: (row) => bytes(row.bytes), value: (row) => row.bytes },
  { title: 'Waited', align: 'right', isExtra: true, cell: (row) => duration(row.waitedMs) },
  { title: 'Loaded in', align: 'right', isExtra: true, cell: (row) => duration(row.loadedMs) },
];
