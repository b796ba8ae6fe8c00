/** One export: its watermark, windows, runs, drift and columns. */
import { html } from 'hono/html';
import { bytes, count, plural, stamp } from '../../../core/words.ts';
import { exportOutcomes } from '../../../state/read/outcomes.ts';
import { type Counted, totalOf } from '../data/counted.ts';
import { type ColumnRow, columnRows, type WindowRow, windowRows } from '../data/read-exports.ts';
import { type ExportRunRow, exportRuns } from '../data/read-runs.ts';
import { type DaySize, sizesOver, type TableFacts, tableFacts } from '../data/read-streams.ts';
import type { Download, NoDownload } from '../lists/download.ts';
import { stateDownload } from '../lists/state-download.ts';
import type { Visit } from '../site.ts';
import { taskName } from '../task.ts';
import { barChart } from '../view/charts.ts';
import {
  ago,
  type Content,
  cutNote,
  empty,
  errorText,
  facts,
  type Html,
  listHead,
  runLink,
  section,
  time,
} from '../view/elements.ts';
import { type Page, pageOf } from '../view/layout.ts';
import { at, type Column, errorColumn, figure, table, text } from '../view/table.ts';
import { toneOf } from '../view/tone.ts';
import { type Ask, actionsCard } from './actions.ts';
import { notFound } from './error-pages.ts';
import { type ListedExport, listedExports } from './exports-list.ts';
import { freshnessFacts } from './how-fresh.ts';
import { exportCounts, outcomeColumns } from './run-columns.ts';
import { growth, rowsOf } from './table-growth.ts';
import { taskProgress } from './task-progress.ts';

const RUNS = 50;
const WINDOWS = 400;

/** `GET /exports/:name` */
export async function exportPage(visit: Visit): Promise<Page> {
  const { site } = visit;
  const name = visit.param('name');
  const schema = site.control.app.config.database.exportsSchema;
  // An export that was never run is none to the database, but one to the settings.
  if (name.includes('\0')) return notFound('There is no such export.');
  const answer = await site.questions.ask(async (session, schemas) => {
    const one = listedExports(site, await exportOutcomes(session, schemas)).find(
      (candidate) => candidate.name === name,
    );
    if (one === undefined) return undefined;
    return {
      one,
      windows: await windowRows(session, schemas, name, { limit: WINDOWS, offset: 0 }),
      runs: await exportRuns(session, schemas, { export: name }, { limit: RUNS, offset: 0 }),
      columns: await columnRows(session, schemas, name),
      size: (await tableFacts(session, schemas, schema)).find((facts) => facts.name === one.table),
      sizes: (await sizesOver(session, schemas, schema, WINDOWS, one.table)).get(one.table) ?? [],
    };
  });
  return pageOf(
    site,
    { title: 'Export', place: '/exports', crumbs: [['/exports', 'Exports']] },
    answer,
    (found) =>
      found === undefined ? notFound('There is no such export.') : shownExport(visit, found, schema),
  );
}

/** One export as the database knows it. */
interface Found {
  readonly one: ListedExport;
  /** The latest first. */
  readonly windows: readonly Counted<WindowRow>[];
  readonly runs: readonly Counted<ExportRunRow>[];
  readonly columns: readonly ColumnRow[];
  readonly size: TableFacts | undefined;
  readonly sizes: readonly DaySize[];
}

function shownExport(visit: Visit, { one, windows, runs, columns, size, sizes }: Found, schema: string) {
  const { row, name } = one;
  const now = visit.site.now();
  const progress = taskProgress(visit, [
    taskName({ kind: 'export', export: name, from: undefined, to: undefined }),
  ]);
  return {
    title: name,
    isLive: progress.isLive,
    lead: html`Loads into <code>${schema}.${one.table}</code>, ${one.mode}${one.schedule === undefined ? '' : html`, at <code>${one.schedule}</code>`}${one.isConfigured ? '' : '; no longer in the settings'}`,
    body: html`${progress.body}<div class="headline tone-${toneOf(one.freshness)}">${facts([
      ...freshnessFacts(one, row, now),
      {
        name: 'Watermark',
        value: row?.watermark == null ? '–' : stamp(row.watermark),
        note: row?.watermark == null ? 'no windows' : 'all data before it was requested',
      },
      { name: 'Rows', value: rowsOf(size), note: bytes(size?.bytes) },
    ])}</div>
${row?.error == null ? '' : html`<p>${errorText(row.error, 2000)}</p>`}
${one.isConfigured ? actionsCard(visit, asksOf(visit, name)) : ''}
${windows.length === 0 ? '' : section('Windows', [listHead(totalOf(windows), windows.length, fileOf(name, 'windows'), 'latest'), windowCharts(one.name, windows.toReversed(), now)])}
${section('Runs', runs.length === 0 ? empty('No runs yet.', 'It runs on its schedule, or after the next sync.') : [listHead(totalOf(runs), runs.length, fileOf(name, 'runs'), 'latest'), runTable(runs, now)])}
${driftAndRejections(runs, now)}
${sizes.length === 0 ? '' : section('Rows and size over time', growth(one.name, sizes))}
${columns.length === 0 ? '' : section('Columns', columnTable(columns, now))}`,
  };
}

const fileOf = (name: string, list: string): string => `/exports/${encodeURIComponent(name)}/${list}.csv`;

/** `GET /exports/:name/runs.csv` */
export const exportRunsDownload = (visit: Visit): Promise<Download | NoDownload> =>
  stateDownload<ExportRunRow>(
    visit,
    'export-runs',
    [...runColumns(visit.site.now()), text('Error', ({ error }) => error)],
    (session, schemas, part) => exportRuns(session, schemas, { export: visit.param('name') }, part),
  );

/** `GET /exports/:name/windows.csv` */
export const windowsDownload = (visit: Visit): Promise<Download | NoDownload> =>
  stateDownload<WindowRow>(visit, 'windows', windowColumns(visit.site.now()), (session, schemas, part) =>
    windowRows(session, schemas, visit.param('name'), part),
  );

const DAY_MS = 86_400_000;

/** The last week that is over, from Monday to Monday in UTC. */
function lastWeek(now: Date): readonly [from: string, to: string] {
  const today = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate());
  const monday = today - ((now.getUTCDay() + 6) % 7) * DAY_MS;
  const text = (at: number): string => new Date(at).toISOString().slice(0, 16);
  return [text(monday - 7 * DAY_MS), text(monday)];
}

/** Actions on an export: the address opens the form of a range with `again`. */
function asksOf(visit: Visit, name: string): readonly Ask[] {
  const { site } = visit;
  const definition = site.control.app.exports.find((one) => one.name === name);
  const now: Ask = {
    ...{ action: 'export', subject: name, title: 'Run now', button: `Run ${name}` },
    says: 'Loads new data now, or right after the current run.',
  };
  if (definition?.window === undefined) return [now];
  const [from, to] = lastWeek(site.now());
  const field = (label: string, word: string, value: string): Html =>
    html`<label><span>${label}</span><input type="datetime-local" name="${word}" value="${value}"></label>`;
  return [
    now,
    {
      ...{ action: 'export', subject: name, title: 'Run a range again', button: 'Run this range' },
      isOpen: visit.query('again') !== undefined,
      says: 'Reloads the windows of this range (UTC) and replaces their rows. The range is set to last week.',
      fields: html`${field('From', 'from', from)}${field('To', 'to', to)}`,
    },
  ];
}

/** Windows without those within a longer one: a lookback reads the end of a day again, which is no day of its own. */
function wholeWindows(windows: readonly WindowRow[]): readonly WindowRow[] {
  const length = ({ from, to }: WindowRow): number => to.getTime() - from.getTime();
  return windows.filter(
    (one) =>
      !windows.some((other) => length(other) > length(one) && other.from <= one.from && other.to >= one.to),
  );
}

function windowCharts(name: string, all: readonly WindowRow[], now: Date): Html {
  const windows = wholeWindows(all);
  const total = windows.reduce((sum, { rows }) => sum + rows, 0);
  const [first, last] = [windows[0], windows.at(-1)];
  if (windows.length < 2)
    return html`<p>${plural(total, 'row')} in one window, from ${first === undefined ? '' : stamp(first.from)} to ${last === undefined ? '' : stamp(last.to)}.</p>`;
  return html`<p><strong>${count(last?.rows)} rows</strong> in the last window, <span class="muted">${count(windows.at(-2)?.rows)} in the one before; ${count(Math.round(total / windows.length))} on average</span></p><h3>Rows of each window</h3>${barChart(
    windows.map(({ from, to, rows }) => ({ from, to, value: rows })),
    {
      id: 'windows',
      title: `Rows of ${name} by window`,
      description: `${plural(windows.length, 'window')} with ${count(total)} rows, from ${first === undefined ? '' : stamp(first.from)} to ${last === undefined ? '' : stamp(last.to)}.`,
      format: count,
      day: (at) => at.toISOString().slice(0, 10),
    },
  )}<details><summary>As a table</summary>${table<WindowRow>(
    'Windows with their latest load, latest first',
    windowColumns(now),
    windows.toReversed(),
  )}</details>`;
}

const windowColumns = (now: Date): readonly Column<WindowRow>[] => [
  { title: 'From', isHead: true, cell: ({ from }) => stamp(from), value: ({ from }) => from },
  { title: 'To', cell: ({ to }) => stamp(to), value: ({ to }) => to },
  figure('Rows', ({ rows }) => rows),
  { title: 'Size', align: 'right', cell: ({ bytes: size }) => bytes(size), value: ({ bytes: size }) => size },
  at('Loaded', ({ loadedAt }) => loadedAt, now),
];

const runColumns = (now: Date): readonly Column<ExportRunRow>[] => [
  { title: 'Run', isHead: true, cell: ({ runId }) => runLink(runId), value: ({ runId }) => runId },
  ...outcomeColumns(now),
  ...exportCounts,
];

function runTable(runs: readonly ExportRunRow[], now: Date): Html {
  return table<ExportRunRow>(
    'Latest runs of the export',
    [...runColumns(now), ...errorColumn(runs, 200)],
    runs,
  );
}

function driftAndRejections(runs: readonly ExportRunRow[], now: Date): Content {
  const all = runs.filter(({ drift }) => (drift ?? []).length > 0);
  const drifted = all.slice(0, 10);
  const rejected = runs.find(({ rejected: rows }) => rows > 0);
  return [
    drifted.length === 0
      ? ''
      : section(
          'Drift',
          html`${cutNote(all.length, drifted.length, 'latest')}<ul class="lines">${drifted.map(
            (run) =>
              html`<li>${runLink(run.runId)} <span class="muted">${ago(run.startedAt, now)}</span><ul>${(run.drift ?? []).map((one) => html`<li>${one}</li>`)}</ul></li>`,
          )}</ul>`,
        ),
    rejected === undefined
      ? ''
      : section(
          'Rejected rows',
          table(
            `The first of ${plural(rejected.rejected, 'row')} that the run of ${stamp(rejected.startedAt)} rejected`,
            [
              { title: 'Row', isHead: true, align: 'right', cell: ({ row }) => count(row) },
              { title: 'Column', cell: ({ column }) => column ?? 'the whole row' },
              { title: 'Reason', isWide: true, cell: ({ reason }) => errorText(reason) },
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
      { title: 'Added', isLess: true, cell: ({ addedAt }) => time(addedAt, now) },
      {
        title: 'Missing since',
        cell: ({ missingSince }) =>
          missingSince === null ? '' : html`<span class="bad">${time(missingSince, now)}</span>`,
      },
    ],
    columns,
  );
}
