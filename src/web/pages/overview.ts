/** Is everything fresh, what failed, what runs, what comes next. */
import { html } from 'hono/html';
import type { ScheduleState } from '../../service/control.ts';
import { type Answer, isDown } from '../data/ask.ts';
import { type OverviewData, overviewData } from '../data/overview.ts';
import { selectedStreams } from '../data/selected.ts';
import { targetHoursOf } from '../data/targets.ts';
import type { Site, Visit } from '../site.ts';
import { type Freshness, freshnessOf, toneOf } from '../status.ts';
import { strip } from '../view/charts.ts';
import { type Page, problemNotice, statusOf } from '../view/layout.ts';
import {
  ago,
  type Content,
  empty,
  errorText,
  facts,
  type Html,
  notice,
  runLink,
  section,
  status,
  subjectLink,
  table,
  time,
} from '../view/parts.ts';
import { bytes, count, duration, plural, spaced } from '../view/words.ts';
import { actionForm } from './actions.ts';
import { runningJob } from './running.ts';

/** Answers that many visitors may share. */
const CACHE_MS = 1000;

/** A stream or export, and how it is. */
interface Subject {
  /** As events name it: an export with `export ` in front. */
  readonly name: string;
  readonly freshness: Freshness;
  readonly lastSuccessAt: Date | null;
  readonly lastAttemptAt: Date | null;
  readonly runId: string | null;
  readonly targetHours: number;
  readonly error: string | null;
  readonly partitionsFailed: number;
}

/** What the overview shows, put together. */
interface Overview {
  readonly answer: Answer<OverviewData>;
  readonly subjects: readonly Subject[];
  readonly schedules: readonly ScheduleState[] | undefined;
}

async function look(site: Site): Promise<Overview> {
  const { control } = site;
  const answer = await site.questions.cached('overview', CACHE_MS, overviewData);
  // Without the database there is no use in asking for schedules, which are in it.
  const schedules = isDown(answer.problem) ? undefined : await control.schedules().catch(() => undefined);
  return { answer, schedules, subjects: answer.problem === undefined ? subjectsOf(site, answer.value) : [] };
}

/** Streams and exports of the settings. */
function subjectsOf(site: Site, data: OverviewData): Subject[] {
  const { control } = site;
  const { exports } = control.app;
  const now = site.now();
  const targetOf = targetHoursOf(site);
  const busy = new Set(
    control
      .running()
      .flatMap(({ progress }) =>
        [...progress.streams.values()].filter(({ phase }) => phase === 'running').map(({ name }) => name),
      ),
  );
  const known = new Map(data.streams.map((row) => [row.stream, row]));
  const streams = selectedStreams(control.app).map(({ name }): Subject => {
    const row = known.get(name);
    return subject(name, targetOf('stream', name), row, row?.partitionsFailed ?? 0);
  });
  const loaded = new Map(data.exports.map((row) => [row.export, row]));
  return [
    ...streams,
    ...exports.map(({ name }) => subject(`export ${name}`, targetOf('export', name), loaded.get(name), 0)),
  ];

  function subject(
    name: string,
    targetHours: number,
    row:
      | {
          status: string;
          lastSuccessAt: Date | null;
          lastAttemptAt: Date;
          runId: string;
          error: string | null;
        }
      | undefined,
    partitionsFailed: number,
  ): Subject {
    const lastSuccessAt = row?.lastSuccessAt ?? null;
    const question = { lastStatus: row?.status, lastSuccessAt, targetHours, now, isRunning: busy.has(name) };
    return {
      ...{ name, targetHours, lastSuccessAt, partitionsFailed, freshness: freshnessOf(question) },
      ...{ lastAttemptAt: row?.lastAttemptAt ?? null, runId: row?.runId ?? null, error: row?.error ?? null },
    };
  }
}

/** `GET /` */
export async function overviewPage(visit: Visit): Promise<Page> {
  const overview = await look(visit.site);
  const done = visit.query('done');
  const said =
    done === 'run'
      ? notice('good', 'Asked for.', 'The run has begun, or is next in line.')
      : done === 'cancel'
        ? notice('good', 'Asked to stop.', 'The run ends after what it is at; what was loaded is kept.')
        : '';
  return {
    title: 'Overview',
    place: '/',
    status: statusOf(overview.answer.problem),
    isLive: true,
    body: html`${said}
<noscript><p class="muted">This page shows the state of when it was loaded. <a href="/">Load it again</a></p></noscript>
<p id="live-said" class="sr" role="status" aria-live="polite"></p>
<div data-live-path="/live">${liveParts(visit, overview)}</div>`,
  };
}

/** `GET /live`: the parts of the overview that change. */
export async function liveFragment(visit: Visit): Promise<{ body: Html; status: number }> {
  const overview = await look(visit.site);
  return { body: html`${liveParts(visit, overview)}`, status: statusOf(overview.answer.problem) };
}

function liveParts(visit: Visit, overview: Overview): Html {
  const part = (id: string, body: Content): Html => html`<div id="live-${id}" data-live>${body}</div>`;
  const { answer } = overview;
  const data = answer.problem === undefined ? answer.value : undefined;
  const headline = headlineOf(visit, overview);
  return html`<p data-said hidden>${headline.text}</p>
${part('headline', headlineCard(visit.site, headline, overview))}
${part('running', runningCard(visit, data))}
${part('attention', attentionCard(visit.site, overview))}
${part('schedules', schedulesCard(visit, overview))}
${part('runs', data === undefined ? '' : runsCard(visit, data))}`;
}

interface Headline {
  readonly text: string;
  readonly tone: 'good' | 'warn' | 'bad' | 'quiet';
}

function headlineOf({ site }: Visit, { answer, subjects }: Overview): Headline {
  if (isDown(answer.problem)) return { text: 'The database does not answer', tone: 'bad' };
  const of = (...wanted: Freshness[]): number =>
    subjects.filter(({ freshness }) => wanted.includes(freshness)).length;
  const running = site.control.running().length;
  if (answer.problem !== undefined || (of('never', 'running') === subjects.length && of('running') === 0))
    return running > 0
      ? { text: 'The first run is under way', tone: 'quiet' }
      : { text: 'Nothing has run yet', tone: 'quiet' };
  const [failed, stale] = [of('failed'), of('stale')];
  const open = answer.value.alerts.length;
  if (failed > 0)
    return { text: `${named('failed')} failed${stale > 0 ? `, ${count(stale)} stale` : ''}`, tone: 'bad' };
  if (stale > 0) return { text: `${named('stale')} ${stale === 1 ? 'is' : 'are'} stale`, tone: 'warn' };
  if (open > 0)
    return {
      text: `${plural(open, 'alert')} ${open === 1 ? 'is' : 'are'} open`,
      tone: 'warn',
    };
  return { text: 'Everything is fresh', tone: 'good' };

  function named(wanted: Freshness): string {
    const all = subjects.filter(({ freshness }) => freshness === wanted);
    const exports = all.filter(({ name }) => name.startsWith('export ')).length;
    if (exports === 0) return plural(all.length, 'stream');
    return exports === all.length ? plural(exports, 'export') : `${count(all.length)} streams and exports`;
  }
}

function headlineCard(site: Site, { text, tone }: Headline, { answer, subjects }: Overview): Html {
  const now = site.now();
  if (answer.problem !== undefined)
    return html`<div class="headline tone-${tone}"><p class="headline-text">${text}</p></div>${problemNotice(site, answer.problem)}`;
  const { runs, tables, alerts } = answer.value;
  const of = (wanted: Freshness): number => subjects.filter(({ freshness }) => freshness === wanted).length;
  const [last] = runs.filter(({ finishedAt }) => finishedAt !== null);
  const names = new Set(subjects.map(({ name }) => name));
  const ours = tables.filter(({ name }) => names.has(name));
  const rows = ours.reduce((sum, one) => sum + (one.rows ?? 0), 0);
  const size = ours.reduce((sum, one) => sum + one.bytes, 0);
  const guess = ours.some(({ isGuess }) => isGuess);
  const rest = (['running', 'stale', 'failed', 'never', 'unavailable'] as const)
    .map((word) => [word, of(word)] as const)
    .filter(([, number]) => number > 0)
    .map(([word, number]) => `${count(number)} ${word}`);
  return html`<div class="headline tone-${tone}"><p class="headline-text">${text}</p>${facts([
    {
      name: 'Fresh',
      value: html`${count(of('fresh'))}<span class="of"> of ${count(subjects.length)}</span>`,
      note: rest.length === 0 ? 'streams and exports' : rest.join(', '),
    },
    last === undefined
      ? { name: 'Last run', value: '–', note: 'none has ended yet' }
      : {
          name: 'Last run',
          value: html`<a href="/runs/${encodeURIComponent(last.runId)}">${spaced(last.status)}</a>`,
          note: html`${last.command}, ${ago(last.finishedAt, now)}`,
        },
    {
      name: 'Open alerts',
      value: html`<a href="/alerts">${count(alerts.length)}</a>`,
      note: alerts[0] === undefined ? 'none' : html`latest ${ago(alerts[0].raisedAt, now)}`,
    },
    {
      name: 'Stored',
      value: `${guess ? '≈ ' : ''}${count(rows)}`,
      note: `rows in ${plural(ours.length, 'table')}, ${bytes(size)}`,
    },
  ])}</div>`;
}

function runningCard(visit: Visit, data: OverviewData | undefined): Content {
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
        html`<div class="job" data-running><h3>${run.command} ${status('running')}</h3><p class="muted">Began ${ago(run.startedAt, now)} in another process (${run.trigger}) · run ${runLink(run.runId)}</p></div>`,
    )}`,
  );
}

function attentionCard(site: Site, { answer, subjects }: Overview): Content {
  if (answer.problem !== undefined) return '';
  const now = site.now();
  const { alerts } = answer.value;
  const known = new Set(subjects.map(({ name }) => name));
  const order: readonly Freshness[] = ['failed', 'stale'];
  const wrong = subjects
    .filter(({ freshness, partitionsFailed }) => order.includes(freshness) || partitionsFailed > 0)
    .toSorted((a, b) => rank(a.freshness) - rank(b.freshness));
  if (wrong.length === 0 && alerts.length === 0) return '';
  return section(
    'Needs attention',
    html`${
      wrong.length === 0
        ? ''
        : table<Subject>(
            'Streams and exports that are not as they should be',
            [
              { title: 'Name', isHead: true, cell: ({ name }) => subjectLink(name, known) },
              { title: 'State', cell: ({ freshness }) => status(freshness) },
              { title: 'Last success', cell: ({ lastSuccessAt }) => ago(lastSuccessAt, now) },
              { title: 'Target', align: 'right', cell: ({ targetHours }) => `${count(targetHours)} h` },
              { title: 'Run', cell: ({ runId }) => runLink(runId) },
              {
                title: 'Why',
                isWide: true,
                cell: ({ error, partitionsFailed }) =>
                  error !== null
                    ? errorText(error, 300)
                    : partitionsFailed > 0
                      ? html`${plural(partitionsFailed, 'partition')} could not be read; the next run tries them again.`
                      : html`<span class="muted">No run completed it in time.</span>`,
              },
            ],
            wrong.slice(0, 25),
          )
    }${wrong.length > 25 ? html`<p><a href="/streams">All ${count(wrong.length)} of them</a></p>` : ''}${
      alerts.length === 0
        ? ''
        : html`<h3>Open alerts</h3><ul class="lines">${alerts.map(
            (alert) =>
              html`<li><strong>${spaced(alert.kind)}</strong> ${subjectLink(alert.subject, known)} <span class="muted">since ${ago(alert.raisedAt, now)}</span><br>${errorText(alert.detail, 300)}</li>`,
          )}</ul>`
    }`,
  );

  function rank(freshness: Freshness): number {
    const at = order.indexOf(freshness);
    return at === -1 ? order.length : at;
  }
}

function schedulesCard(visit: Visit, { schedules }: Overview): Content {
  if (schedules === undefined) return '';
  const now = visit.site.now();
  const running = new Map(visit.site.control.running().map((job) => [job.name, job]));
  const { role } = visit.site.control;
  const body =
    schedules.length === 0
      ? empty('There are no schedules.', html`Add some under <code>schedules:</code> in the settings.`)
      : table<ScheduleState>(
          'Schedules and their next turns',
          [
            {
              title: 'Schedule',
              isHead: true,
              cell: ({ name, what }) => html`${name}<span class="note">${what}</span>`,
            },
            {
              title: 'When',
              isExtra: true,
              cell: ({ cron, timeZone }) => html`<code>${cron}</code><span class="note">${timeZone}</span>`,
            },
            {
              title: 'Next turn',
              cell: ({ nextTurn, retryAt, attempts }) =>
                retryAt === null
                  ? time(nextTurn, now)
                  : html`${time(retryAt, now)}<span class="note">retry after ${plural(attempts, 'failure')}</span>`,
            },
            {
              title: 'Last',
              isExtra: true,
              cell: (one) =>
                one.lastStatus === null
                  ? status('never')
                  : html`${status(one.lastStatus)} ${one.lastRunId === null ? '' : runLink(one.lastRunId)}<span class="note">${ago(one.lastFinishedAt ?? one.lastStartedAt, now)}</span>${one.error === null ? '' : html`<span class="note">${errorText(one.error, 160)}</span>`}`,
            },
            ...(visit.mayAct
              ? [
                  {
                    title: 'Do',
                    cell: ({ name }: ScheduleState) => {
                      const job = running.get(name);
                      if (job === undefined) return actionForm(visit, 'run', name, 'Run now');
                      // Its Cancel is beside its progress, above.
                      return status(job.stopping ? 'stopping' : 'running');
                    },
                  },
                ]
              : []),
          ],
          schedules,
        );
  const aside =
    role === 'leader'
      ? undefined
      : html`<span class="muted">${role === 'standby' ? 'Another process runs them; this one stands by.' : 'This process runs none by itself.'}</span>`;
  return section('Schedules', body, aside === undefined ? {} : { aside });
}

function runsCard(visit: Visit, { runs }: OverviewData): Content {
  const now = visit.site.now();
  const ended = runs.filter(({ finishedAt }) => finishedAt !== null);
  const took = (run: { startedAt: Date; finishedAt: Date | null }): number =>
    (run.finishedAt ?? now).getTime() - run.startedAt.getTime();
  const longest = Math.max(1, ...ended.map(took));
  const body =
    runs.length === 0
      ? empty(
          'No run yet.',
          visit.mayAct
            ? '“Run now” beside a schedule begins one.'
            : html`<code>sigma-sync sync</code> begins one.`,
        )
      : html`${strip(
          ended.toReversed().map((run) => ({
            href: `/runs/${encodeURIComponent(run.runId)}`,
            label: `${run.command} of ${run.startedAt.toISOString().slice(0, 16).replace('T', ' ')}: ${spaced(run.status)}, ${duration(took(run))}`,
            tone: toneOf(run.status),
            // By the square root: one long backfill must not flatten the others.
            height: Math.sqrt(took(run) / longest),
          })),
          `The last ${ended.length} runs, the newest at the right`,
        )}<p class="muted strip-note">The last ${plural(ended.length, 'run')}, the newest at the right; the higher, the longer it took.</p>${table(
          'The latest runs',
          [
            { title: 'Run', isHead: true, cell: (run) => runLink(run.runId) },
            {
              title: 'What',
              cell: (run) => html`${run.command}<span class="note">${run.schedule ?? run.trigger}</span>`,
            },
            { title: 'Outcome', cell: (run) => status(run.status) },
            { title: 'Began', cell: (run) => time(run.startedAt, now) },
            { title: 'Took', align: 'right', cell: (run) => duration(took(run)) },
            { title: 'Requests', align: 'right', isExtra: true, cell: (run) => count(run.requests) },
            { title: 'Inserted', align: 'right', isExtra: true, cell: (run) => count(run.inserted) },
            { title: 'Updated', align: 'right', isExtra: true, cell: (run) => count(run.updated) },
            { title: 'Deleted', align: 'right', isExtra: true, cell: (run) => count(run.deleted) },
          ],
          runs.slice(0, 8),
        )}`;
  return section('Runs', body, { aside: html`<a href="/runs">All runs</a>` });
}
