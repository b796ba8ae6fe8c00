/** The head of the overview: how everything is, in a sentence and four figures. */
import { html } from 'hono/html';
import { bytes, count, cut, duration, plural, spaced, stamp } from '../../../../core/words.ts';
import { isDown } from '../../data/ask.ts';
import type { Site, Visit } from '../../site.ts';
import { ago, facts, type Html, notice } from '../../view/elements.ts';
import { problemNotice } from '../../view/layout.ts';
import type { Freshness } from '../../view/tone.ts';
import type { Cause } from './causes.ts';
import type { Overview } from './overview-facts.ts';
import type { Subject } from './subject.ts';

/** The overview in one sentence. */
export interface Headline {
  readonly text: string;
  readonly tone: 'good' | 'warn' | 'bad' | 'quiet';
}

/** The most important fact: failures come before stale streams, and these before alerts. */
export function headlineOf({ site }: Visit, { answer, subjects, causes }: Overview): Headline {
  if (isDown(answer.problem)) return { text: 'The database does not answer', tone: 'bad' };
  const of = (...wanted: Freshness[]): number =>
    subjects.filter(({ freshness }) => wanted.includes(freshness)).length;
  const running = site.control.running().length;
  if (answer.problem !== undefined || (of('never', 'running') === subjects.length && of('running') === 0))
    return running > 0
      ? { text: 'The first run is in progress', tone: 'quiet' }
      : { text: 'Nothing has run yet', tone: 'quiet' };
  // Rows that are young yet are no sign that all is well.
  const [first] = causes;
  if (answer.value.outage !== undefined && first !== undefined)
    return { text: causeInWords(first, site.now()), tone: 'bad' };
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
  const streams = subjects.filter(({ name }) => !name.startsWith('export '));
  const waiting = streams.filter(
    ({ freshness, lastSuccessAt }) =>
      lastSuccessAt === null && (freshness === 'never' || freshness === 'running'),
  ).length;
  if (waiting > 0)
    return {
      text: `First load: ${count(streams.length - waiting)} of ${plural(streams.length, 'stream')}`,
      tone: 'quiet',
    };
  return { text: 'Everything is fresh', tone: 'good' };

  function named(wanted: Freshness): string {
    const all = subjects.filter(({ freshness }) => freshness === wanted);
    const exports = all.filter(({ name }) => name.startsWith('export ')).length;
    if (exports === 0) return plural(all.length, 'stream');
    return exports === all.length ? plural(exports, 'export') : `${count(all.length)} streams and exports`;
  }
}

const FIRST_RUN = notice(
  'info',
  'No data yet.',
  html`Start a schedule below, or run <code>sigma-sync sync</code>. The pages fill with the first run.`,
);

/** The headline with the figures below it. */
export function headlineCard(site: Site, { text, tone }: Headline, { answer, subjects }: Overview): Html {
  const now = site.now();
  if (answer.problem !== undefined)
    return html`<div class="headline tone-${tone}"><p class="headline-text">${text}</p></div>${answer.problem.kind === 'new' ? FIRST_RUN : problemNotice(site, answer.problem)}`;
  const { lastSync: last, tables, alerts, outage } = answer.value;
  const of = (wanted: Freshness): number => subjects.filter(({ freshness }) => freshness === wanted).length;
  const names = new Set(subjects.map(({ name }) => name));
  const ours = tables.filter(({ name }) => names.has(name));
  const rows = ours.reduce((sum, one) => sum + (one.rows ?? 0), 0);
  const size = ours.reduce((sum, one) => sum + one.bytes, 0);
  const guess = ours.some(({ isGuess }) => isGuess);
  const rest = (['running', 'stale', 'failed', 'never', 'unavailable', 'retired'] as const)
    .map((word) => [word, of(word)] as const)
    .filter(([, number]) => number > 0)
    .map(([word, number]) => `${count(number)} ${word}`);
  return html`<div class="headline tone-${tone}"><p class="headline-text">${text}</p>${facts([
    {
      name: 'Fresh',
      value: html`${count(of('fresh'))}<span class="of"> of ${count(subjects.length)}</span>`,
      note: [
        ...(rest.length === 0 ? [kindsOf(subjects)] : rest),
        ...(outage === undefined ? [] : [`as of ${stamp(outage.since)} UTC, not now`]),
      ].join(', '),
    },
    last === undefined
      ? { name: 'Last run', value: '–', note: 'none has finished yet' }
      : {
          name: 'Last run',
          value: html`<a href="/runs/${encodeURIComponent(last.runId)}">${spaced(last.status)}</a>`,
          note: html`sync, ${ago(last.finishedAt, now)}, ${duration(last.finishedAt === null ? null : last.finishedAt.getTime() - last.startedAt.getTime())}`,
        },
    {
      name: 'Open alerts',
      value: html`<a href="/alerts">${count(alerts.length)}</a>`,
      note: alerts[0] === undefined ? 'none' : html`latest ${ago(alerts[0].raisedAt, now)}`,
    },
    {
      name: 'Stored',
      // Rows that nobody has counted yet are no 0.
      value: guess && rows === 0 ? '–' : `${guess ? '≈ ' : ''}${count(rows)}`,
      note: `${guess && rows === 0 ? 'rows not counted yet,' : 'rows in'} ${plural(ours.length, 'table')}, ${bytes(size)}`,
    },
  ])}</div>`;
}

/** Kinds of what must stay fresh: exports count only if these settings have some. */
function kindsOf(subjects: readonly Subject[]): string {
  return subjects.some(({ name }) => name.startsWith('export ')) ? 'streams and exports' : 'streams';
}

/** `Sigma refused the credentials since 16:50 UTC; 45 streams wait; next try 16:53 UTC`. */
function causeInWords({ title, since, behind, retryAt }: Cause, now: Date): string {
  const begun = since === undefined ? '' : ` since ${clock(since, now)}`;
  const waits = behind.length === 0 ? '' : `; ${behindInWords(behind)}`;
  const next = retryAt === undefined ? 'at the next run' : clock(retryAt, now);
  return `${cut(title, 160)}${begun}${waits}; next try ${next}`;
}

/** The time of a day; with the day where that is another. */
function clock(at: Date, now: Date): string {
  const text = stamp(at);
  return `${text.slice(0, 10) === stamp(now).slice(0, 10) ? text.slice(11) : text} UTC`;
}

/** `45 streams wait`. */
export function behindInWords(behind: readonly Subject[]): string {
  const exports = behind.filter(({ name }) => name.startsWith('export ')).length;
  const what =
    exports === 0
      ? plural(behind.length, 'stream')
      : exports === behind.length
        ? plural(exports, 'export')
        : `${count(behind.length)} streams and exports`;
  return `${what} ${behind.length === 1 ? 'waits' : 'wait'}`;
}
