/** One run: its totals, its parts in time, and what happened in it. */
import { html } from 'hono/html';
import { bytes, count, duration, plural, stamp } from '../../../core/words.ts';
import { type ExportRunRow, type RunDetail, type RunEventRow, runDetail } from '../data/read-runs.ts';
import type { StreamRunRow } from '../data/read-streams.ts';
import { STREAM_NAMES } from '../data/selected-streams.ts';
import type { Visit } from '../site.ts';
import { spanBar } from '../view/charts.ts';
import {
  breakable,
  empty,
  errorText,
  exportLink,
  facts,
  type Html,
  link,
  notice,
  runLink,
  section,
  status,
  subjectLink,
  time,
} from '../view/elements.ts';
import { type Page, pageOf } from '../view/layout.ts';
import { errorColumn, foldedTable, groupsOf, table } from '../view/table.ts';
import { toneOf } from '../view/tone.ts';
import { notFound } from './error-pages.ts';
import { exportCounts, requestIdColumn, streamCounts, tookOf } from './run-columns.ts';

/** `GET /runs/:id` */
export async function runPage(visit: Visit): Promise<Page> {
  const { site } = visit;
  const id = visit.param('id');
  if (!/^[\w-]{1,64}$/.test(id)) return notFound('There is no such run.');
  const answer = await site.questions.ask((session, schemas) => runDetail(session, schemas, id));
  return pageOf(
    site,
    { title: `Run ${id.slice(0, 8)}`, place: '/runs', crumbs: [['/runs', 'Runs']] },
    answer,
    (detail) =>
      detail === undefined
        ? notFound('There is no such run. Old runs are removed.')
        : shownRun(detail, site.now()),
  );
}

function shownRun(detail: RunDetail, now: Date): Pick<Page, 'lead' | 'body'> {
  const { run, streams, exports, events } = detail;
  return {
    lead: html`${status(run.status)} ${run.full ? 'full ' : ''}${run.command}, started ${time(run.startedAt, now, true)} by ${
      run.trigger === 'schedule'
        ? html`the schedule <strong>${run.schedule ?? ''}</strong>`
        : run.trigger === 'page'
          ? 'this page'
          : run.trigger === 'api'
            ? 'a program'
            : 'the command line'
    }${run.resumedFrom === null ? '' : html`, resumed from ${runLink(run.resumedFrom)}`}`,
    body: html`${run.error === null ? '' : notice('bad', 'Error', errorText(run.error, 2000))}
${totals(detail, now)}
${streams.length + exports.length === 0 ? '' : timeline(detail, now)}
${streams.length === 0 ? '' : section('Streams', streamTable(streams))}
${exports.length === 0 ? '' : section('Exports', exportTable(exports))}
${section('Events', eventTable(events, now))}`,
  };
}

function totals({ run, exports }: RunDetail, now: Date): Html {
  const rows = exports.reduce((sum, one) => sum + one.rows, 0);
  const size = exports.reduce((sum, one) => sum + one.bytes, 0);
  const changes = link('/changes', {
    run: run.runId,
    from: run.startedAt.toISOString().slice(0, 19),
    ...(run.finishedAt === null
      ? {}
      : { to: new Date(run.finishedAt.getTime() + 1000).toISOString().slice(0, 19) }),
  });
  const changed = run.inserted + run.updated + run.deleted;
  return html`<div class="headline tone-${toneOf(run.status)}">${facts([
    {
      name: 'Duration',
      value: duration(tookOf(run, now)),
      note: run.finishedAt === null ? 'so far' : html`until ${stamp(run.finishedAt, true)}`,
    },
    { name: 'Requests', value: count(run.requests), note: `${plural(run.retries, 'retry', 'retries')}` },
    {
      name: 'Rate limited',
      value: count(run.rateLimited),
      note: run.throttledMs > 0 ? `waited ${duration(run.throttledMs)}` : 'no waits',
    },
    {
      name: 'Rows changed',
      value:
        run.command === 'export' || changed === 0
          ? count(changed)
          : html`<a href="${changes}">${count(changed)}</a>`,
      note: `${count(run.inserted)} new, ${count(run.updated)} updated, ${count(run.deleted)} deleted`,
    },
    ...(exports.length === 0 ? [] : [{ name: 'Exported', value: count(rows), note: `rows, ${bytes(size)}` }]),
  ])}</div>`;
}

/** Parts of the timeline that are shown without being asked for. */
const MOST_LANES = 16;

/** A row of the timeline. */
interface Lane {
  readonly name: string;
  readonly status: string;
  readonly from: number;
  readonly to: number;
}

function timeline({ run, streams, exports }: RunDetail, now: Date): Html {
  const lanes: Lane[] = [
    ...streams.map((one) => ({
      name: one.stream,
      status: one.status,
      from: one.startedAt.getTime(),
      to: one.finishedAt.getTime(),
    })),
    ...exports.map((one) => ({
      name: `export ${one.export}`,
      status: one.status,
      from: one.startedAt.getTime(),
      to: (one.finishedAt ?? now).getTime(),
    })),
  ].toSorted((a, b) => a.from - b.from);
  const begin = Math.min(run.startedAt.getTime(), ...lanes.map(({ from }) => from));
  const end = Math.max(run.finishedAt?.getTime() ?? now.getTime(), ...lanes.map(({ to }) => to));
  // The long ones tell where the time went; the others are a line that opens.
  const shortest = lanes.map(({ from, to }) => to - from).toSorted((a, b) => b - a)[MOST_LANES - 1] ?? 0;
  const isShort = ({ status: word, from, to }: Lane): boolean =>
    lanes.length > MOST_LANES + 4 && toneOf(word) === 'good' && to - from < shortest;
  return section(
    'Timeline',
    html`<div class="timeline">${foldedTable<Lane>(
      `Timeline of the run, from ${stamp(new Date(begin), true)} to ${stamp(new Date(end), true)}`,
      [
        { title: 'Part', isHead: true, cell: ({ name }) => breakable(name) },
        {
          title: 'Start to end of the run',
          isWide: true,
          cell: (lane) => spanBar(lane.from, lane.to, begin, end, toneOf(lane.status)),
        },
        { title: 'Started after', align: 'right', cell: ({ from }) => duration(from - begin) },
        { title: 'Duration', align: 'right', cell: ({ from, to }) => duration(to - from) },
      ],
      groupsOf(lanes, (lane) =>
        isShort(lane) ? `that took less than ${duration(shortest)} each` : lane.name,
      ),
      (parts, title) => html`<strong>${plural(parts, 'part')}</strong> ${title}`,
      true,
    )}</div>`,
  );
}

const UNCHANGED = 'complete, without changes';

/** Streams that changed nothing are one line that opens, below the others. */
function streamTable(streams: readonly StreamRunRow[]): Html {
  return foldedTable<StreamRunRow>(
    'Streams of the run',
    [
      { title: 'Stream', isHead: true, cell: ({ stream }) => subjectLink(stream, STREAM_NAMES) },
      { title: 'Outcome', isState: true, cell: (row) => status(row.status) },
      { title: 'Mode', isLess: true, cell: (row) => row.mode },
      ...streamCounts,
      ...errorColumn(streams),
    ],
    groupsOf(streams, ({ stream, status: word, inserted, updated, deleted, error }) =>
      word === 'complete' && error === null && inserted + updated + deleted === 0 ? UNCHANGED : stream,
    ),
    (rows, title) => html`<strong>${plural(rows, 'stream')}</strong> ${title}`,
    true,
  );
}

function exportTable(exports: readonly ExportRunRow[]): Html {
  return table<ExportRunRow>(
    'Exports of the run',
    [
      { title: 'Export', isHead: true, cell: (row) => exportLink(row.export) },
      { title: 'Outcome', isState: true, cell: (row) => status(row.status) },
      ...exportCounts,
      ...errorColumn(exports),
    ],
    exports,
  );
}

function eventTable(events: readonly RunEventRow[], now: Date): Html {
  return table<RunEventRow>(
    'Failures, drift and guards of the run',
    [
      { title: 'When', cell: ({ at }) => time(at, now, true) },
      { title: 'Event', isHead: true, cell: ({ event }) => event },
      { title: 'Subject', cell: ({ stream }) => subjectLink(stream, STREAM_NAMES) },
      { title: 'Detail', isWide: true, cell: ({ detail }) => errorText(detail, 1000) },
      requestIdColumn,
    ],
    events,
    empty(
      'No failures, drift or rejected entries.',
      'They appear here with the request ids that Sigma support asks for.',
    ),
  );
}
