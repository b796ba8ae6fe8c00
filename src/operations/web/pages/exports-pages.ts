/** All exports, and one of them. */
import { html } from 'hono/html';
import { type ExportOutcome, exportOutcomes } from '../../../state/read/outcomes.ts';
import { type ColumnRow, columnRows, type WindowRow, windowRows } from '../data/read-exports.ts';
import { type ExportRunRow, exportRuns } from '../data/read-runs.ts';
import { type DaySize, sizesOver, type TableFacts, tableFacts } from '../data/read-streams.ts';
import type { Site, Visit } from '../site.ts';
import { toneOf } from '../view/tone.ts';
import { barChart } from '../view/charts.ts';
import { type Page, pageOf } from '../view/layout.ts';
import {
  ago,
  type Content,
  empty,
  errorColumn,
  errorText,
  exportLink,
  facts,
  figure,
  type Html,
  runLink,
  section,
  status,
  table,
  time,
} from '../view/elements.ts';
import { bytes, count, plural, stamp } from '../../../core/words.ts';
import { notFound } from './error-pages.ts';
import { freshnessFacts, type HowFresh, howFresh } from './how-fresh.ts';
import { growth, rowsOf } from './table-growth.ts';
import { exportCounts, outcomeColumns } from './run-columns.ts';

const RUNS = 50;
const WINDOWS = 400;

/** An export of the list. */
interface Listed extends HowFresh {
  readonly name: string;
  readonly table: string;
  readonly mode: string;
  /** False where only the database knows it. */
  readonly isConfigured: boolean;
  readonly row: ExportOutcome | undefined;
  readonly schedule: string | undefined;
}

/** Those of the settings, then those that only the database knows. */
function listedOf(site: Site, rows: readonly ExportOutcome[]): Listed[] {
  const known = new Map(rows.map((row) => [row.export, row]));
  const fresh = howFresh(site);
  const of = (name: string, row: ExportOutcome | undefined) => {
    const { freshness, targetHours } = fresh('export', name, row);
    // Another process may be at it.
    return { name, row, targetHours, freshness: row?.status === 'running' ? 'running' : freshness } as const;
  };
  const configured = site.control.app.exports.map(
    ({ name, table: into, mode, schedule }): Listed => ({
      ...of(name, known.get(name)),
      ...{ table: into, mode, schedule, isConfigured: true },
    }),
  );
  const names = new Set(configured.map(({ name }) => name));
  const former = rows
    .filter((row) => !names.has(row.export))
    .map(
      (row): Listed => ({
        ...of(row.export, row),
        ...{ table: row.table, mode: row.mode, schedule: undefined, isConfigured: false },
      }),
    );
  return [...configured, ...former];
}

/** `GET /exports` */
export async function exportsPage(visit: Visit): Promise<Page> {
  const { site } = visit;
  const schema = site.control.app.config.database.exportsSchema;
  const answer = await site.questions.cached('exports', 2000, async (session, schemas) => ({
    rows: await exportOutcomes(session, schemas),
    tables: await tableFacts(session, schemas, schema),
  }));
  return pageOf(site, { title: 'Exports', place: '/exports' }, answer, ({ rows, tables }) => {
    const listed = listedOf(site, rows);
    const shown =
      listed.length === 0
        ? empty(
            'The settings have no exports.',
            html`<code>sigma-sync exports discover &lt;workbook&gt;</code> prints entries for the settings file.`,
          )
        : listTable(listed, tables, schema, site.now());
    return { body: html`<section class="card" aria-label="Exports">${shown}</section>` };
  });
}

function listTable(
  listed: readonly Listed[],
  tables: readonly TableFacts[],
  schema: string,
  now: Date,
): Html {
  const sizes = new Map(tables.map((one) => [one.name, one]));
  return table<Listed>(
    'Exports: freshness, watermark and table',
    [
      {
        title: 'Export',
        isHead: true,
        cell: ({ name, isConfigured }) =>
          html`${exportLink(name)}${isConfigured ? '' : html`<span class="note">no longer in the settings</span>`}`,
      },
      { title: 'State', cell: ({ freshness }) => status(freshness) },
      { title: 'Last success', cell: ({ row }) => ago(row?.lastSuccessAt, now) },
      { title: 'Watermark', cell: ({ row }) => time(row?.watermark, now) },
      { title: 'Mode', cell: ({ mode }) => mode },
      { title: 'Table', cell: ({ table: into }) => html`<code>${schema}.${into}</code>` },
      { title: 'Rows', align: 'right', cell: ({ table: into }) => rowsOf(sizes.get(into)) },
      { title: 'Size', align: 'right', cell: ({ table: into }) => bytes(sizes.get(into)?.bytes) },
      {
        title: 'Error',
        isWide: true,
        cell: ({ row }) => (row?.error == null ? '' : errorText(row.error, 140)),
      },
    ],
    listed,
  );
}

/** `GET /exports/:name` */
export async function exportPage(visit: Visit): Promise<Page> {
  const { site } = visit;
  const name = visit.param('name');
  const schema = site.control.app.config.database.exportsSchema;
  // An export that was never run is none to the database, but one to the settings.
  if (name.includes('\0')) return notFound('There is no such export.');
  const answer = await site.questions.ask(async (session, schemas) => {
    const one = listedOf(site, await exportOutcomes(session, schemas)).find(
      (candidate) => candidate.name === name,
    );
    if (one === undefined) return undefined;
    return {
      one,
      windows: await windowRows(session, schemas, name, WINDOWS),
      runs: await exportRuns(session, schemas, { export: name }, RUNS),
      columns: await columnRows(session, schemas, name),
      size: (await tableFacts(session, schemas, schema)).find((facts) => facts.name === one.table),
      sizes: (await sizesOver(session, schemas, schema, WINDOWS, one.table)).get(one.table) ?? [],
    };
  });
  return pageOf(site, { title: 'Export', place: '/exports' }, answer, (found) =>
    found === undefined ? notFound('There is no such export.') : shownExport(found, schema, site.now()),
  );
}

/** One export as the database knows it. */
interface Found {
  readonly one: Listed;
  readonly windows: readonly WindowRow[];
  readonly runs: readonly ExportRunRow[];
  readonly columns: readonly ColumnRow[];
  readonly size: TableFacts | undefined;
  readonly sizes: readonly DaySize[];
}

function shownExport({ one, windows, runs, columns, size, sizes }: Found, schema: string, now: Date) {
  const { row } = one;
  return {
    title: one.name,
    lead: html`Into <code>${schema}.${one.table}</code>, ${one.mode}${one.schedule === undefined ? '' : html`, at <code>${one.schedule}</code>`}${one.isConfigured ? '' : '; no longer in the settings'}`,
    body: html`<div class="headline tone-${toneOf(one.freshness)}">${facts([
      ...freshnessFacts(one, row, now),
      {
        name: 'Watermark',
        value: row?.watermark == null ? '–' : stamp(row.watermark),
        note: row?.watermark == null ? 'has no window' : 'everything before was asked for',
      },
      { name: 'Rows', value: rowsOf(size), note: bytes(size?.bytes) },
    ])}</div>
${row?.error == null ? '' : html`<p>${errorText(row.error, 2000)}</p>`}
${windows.length === 0 ? '' : section('Windows', windowCharts(one.name, windows, now))}
${section('Runs', runs.length === 0 ? empty('It was never run.', 'It is at its schedule, or after the next sync.') : runTable(runs, now), { aside: html`<span class="muted">the last ${RUNS}</span>` })}
${driftAndRejections(runs, now)}
${sizes.length === 0 ? '' : section('Rows and size over time', growth(one.name, sizes))}
${columns.length === 0 ? '' : section('Columns', columnTable(columns, now))}`,
  };
}

function windowCharts(name: string, windows: readonly WindowRow[], now: Date): Html {
  const total = windows.reduce((sum, { rows }) => sum + rows, 0);
  const [first, last] = [windows[0], windows.at(-1)];
  return html`${barChart(
    windows.map(({ from, to, rows }) => ({ from, to, value: rows })),
    {
      id: 'windows',
      title: `Rows of ${name} by window`,
      description: `${plural(windows.length, 'window')} with ${count(total)} rows, from ${first === undefined ? '' : stamp(first.from)} to ${last === undefined ? '' : stamp(last.to)}.`,
      format: count,
      day: (at) => at.toISOString().slice(0, 10),
    },
  )}<details><summary>As a table</summary>${table<WindowRow>(
    'Windows as they were loaded last, the latest first',
    [
      { title: 'From', isHead: true, cell: ({ from }) => stamp(from) },
      { title: 'To', cell: ({ to }) => stamp(to) },
      figure('Rows', ({ rows }) => rows),
      { title: 'Size', align: 'right', cell: ({ bytes: size }) => bytes(size) },
      { title: 'Loaded', cell: ({ loadedAt }) => time(loadedAt, now) },
    ],
    windows.toReversed(),
  )}</details>`;
}

function runTable(runs: readonly ExportRunRow[], now: Date): Html {
  return table<ExportRunRow>(
    'The last runs of the export',
    [
      { title: 'Run', isHead: true, cell: ({ runId }) => runLink(runId) },
      ...outcomeColumns(now),
      ...exportCounts,
      ...errorColumn(runs, 200),
    ],
    runs,
  );
}

function driftAndRejections(runs: readonly ExportRunRow[], now: Date): Content {
  const drifted = runs.filter(({ drift }) => (drift ?? []).length > 0).slice(0, 10);
  const rejected = runs.find(({ rejected: rows }) => rows > 0);
  return [
    drifted.length === 0
      ? ''
      : section(
          'Drift',
          html`<ul class="lines">${drifted.map(
            (run) =>
              html`<li>${runLink(run.runId)} <span class="muted">${ago(run.startedAt, now)}</span><ul>${(run.drift ?? []).map((one) => html`<li>${one}</li>`)}</ul></li>`,
          )}</ul>`,
        ),
    rejected === undefined
      ? ''
      : section(
          'Rejected rows',
          table(
            `The first of ${plural(rejected.rejected, 'row')} that could not be stored, in the run of ${stamp(rejected.startedAt)}`,
            [
              { title: 'Row', isHead: true, align: 'right', cell: ({ row }) => count(row) },
              { title: 'Column', cell: ({ column }) => column ?? 'the row as a whole' },
              { title: 'Why', isWide: true, cell: ({ reason }) => errorText(reason) },
            ],
            rejected.rejections ?? [],
          ),
          { aside: runLink(rejected.runId) },
        ),
  ];
}

function columnTable(columns: readonly ColumnRow[], now: Date): Html {
  return table<ColumnRow>(
    'Columns of the table',
    [
      { title: 'Column', isHead: true, cell: ({ column }) => html`<code>${column}</code>` },
      { title: 'Label in Sigma', isWide: true, cell: ({ label }) => label },
      { title: 'Type', cell: ({ type }) => html`<code>${type}</code>` },
      { title: 'Added', cell: ({ addedAt }) => time(addedAt, now) },
      {
        title: 'Missing since',
        cell: ({ missingSince }) =>
          missingSince === null ? '' : html`<span class="bad">${time(missingSince, now)}</span>`,
      },
    ],
    columns,
  );
}
