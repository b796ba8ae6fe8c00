/** One stream: how fresh it is, what failed, how its table grows, and its runs. */
import { html } from 'hono/html';
import { bytes, count } from '../../../core/words.ts';
import { catalogue } from '../../../extractors/catalogue.ts';
import { countUnknownObjects } from '../../../loaders/object-ids.ts';
import { readOutage } from '../../../state/read/outage.ts';
import type { FailedPartition } from '../../../state/read/outcomes.ts';
import { selectStreams } from '../../../sync/select-streams.ts';
import { totalOf } from '../data/counted.ts';
import {
  failedPartitions,
  runsOfStream,
  type StreamRunRow,
  sizesOver,
  streamRows,
  tableFacts,
} from '../data/read-streams.ts';
import { STREAM_NAMES, selectedStreams } from '../data/selected-streams.ts';
import type { Download, NoDownload } from '../lists/download.ts';
import { stateDownload } from '../lists/state-download.ts';
import type { Visit } from '../site.ts';
import { taskName } from '../task.ts';
import {
  empty,
  errorText,
  facts,
  type Html,
  link,
  listHead,
  notice,
  runLink,
  section,
} from '../view/elements.ts';
import { type Page, pageOf } from '../view/layout.ts';
import { type Column, errorColumn, figure, table, text } from '../view/table.ts';
import { toneOf } from '../view/tone.ts';
import { type Ask, actionsCard } from './actions.ts';
import { notFound } from './error-pages.ts';
import { freshnessFacts, howFresh } from './how-fresh.ts';
import { outageNotice } from './outage-notice.ts';
import { outcomeColumns, requestIdColumn, streamCounts } from './run-columns.ts';
import { growth, rowsOf } from './table-growth.ts';
import { taskProgress } from './task-progress.ts';

const CHART_DAYS = 400;
const RUNS = 50;
const PARTITIONS = 200;
const UNKNOWN_NOTE = 'rows whose object is in no listing';

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
    runs: await runsOfStream(session, schemas, name, { limit: RUNS, offset: 0 }),
    failed: await failedPartitions(session, schemas, name, { limit: PARTITIONS, offset: 0 }),
    outage: await readOutage(session, schemas),
    unknown: (await countUnknownObjects(session, [stream], { schemas, streams: catalogue })).get(name) ?? 0,
  }));
  const frame: Omit<Page, 'body'> = {
    ...{ title: name, place: '/streams', lead: stream.description },
    crumbs: [['/streams', 'Streams']],
  };
  return pageOf(site, frame, answer, ({ row, table: size, sizes, runs, failed, outage, unknown }) => {
    const now = site.now();
    const fresh = howFresh(site)('stream', name, row);
    const progress = taskProgress(
      visit,
      [false, true].map((acceptsDeletions) => taskName({ kind: 'sync', stream: name, acceptsDeletions })),
    );
    const isSelected = selectedStreams(app).some((one) => one.name === name);
    const [state, lastSuccess] = freshnessFacts(fresh, row, now);
    return {
      isLive: progress.isLive,
      body: html`${progress.body}${isSelected ? outageNotice(site, outage) : ''}<div class="headline tone-${toneOf(fresh.freshness)}">${facts(
        [
          isSelected ? state : { ...state, note: 'not selected in the settings' },
          lastSuccess,
          {
            name: 'Rows',
            value: rowsOf(size),
            note: html`<a href="${link('/changes', { stream: name })}">show changes</a>`,
          },
          { name: 'Size', value: bytes(size?.bytes), note: 'with indexes' },
          ...(unknown === 0 ? [] : [{ name: 'Unknown objects', value: count(unknown), note: UNKNOWN_NOTE }]),
        ],
      )}</div>
${row?.error == null ? '' : notice(fresh.freshness === 'failed' ? 'bad' : 'warn', 'Error', errorText(row.error, 2000))}
${actionsCard(visit, asksOf(visit, name, row?.status === 'deletion_guard'))}
${failed.length === 0 ? '' : section('Failed partitions', [listHead(totalOf(failed), failed.length, fileOf(name, 'partitions')), table('Failed partitions and their errors', FAILED, failed)], { aside: html`<span class="muted">The next run retries them.</span>` })}
${section('Rows and size over time', growth(name, sizes))}
${section('Runs', runs.length === 0 ? empty('No runs yet.', isSelected ? 'The next sync reads it.' : 'The settings do not select it.') : [listHead(totalOf(runs), runs.length, fileOf(name, 'runs'), 'latest'), runTable(runs, now)])}`,
    };
  });
}

/** Actions on a stream. */
function asksOf({ site }: Visit, name: string, isGuarded: boolean): readonly Ask[] {
  const parents = selectStreams(catalogue, [name], site.control.app.config.sync)
    .map((one) => one.name)
    .filter((one) => one !== name);
  const also = parents.length === 0 ? '' : html` Its parents are synced, too: ${parents.join(', ')}.`;
  const sync: Ask = {
    ...{ action: 'sync', subject: name, title: 'Sync now', button: `Sync ${name}` },
    says: html`Reads the parts of ${name} that are due, now or right after the current run. Then it refreshes the answers.${also}`,
  };
  if (!isGuarded) return [sync];
  return [
    {
      ...{ action: 'accept', subject: name, title: 'Accept deletions', button: 'Accept deletions' },
      isGrave: true,
      says: html`Too many rows were missing at once, so the last run marked none as deleted. The error above has the number. This reads ${name} again and marks all rows that Sigma no longer lists as deleted, however many.${also}${parents.length === 0 ? '' : ' Their deletions are accepted, too.'} The rows stay in the table, with the time of their deletion.`,
    },
    sync,
  ];
}

const fileOf = (name: string, list: string): string => `/streams/${encodeURIComponent(name)}/${list}.csv`;

const FAILED: readonly Column<FailedPartition>[] = [
  {
    ...{ title: 'Partition', isHead: true, value: ({ partition }) => partition },
    cell: ({ partition }) => html`<code>${partition}</code>`,
  },
  figure('Attempts', ({ attempts }) => attempts),
  { title: 'Run', cell: ({ runId }) => runLink(runId), value: ({ runId }) => runId },
  {
    ...{ title: 'Error', isWide: true, value: ({ error }) => error },
    cell: ({ error }) => errorText(error, 600),
  },
  requestIdColumn,
];

/** `GET /streams/:name/partitions.csv`: those that failed. */
export const failedDownload = (visit: Visit): Promise<Download | NoDownload> =>
  stateDownload(visit, 'failed-partitions', FAILED, (session, schemas, part) =>
    failedPartitions(session, schemas, visit.param('name'), part),
  );

/** `GET /streams/:name/runs.csv` */
export const streamRunsDownload = (visit: Visit): Promise<Download | NoDownload> =>
  stateDownload<StreamRunRow>(
    visit,
    'stream-runs',
    [...runColumns(visit.site.now()), text('Error', ({ error }) => error)],
    (session, schemas, part) => runsOfStream(session, schemas, visit.param('name'), part),
  );

const runColumns = (now: Date): readonly Column<StreamRunRow>[] => [
  { title: 'Run', isHead: true, cell: ({ runId }) => runLink(runId), value: ({ runId }) => runId },
  ...outcomeColumns(now),
  text('Mode', ({ command, mode }) => (command === 'sync' ? mode : `${command}, ${mode}`), { isLess: true }),
  ...streamCounts,
];

function runTable(runs: readonly StreamRunRow[], now: Date): Html {
  return table<StreamRunRow>(
    'Latest runs of the stream',
    [...runColumns(now), ...errorColumn(runs, 200)],
    runs,
  );
}
