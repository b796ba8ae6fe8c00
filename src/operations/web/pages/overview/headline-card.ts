/** The head of the overview: how everything is, in a sentence and four figures. */
import { html } from 'hono/html';
import { isDown } from '../../data/ask.ts';
import type { Site, Visit } from '../../site.ts';
import type { Freshness } from '../../view/tone.ts';
import { problemNotice } from '../../view/layout.ts';
import { ago, errorText, facts, type Html, runLink } from '../../view/elements.ts';
import { bytes, count, plural, spaced, stamp } from '../../../../core/words.ts';
import { type Outage, outageFact } from '../../../../state/read/outage.ts';
import type { Overview } from './overview-facts.ts';

/** The overview in one sentence. */
export interface Headline {
  readonly text: string;
  readonly tone: 'good' | 'warn' | 'bad' | 'quiet';
}

/** What matters most: what failed before what is stale, and that before alerts. */
export function headlineOf({ site }: Visit, { answer, subjects }: Overview): Headline {
  if (isDown(answer.problem)) return { text: 'The database does not answer', tone: 'bad' };
  const of = (...wanted: Freshness[]): number =>
    subjects.filter(({ freshness }) => wanted.includes(freshness)).length;
  const running = site.control.running().length;
  if (answer.problem !== undefined || (of('never', 'running') === subjects.length && of('running') === 0))
    return running > 0
      ? { text: 'The first run is under way', tone: 'quiet' }
      : { text: 'Nothing has run yet', tone: 'quiet' };
  // Rows that are young yet are no sign that all is well.
  const { outage } = answer.value;
  if (outage !== undefined)
    return { text: `Nothing is synced since ${stamp(outage.since)} UTC`, tone: 'bad' };
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

/** The headline with the figures below it. */
export function headlineCard(site: Site, { text, tone }: Headline, { answer, subjects }: Overview): Html {
  const now = site.now();
  if (answer.problem !== undefined)
    return html`<div class="headline tone-${tone}"><p class="headline-text">${text}</p></div>${problemNotice(site, answer.problem)}`;
  const { runs, tables, alerts, outage } = answer.value;
  const of = (wanted: Freshness): number => subjects.filter(({ freshness }) => freshness === wanted).length;
  const [last] = runs.filter(({ finishedAt }) => finishedAt !== null);
  const names = new Set(subjects.map(({ name }) => name));
  const streams = subjects.filter(({ name }) => !name.startsWith('export ')).length;
  const ours = tables.filter(({ name }) => names.has(name));
  const rows = ours.reduce((sum, one) => sum + (one.rows ?? 0), 0);
  const size = ours.reduce((sum, one) => sum + one.bytes, 0);
  const guess = ours.some(({ isGuess }) => isGuess);
  const rest = (['running', 'stale', 'failed', 'never', 'unavailable', 'retired'] as const)
    .map((word) => [word, of(word)] as const)
    .filter(([, number]) => number > 0)
    .map(([word, number]) => `${count(number)} ${word}`);
  return html`<div class="headline tone-${tone}"><p class="headline-text">${text}</p>${outage === undefined ? '' : outageNotice(site, outage, streams)}${facts(
    [
      {
        name: 'Fresh',
        value: html`${count(of('fresh'))}<span class="of"> of ${count(subjects.length)}</span>`,
        note: [
          ...(rest.length === 0 ? ['streams and exports'] : rest),
          ...(outage === undefined ? [] : [`as of ${stamp(outage.since)} UTC, not now`]),
        ].join(', '),
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
    ],
  )}</div>`;
}

/** One cause, told once: since when, what it affects, when it is tried again. */
function outageNotice(site: Site, outage: Outage, streams: number): Html {
  return html`<p>${outageFact(outage, streams)} ${runLink(outage.runId)}<br>${errorText(site.control.app.redact(outage.error), 600)}</p>`;
}
