/** All exports, and one of them. */
import { html } from 'hono/html';
import { busySubjects } from '../data/busy-subjects.ts';
import {
  type ExportOutcome as ExportRow,
  exportOutcomes as exportRows,
} from '../../../state/read/outcomes.ts';
import { type ColumnRow, columnRows, type WindowRow, windowRows } from '../data/read-exports.ts';
import { type ExportRunRow, exportRuns } from '../data/read-runs.ts';
import { sizesOver, tableFacts } from '../data/read-streams.ts';
import { targetHoursOf } from '../data/freshness-targets.ts';
import type { Site, Visit } from '../site.ts';
import { type Freshness, freshnessOf, toneOf } from '../view/tone.ts';
import { barChart } from '../view/charts.ts';
import { type Page, problemNotice, statusOf } from '../view/layout.ts';
import {
  ago,
  type Content,
  empty,
  errorColumn,
  errorText,
  facts,
  type Html,
  runLink,
  section,
  status,
  table,
  time,
} from '../view/elements.ts';
import { bytes, count, plural, relative, stamp } from '../../../core/words.ts';
import { notFound } from './error-pages.ts';
import { growth, rowsOf } from './table-growth.ts';
import { exportCounts, outcomeColumns } from './run-columns.ts';

const RUNS = 50;
const WINDOWS = 400;

/** An export of the list. */
interface Listed {
  readonly name: string;
  readonly table: string;
  readonly mode: string;
  /** False where only the database knows it. */
  readonly isConfigured: boolean;
  readonly freshness: Freshness;
  readonly row: ExportRow | undefined;
  readonly schedule: string | undefined;
}

function listedOf(site: Site, rows: readonly ExportRow[]): Listed[] {
  const { app } = site.control;
  const now = site.now();
  const known = new Map(rows.map((row) => [row.export, row]));
  const busy = busySubjects(site.control);
  const targetOf = targetHoursOf(site);
  const of = (name: string, row: ExportRow | undefined): Freshness =>
    freshnessOf({
      lastStatus: row?.status,
      lastSuccessAt: row?.lastSuccessAt,
      targetHours: targetOf('export', name),
      now,
      isRunning: row?.status === 'running' || busy.has(`export ${name}`),
    });
  const configured = app.exports.map(({ name, table: into, mode, schedule }): Listed => {
    const row = known.get(name);
    return { name, table: into, mode, schedule, isConfigured: true, row, freshness: of(name, row) };
  });
  const names = new Set(configured.map(({ name }) => name));
  const former = rows
    .filter((row) => !names.has(row.export))
    .map((row): Listed => {
      const { export: name, table: into, mode } = row;
      return {
        name,
        table: into,
        mode,
        schedule: undefined,
        isConfigured: false,
        row,
        freshness: of(name, row),
      };
    });
  return [...configured, ...former];
}

/** `GET /exports` */
export async function exportsPage(visit: Visit): Promise<Page> {
  const { site } = visit;
  const schema = site.control.app.config.database.exportsSchema;
  const answer = await site.questions.cached('exports', 2000, async (session, schemas) => ({
    rows: await exportRows(session, schemas),
    tables: await tableFacts(session, schemas, schema),
  }));
  const frame = { title: 'Exports', place: '/exports', status: statusOf(answer.problem) };
  if (answer.problem !== undefined) return { ...frame, body: problemNotice(site, answer.problem) };
  const listed = listedOf(site, answer.value.rows);
  const now = site.now();
  const sizes = new Map(answer.value.tables.map((one) => [one.name, one]));
  return {
    ...frame,
    body: html`<section class="card" aria-label="Exports">${
      listed.length === 0
        ? empty(
            'The settings have no exports.',
            html`<code>sigma-sync exports discover &lt;workbook&gt;</code> prints entries for the settings file.`,
          )
        : table<Listed>(
            'Exports: freshness, watermark and table',
            [
              {
                title: 'Export',
                isHead: true,
                cell: ({ name, isConfigured }) =>
                  html`<a href="/exports/${encodeURIComponent(name)}">${name}</a>${isConfigured ? '' : html`<span class="note">no longer in the settings</span>`}`,
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
          )
    }</section>`,
  };
}

/** `GET /exports/:name` */
export async function exportPage(visit: Visit): Promise<Page> {
  const { site } = visit;
  const name = visit.param('name');
  const schema = site.control.app.config.database.exportsSchema;
  // An export that was never run is none to the database, but one to the settings.
  if (name.includes('\0')) return notFound('There is no such export.');
  const answer = await site.questions.ask(async (session, schemas) => {
    const one = listedOf(site, await exportRows(session, schemas)).find(
      (candidate) => candidate.name === name,
    );
    if (one === undefined) return undefined;
    return {
      one,
      windows: await windowRows(session, schemas, name, WINDOWS),
      runs: await exportRuns(session, schemas, { export: name }, RUNS),
      columns: await columnRows(session, schemas, name),
      table: (await tableFacts(session, schemas, schema)).find((facts) => facts.name === one.table),
      sizes: (await sizesOver(session, schemas, schema, WINDOWS, one.table)).get(one.table) ?? [],
    };
  });
  const frame = { title: 'Export', place: '/exports', status: statusOf(answer.problem) };
  if (answer.problem !== undefined) return { ...frame, body: problemNotice(site, answer.problem) };
  if (answer.value === undefined) return notFound('There is no such export.');
  const { one, windows, runs, columns, table: size, sizes } = answer.value;
  const now = site.now();
  const { row } = one;
  return {
    ...frame,
    title: one.name,
    lead: html`Into <code>${schema}.${one.table}</code>, ${one.mode}${one.schedule === undefined ? '' : html`, at <code>${one.schedule}</code>`}${one.isConfigured ? '' : '; no longer in the settings'}`,
    body: html`<div class="headline tone-${toneOf(one.freshness)}">${facts([
      {
        name: 'State',
        value: status(one.freshness),
        note: `target ${count(targetHoursOf(site)('export', name))} h`,
      },
      {
        name: 'Last success',
        value: row?.lastSuccessAt == null ? 'never' : relative(row.lastSuccessAt, now),
        note: row?.lastSuccessAt == null ? '' : stamp(row.lastSuccessAt, true),
      },
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
      { title: 'Rows', align: 'right', cell: ({ rows }) => count(rows) },
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
