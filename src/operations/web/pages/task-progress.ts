/** Progress and outcome of a requested task, in place. */
import { html } from 'hono/html';
import { spaced } from '../../../core/words.ts';
import type { Visit } from '../site.ts';
import type { EndedTask } from '../task.ts';
import { ago, errorText, type Html, link, notice, runLink } from '../view/elements.ts';
import { toneOf } from '../view/tone.ts';
import { runningJob } from './overview/runs-card.ts';

/** So long its end is news. */
const NEWS_MS = 15 * 60_000;
/** Tasks that are asked for at once. */
const MOST = 4;

/** A part that refreshes itself while one of these tasks is under way, and what the page has to say to be refreshed. */
export function taskProgress(
  visit: Visit,
  names: readonly string[],
): { readonly body: Html; readonly isLive: boolean } {
  const isLive = visit.site.control.running().some(({ name }) => names.includes(name));
  const path = link('/live/tasks', { name: names });
  return {
    isLive,
    body: html`<p id="live-said" class="sr" role="status" aria-live="polite"></p>
<div data-live-path="${path}">${parts(visit, names)}</div>`,
  };
}

/** `GET /live/tasks?name=…` */
export const liveTasks = (visit: Visit): Html => parts(visit, visit.queries('name').slice(0, MOST));

function parts(visit: Visit, names: readonly string[]): Html {
  const { control } = visit.site;
  const running = control.running().filter(({ name }) => names.includes(name));
  const under = new Set(running.map(({ name }) => name));
  const oldest = visit.site.now().getTime() - NEWS_MS;
  const ended = names
    .filter((name) => !under.has(name))
    .flatMap((name) => control.ended(name) ?? [])
    .filter(({ finishedAt }) => finishedAt.getTime() > oldest);
  const said = [
    ...running.map(({ name }) => `${name}: running`),
    ...ended.map(({ name, status }) => `${name}: ${spaced(status)}`),
  ];
  return html`<p data-said hidden>${said.join('. ')}</p><div id="live-tasks" data-live>${
    running.length === 0
      ? ''
      : html`<section class="card" aria-label="In progress">${running.map((job) => runningJob(visit, job))}</section>`
  }${ended.map((one) => endOf(visit, one))}</div>`;
}

const TONES = { good: 'good', warn: 'warn', bad: 'bad' } as const;

function endOf({ site }: Visit, { name, status, runId, error, finishedAt }: EndedTask): Html {
  const tone = toneOf(status);
  const { redact } = site.control.app;
  return notice(
    tone === 'good' || tone === 'warn' || tone === 'bad' ? TONES[tone] : 'info',
    `${name}: ${spaced(status)}`,
    html`${ago(finishedAt, site.now())}${runId === undefined ? '' : html` · run ${runLink(runId)}`}${error === undefined ? '' : html`<span class="note">${errorText(redact(error), 600)}</span>`}`,
  );
}
