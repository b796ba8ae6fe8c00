/** All streams, and one of them. */
import { html } from 'hono/html';
import { catalogue } from '../../../extractors/catalogue.ts';
import { countUnknownObjects } from '../../../loaders/object-ids.ts';
import { type FailedPartition, partitionsToRetry } from '../../../state/read/outcomes.ts';
import { STREAM_NAMES, selectedStreams } from '../data/selected-streams.ts';
import {
  type DaySize,
  runsOfStream,
  type StreamRow,
  type StreamRunRow,
  sizesOver,
  streamRows,
  type TableFacts,
  tableFacts,
} from '../data/read-streams.ts';
import type { Visit } from '../site.ts';
import { toneOf } from '../view/tone.ts';
import { sparkline } from '../view/charts.ts';
import { type Page, pageOf } from '../view/layout.ts';
import {
  ago,
  breakable,
  empty,
  errorColumn,
  errorText,
  facts,
  figure,
  type Html,
  link,
  runLink,
  section,
  status,
  table,
} from '../view/elements.ts';
import { bytes, count, plural } from '../../../core/words.ts';
import { notFound } from './error-pages.ts';
import { freshnessFacts, type HowFresh, howFresh } from './how-fresh.ts';
import { growth, rowsOf } from './table-growth.ts';
import { outcomeColumns, requestIdColumn, streamCounts } from './run-columns.ts';

const SPARK_DAYS = 90;
const CHART_DAYS = 400;
const RUNS = 50;
const PARTITIONS = 200;
const UNKNOWN_NOTE = 'rows that name an object which no listing has';

/** A stream of the list. */
interface Listed extends HowFresh {
  readonly name: string;
  readonly row: StreamRow | undefined;
  readonly facts: TableFacts | undefined;
  readonly sizes: readonly DaySize[];
}

/** `GET /streams` */
export async function streamsPage(visit: Visit): Promise<Page> {
  const { site } = visit;
  const { app } = site.control;
  const answer = await site.questions.cached('streams', 2000, async (session, schemas) => ({
    rows: await streamRows(session, schemas),
    tables: await tableFacts(session, schemas, schemas.target),
    sizes: await sizesOver(session, schemas, schemas.target, SPARK_DAYS),
  }));
  return pageOf(site, { title: 'Streams', place: '/streams' }, answer, ({ rows, tables, sizes }) => {
    const known = new Map(rows.map((row) => [row.stream, row]));
    const byTable = new Map(tables.map((one) => [one.name, one]));
    const fresh = howFresh(site);
    const listed = selectedStreams(app).map(({ name }): Listed => {
      const row = known.get(name);
      return {
        ...{ name, row, facts: byTable.get(name), sizes: sizes.get(name) ?? [] },
        ...fresh('stream', name, row),
      };
    });
    const off = catalogue.length - listed.length;
    return {
      lead: html`${plural(listed.length, 'stream')} selected by the settings${off > 0 ? html`, ${count(off)} not` : ''}. Rows are those of the last count of the day, or (≈) what the database estimates.`,
      body: html`<section class="card" aria-label="Streams">${streamTable(listed, site.now())}</section>`,
    };
  });
}

function streamTable(listed: readonly Listed[], now: Date): Html {
  return table<Listed>(
    'Streams: freshness against target, rows and size',
    [
      {
        title: 'Stream',
        isHead: true,
        cell: ({ name }) => html`<a href="/streams/${name}">${breakable(name)}</a>`,
      },
      { title: 'State', cell: ({ freshness }) => status(freshness) },
      { title: 'Last success', cell: ({ row }) => ago(row?.lastSuccessAt, now) },
      { title: 'Target', align: 'right', cell: ({ targetHours }) => `${count(targetHours)} h` },
      { title: 'Rows', align: 'right', cell: ({ facts: size }) => rowsOf(size) },
      { title: 'Size', align: 'right', cell: ({ facts: size }) => bytes(size?.bytes) },
      {
        title: `Rows over ${SPARK_DAYS} days`,
        cell: ({ name, sizes }) =>
          sparkline(
            sizes.map(({ at, rows }) => ({ at, value: rows })),
            `Rows of ${name}: from ${count(sizes[0]?.rows)} to ${count(sizes.at(-1)?.rows)}`,
          ),
      },
      {
        title: 'Last run',
        isWide: true,
        cell: ({ row }) =>
          row === undefined
            ? ''
            : html`${runLink(row.runId)}${row.partitionsFailed > 0 ? html` <span class="bad">${plural(row.partitionsFailed, 'partition')} failed</span>` : ''}${row.error === null ? '' : html`<span class="note">${errorText(row.error, 140)}</span>`}`,
      },
    ],
    listed,
  );
}

/** `GET /streams/:name` */
export async function streamPage(visit: Visit): Promise<Page> {
  const { site } = visit;
  const { app } = site.control;
  const name = visit.param('name');
  const stream = STREAM_NAMES.has(name) ? catalogue.find((one) => one.name === name) : undefined;
  if (stream === undefined) return notFound('There is no such stream.');
  const answer = await site.questions.ask(async (session, schemas) => ({
    row: (await streamRows(session, schemas)).find((one) => one.stream === name),
    table: (await tableFacts(session, schemas, schemas.target)).find((one) => one.name === name),
    sizes: (await sizesOver(session, schemas, schemas.target, CHART_DAYS, name)).get(name) ?? [],
    runs: await runsOfStream(session, schemas, name, RUNS),
    failed: await partitionsToRetry(session, schemas, PARTITIONS, name),
    unknown: (await countUnknownObjects(session, [stream], { schemas, streams: catalogue })).get(name) ?? 0,
  }));
  const frame = { title: name, place: '/streams', lead: stream.description };
  return pageOf(site, frame, answer, ({ row, table: size, sizes, runs, failed, unknown }) => {
    const now = site.now();
    const fresh = howFresh(site)('stream', name, row);
    const isSelected = selectedStreams(app).some((one) => one.name === name);
    const [state, lastSuccess] = freshnessFacts(fresh, row, now);
    return {
      body: html`<div class="headline tone-${toneOf(fresh.freshness)}">${facts([
        isSelected ? state : { ...state, note: 'not selected by the settings' },
        lastSuccess,
        {
          name: 'Rows',
          value: rowsOf(size),
          note: html`<a href="${link('/changes', { stream: name })}">their changes</a>`,
        },
        { name: 'Size', value: bytes(size?.bytes), note: 'with indexes' },
        ...(unknown === 0 ? [] : [{ name: 'Of unknown objects', value: count(unknown), note: UNKNOWN_NOTE }]),
      ])}</div>
${row?.error == null ? '' : html`<p>${errorText(row.error, 2000)}</p>`}
${failed.length === 0 ? '' : section('Failed partitions', failedTable(failed), { aside: html`<span class="muted">The next run tries them again.</span>` })}
${section('Rows and size over time', growth(name, sizes))}
${section('Runs', runs.length === 0 ? empty('No run has tried it.', isSelected ? 'The next sync does.' : 'The settings leave it out.') : runTable(runs, now), { aside: html`<span class="muted">the last ${RUNS}</span>` })}`,
    };
  });
}

function failedTable(failed: readonly FailedPartition[]): Html {
  return table<FailedPartition>(
    'Partitions that failed, with the reason',
    [
      { title: 'Partition', isHead: true, cell: ({ partition }) => html`<code>${partition}</code>` },
      figure('Attempts', ({ attempts }) => attempts),
      { title: 'Run', cell: ({ runId }) => runLink(runId) },
      { title: 'Error', isWide: true, cell: ({ error }) => errorText(error, 600) },
      requestIdColumn,
    ],
    failed,
  );
}

function runTable(runs: readonly StreamRunRow[], now: Date): Html {
  return table<StreamRunRow>(
    'The last runs of the stream',
    [
      { title: 'Run', isHead: true, cell: ({ runId }) => runLink(runId) },
      ...outcomeColumns(now),
      { title: 'Mode', cell: ({ command, mode }) => (command === 'sync' ? mode : `${command}, ${mode}`) },
      ...streamCounts,
      ...errorColumn(runs, 200),
    ],
    runs,
  );
}
