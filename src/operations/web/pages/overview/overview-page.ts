/** Is everything fresh, what failed, what runs, what comes next. */
import { html } from 'hono/html';
import type { Visit } from '../../site.ts';
import { type Content, type Html, notice } from '../../view/elements.ts';
import { type Page, statusOf } from '../../view/layout.ts';
import { attentionCard } from './attention-card.ts';
import { headlineCard, headlineOf } from './headline-card.ts';
import { look, type Overview } from './overview-facts.ts';
import { runningCard, runsCard } from './runs-card.ts';
import { schedulesCard } from './schedules-card.ts';

const STARTS = {
  here: 'It has started, or starts after the current run.',
  queue: 'A worker starts it, after the current run of the organization.',
} as const;

/** `GET /` */
export async function overviewPage(visit: Visit): Promise<Page> {
  const overview = await look(visit.site);
  const done = visit.query('done');
  const said =
    done === 'run'
      ? notice('good', 'Run requested.', STARTS[visit.site.control.role === 'planner' ? 'queue' : 'here'])
      : done === 'cancel'
        ? notice('good', 'Cancel requested.', 'The run stops after its current step. Loaded data is kept.')
        : '';
  return {
    title: 'Overview',
    place: '/',
    status: statusOf(overview.answer.problem),
    isLive: true,
    body: html`${said}
<noscript><p class="muted">This page does not refresh by itself. <a href="/">Reload it</a></p></noscript>
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
${part('attention', attentionCard(visit.site, overview))}
${part('running', runningCard(visit, data))}
${part('schedules', schedulesCard(visit, overview))}
${part('runs', data === undefined ? '' : runsCard(visit, data))}`;
}
