/** The digest as a page: what happened in the last days, and what deserves a look. */
import { html } from 'hono/html';
import type { Report, Thing } from '../../../../analytics/report/digest.ts';
import { growthLines, lead, type Section, sections } from '../../../../analytics/report/sections.ts';
import { count, cut, plural } from '../../../../core/words.ts';
import { oneOf } from '../../address-parts.ts';
import { askDigest, type Digest } from '../../data/usage/ask-digest.ts';
import type { Visit } from '../../site.ts';
import { taskName } from '../../task.ts';
import { addressOf } from '../../view/addresses.ts';
import { sparkline } from '../../view/charts.ts';
import { type Content, empty, facts, type Html, link, section } from '../../view/elements.ts';
import { heatMap } from '../../view/heat-map.ts';
import { type Page, pageOf } from '../../view/layout.ts';
import { noAnswers, usageNav } from '../../view/usage-elements.ts';
import { actionsCard } from '../actions.ts';
import { taskProgress } from '../task-progress.ts';

/** Lengths of the digest's period, by the word in the address. */
const SPANS = {
  day: ['the last day', 1],
  week: ['the last 7 days', 7],
  month: ['the last 30 days', 30],
} as const;

/** The list that has all of what a section names the first of. */
const LISTS: Readonly<Record<string, string>> = {
  'Access changes': '/access/changes?filter=all',
  'Most opened': '/workbooks',
  'Open to everyone': '/access/exposure?filter=everyone',
  'Open to external people': '/access/exposure?filter=external',
  'Embeds without sign-in': '/access/exposure?filter=embedded',
  Broken: '/workbooks?filter=broken',
  'Orphaned content': '/orphans',
  Stale: '/workbooks/stale',
  Duplicates: '/duplicates?filter=kept',
  'Could step down': '/licences?filter=could+step+down',
  'Never seen': '/licences?filter=never+seen',
  Idle: '/licences?filter=idle',
  'Failed schedules': '/schedules/failures',
  'Stale or incomplete streams': '/streams',
};

/** `GET /digest` */
export async function digestPage(visit: Visit): Promise<Page> {
  const { site } = visit;
  const span = oneOf(visit.query('since'), ['day', 'week', 'month'] as const) ?? 'week';
  const [words, days] = SPANS[span];
  const answer = await askDigest(site.questions, { config: site.control.app.config, to: site.now(), days });
  const progress = taskProgress(visit, [taskName({ kind: 'refresh' })]);
  const frame = {
    ...{ title: 'Digest', place: '/workbooks', nav: usageNav('/digest'), isLive: progress.isLive },
    lead: html`Changes in ${words}, and things to look at. <code>sigma-sync report</code> prints the same, for mail and chat.`,
  };
  const refresh = actionsCard(visit, [
    {
      ...{ action: 'refresh', subject: '', title: 'Refresh the answers', button: 'Refresh now' },
      says: 'Updates every answer whose tables have changed. Each sync does this anyway. No request goes to Sigma.',
    },
  ]);
  return pageOf(site, frame, answer, (digest) => ({
    body: html`${progress.body}${digest === undefined ? noAnswers() : shown(digest, span)}${refresh}`,
  }));
}

function shown({ report, types }: Digest, span: keyof typeof SPANS): Html {
  const all = sections(report);
  return html`<form class="filter" method="get" action="/digest" role="search" aria-label="Time of the digest"><label><span>Since</span><select name="since">${Object.entries(
    SPANS,
  ).map(
    ([word, [words]]) =>
      html`<option value="${word}"${word === span ? ' selected' : ''}>${words.replace(/^the l/, 'L')}</option>`,
  )}</select></label><button>Show</button></form>
<p class="muted">${lead(report).join(' ')}</p>
${growthOf(report)}
<div class="digest">${all.map((one) => sectionOf(one, types))}</div>
${all.length === 0 ? empty('Nothing to report.', 'Nothing changed, and nothing needs attention.') : ''}
${schedulesOf(report)}`;
}

function growthOf(report: Report): Content {
  const lines = growthLines(report);
  if (lines.length === 0) return '';
  return section(
    'Growth',
    facts(
      lines.map(({ name, total, change, days }) => ({
        name: name.replace(/^./, (letter) => letter.toUpperCase()),
        value: count(total),
        note: html`${change}${
          days.length < 2
            ? ''
            : sparkline(
                days.map(({ day, total: value }) => ({ at: new Date(`${day}T00:00:00Z`), value })),
                `${name} by day`,
              )
        }`,
      })),
    ),
    { aside: html`<a href="/growth">By day</a>` },
  );
}

function sectionOf({ title, figure, items, more }: Section, types: Digest['types']): Html {
  const all = LISTS[title];
  const rest = more > 0 ? html`<li class="muted">and ${count(more)} more</li>` : '';
  return section(
    title,
    html`<p class="muted">${figure}</p><ul class="lines">${items.map((item) => html`<li>${nameOf(item, types)}${item.detail === '' ? '' : html`<span class="note"><bdi>${cut(item.detail, 120)}</bdi></span>`}</li>`)}${rest}</ul>`,
    all === undefined ? {} : { aside: html`<a href="${all}">Show all</a>` },
  );
}

/** A name that leads to its page, with a direction of writing of its own. */
function nameOf({ id, name }: Thing, types: Digest['types']): Html {
  const text = html`<bdi>${cut(name ?? id, 120)}</bdi>`;
  const href = addressOf(types.get(id) ?? null, id);
  return href === undefined ? text : html`<a href="${href}">${text}</a>`;
}

function schedulesOf({ schedules: { runsPerWeek, byHour } }: Report): Content {
  if (runsPerWeek === 0) return '';
  return section(
    'Schedules',
    html`<p><strong>${plural(runsPerWeek, 'run')} a week</strong>, by hour in UTC</p>${heatMap(byHour, 'run', 'Runs by schedule, by day and hour')}`,
    { aside: html`<a href="${link('/schedules')}">By hour</a>` },
  );
}
