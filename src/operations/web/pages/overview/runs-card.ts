/** Running and latest runs: those of this process in full, those of others as far as they are recorded. */
import { html } from 'hono/html';
import {
  type ProgressState,
  requestRate,
  type StreamProgress,
  settledPartitions,
} from '../../../../core/progress/progress-state.ts';
import { bytes, count, duration, plural, spaced } from '../../../../core/words.ts';
import type { RunningJob } from '../../service-control.ts';
import type { Visit } from '../../site.ts';
import { strip } from '../../view/charts.ts';
import {
  ago,
  breakable,
  type Content,
  cutNote,
  empty,
  type Html,
  runLink,
  section,
  status,
} from '../../view/elements.ts';
import { figure, table } from '../../view/table.ts';
import { toneOf } from '../../view/tone.ts';
import { actionForm } from '../actions.ts';
import { outcomeColumns, runCounts, tookOf } from '../run-columns.ts';
import type { OverviewData } from './overview-facts.ts';

/** The latest runs, as a strip and as a table. */
export function runsCard(visit: Visit, { runs }: OverviewData): Content {
  const now = visit.site.now();
  const ended = runs.filter(({ finishedAt }) => finishedAt !== null);
  const longest = Math.max(1, ...ended.map((run) => tookOf(run, now)));
  const body =
    runs.length === 0
      ? empty(
          'No runs yet.',
          visit.mayAct
            ? 'Press “Run now” beside a schedule to start one.'
            : html`Start one with <code>sigma-sync sync</code>.`,
        )
      : html`${
          ended.length < 2
            ? ''
            : html`${strip(
                ended.toReversed().map((run) => ({
                  href: `/runs/${encodeURIComponent(run.runId)}`,
                  label: `${run.command} of ${run.startedAt.toISOString().slice(0, 16).replace('T', ' ')}: ${spaced(run.status)}, ${duration(tookOf(run, now))}`,
                  tone: toneOf(run.status),
                  // By the square root: one long backfill must not flatten the others.
                  height: Math.sqrt(tookOf(run, now) / longest),
                })),
                `The last ${ended.length} runs, newest on the right`,
              )}<p class="muted strip-note">The last ${plural(ended.length, 'run')}, newest on the right. Taller bars took longer.</p>`
        }${table(
          'Latest runs',
          [
            { title: 'Run', isHead: true, cell: (run) => runLink(run.runId) },
            {
              title: 'Command',
              cell: (run) => html`${run.command}<span class="note">${run.schedule ?? run.trigger}</span>`,
            },
            ...outcomeColumns(now),
            ...runCounts.map((column) => ({ ...column, isExtra: true })),
          ],
          runs.slice(0, 8),
        )}`;
  return section('Runs', body, { aside: html`<a href="/runs">All runs</a>` });
}

/** Streams that are shown of one run: those at work first, then the ones that just ended. */
const MOST_LINES = 12;

/** All runs under way; nothing where there are none. */
export function runningCard(visit: Visit, data: OverviewData | undefined): Content {
  const jobs = visit.site.control.running();
  const ours = new Set(jobs.map(({ runId }) => runId));
  const others = (data?.runs ?? []).filter(
    ({ status: word, runId }) => word === 'running' && !ours.has(runId),
  );
  if (jobs.length === 0 && others.length === 0) return '';
  const now = visit.site.now();
  return section(
    'Running now',
    html`${jobs.map((job) => runningJob(visit, job))}${others.map(
      (run) =>
        html`<div class="job" data-running><h3>${run.command} ${status('running')}</h3><p class="muted">Started ${ago(run.startedAt, now)} in another process (${run.trigger}) · run ${runLink(run.runId)}</p></div>`,
    )}`,
  );
}

/** A run under way, with its streams. */
export function runningJob(visit: Visit, job: RunningJob): Html {
  const now = visit.site.now();
  const progress: ProgressState = { ...job.progress, now: now.getTime() };
  const streams = [...progress.streams.values()];
  const done = streams.filter(({ phase }) => phase === 'finished').length;
  const begun = [
    ...streams.filter(({ phase }) => phase === 'running'),
    ...streams.filter(({ phase }) => phase === 'finished').toReversed(),
  ];
  const lines = begun.slice(0, MOST_LINES);
  return html`<div class="job" data-running>
<div class="job-head">
<h3>${job.name} ${status(job.stopping ? 'stopping' : 'running')}</h3>
${job.stopping ? html`` : actionForm(visit, 'cancel', job.name, 'Cancel')}
</div>
<p class="muted">Started ${ago(job.startedAt, now)} ${job.trigger === 'page' ? 'from this page' : 'on schedule'}${job.runId === undefined ? '' : html` · run ${runLink(job.runId)}`}</p>
<p class="job-sum"><label><span>${plural(done, 'stream')} of ${count(streams.length)} done</span><progress max="${Math.max(1, streams.length)}" value="${done}"></progress></label></p>
<p class="muted">${plural(progress.requests, 'request')}, ${requestRate(progress).toFixed(1)} a second · ${plural(progress.retries, 'retry', 'retries')} · ${plural(progress.throttles, 'rate-limit wait')}${progress.throttledMs > 0 ? html` (${duration(progress.throttledMs)})` : ''}</p>
${lines.length === 0 ? '' : linesOf(lines, progress.now)}${cutNote(begun.length, lines.length, 'latest')}
</div>`;
}

function linesOf(lines: readonly StreamProgress[], now: number): Html {
  return table<StreamProgress>(
    'Streams of the run',
    [
      { title: 'Stream', isHead: true, cell: ({ name }) => breakable(name) },
      { title: 'State', isState: true, cell: (line) => status(line.status ?? line.phase) },
      {
        title: 'Progress',
        cell: (line) =>
          line.planned === undefined
            ? html`<span class="muted">planning</span>`
            : line.planned === 0
              ? html`<span class="muted">nothing due</span>`
              : html`<span class="part"><progress aria-label="${line.name}" max="${Math.max(1, line.planned)}" value="${line.phase === 'finished' ? Math.max(1, line.planned) : settledPartitions(line)}"></progress> ${count(settledPartitions(line))}/${count(line.planned)}</span>`,
      },
      {
        title: 'Rows read',
        align: 'right',
        cell: ({ rows, bytes: size }) =>
          size === undefined ? count(rows) : `${count(rows)} · ${bytes(size)}`,
      },
      figure('Inserted', ({ inserted }) => inserted, { isExtra: true }),
      figure('Updated', ({ updated }) => updated, { isExtra: true }),
      figure('Failed', ({ failed }) => failed, { isExtra: true }),
      {
        title: 'Duration',
        align: 'right',
        isExtra: true,
        cell: ({ startedAt, phase }) =>
          phase === 'running' && startedAt !== undefined ? duration(now - startedAt) : '',
      },
    ],
    lines,
  );
}
