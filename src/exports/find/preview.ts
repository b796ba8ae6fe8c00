/** A look at what an export would load: its columns with their types, and its first rows. */
import { resolveWorkbookId } from '../../sigma/workbook-id.ts';
import { type ExportColumn, planColumns } from '../decide/columns.ts';
import type { ExportDefinition } from '../decide/definition.ts';
import { Observer } from '../decide/observer.ts';
import type { TimeWindow } from '../decide/windows.ts';
import type { ExportEngine } from '../export-engine.ts';
import { readCsvHead } from '../read/csv-head.ts';
import { jsonFileRows } from '../read/file-rows.ts';
import { openSource } from '../read/source.ts';

export interface ExportPreview {
  readonly name: string;
  readonly columns: readonly ExportColumn[];
  /** Cells in the order of the columns, as Sigma sent them. */
  readonly rows: readonly (readonly (string | null)[])[];
  /** Rows that the types follow from. */
  readonly sampled: number;
  /** The range that was asked for; undefined where the export has no window. */
  readonly window: TimeWindow | undefined;
}

/** Rows to tell types from. */
const SAMPLE_ROWS = 1000;
const SHOWN_ROWS = 10;

/** Asks Sigma for the first rows, of the newest window where there are some. Nothing is written. */
export async function previewExport(
  engine: Pick<ExportEngine, 'client' | 'clock' | 'events'>,
  definition: ExportDefinition,
  signal: AbortSignal,
): Promise<ExportPreview> {
  const { client, clock, events } = engine;
  const now = clock.now();
  const { window: declared } = definition;
  const window =
    declared === undefined ? undefined : { from: new Date(now - declared.stepMs), to: new Date(now) };
  const workbookId = await resolveWorkbookId(client, definition.workbook, { events, signal });
  const few = { ...definition, rowLimit: Math.min(SAMPLE_ROWS, definition.rowLimit) };
  const source = openSource(few, { client, clock, events, signal, workbookId });
  const { download, format } = await source.prepare(window, 0).open();
  try {
    const { labels, kinds, sample } =
      format === 'csv'
        ? await readCsvHead(download.chunks, definition.decimal)
        : await readJson(download.chunks);
    const { types } = definition;
    const plan = planColumns({ known: [], labels, kinds, types, policy: 'evolve', now: new Date(now) });
    const rows = sample
      .slice(0, SHOWN_ROWS)
      .map((row) => labels.map((_, i) => (row[i] === undefined || row[i] === '' ? null : row[i])));
    return { name: definition.name, columns: plan.table, rows, sampled: sample.length, window };
  } finally {
    download.cancel();
  }
}

async function readJson(chunks: AsyncIterable<Buffer>) {
  const file = jsonFileRows(chunks, 1);
  const seen = new Observer();
  const sample: (string | null)[][] = [];
  for await (const batch of file.batches) {
    for (const { cells, told } of batch) {
      sample.push([...cells]);
      for (const [i, cell] of cells.entries()) if (cell !== null) seen.see(i, cell, told?.[i]);
    }
  }
  return { labels: file.labels, kinds: seen.kinds(file.labels.length), sample };
}
