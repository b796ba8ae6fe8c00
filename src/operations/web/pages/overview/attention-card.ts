/** The card of causes that need attention: each once, with its effects and the time of the next try. */
import { html } from 'hono/html';
import { count, spaced } from '../../../../core/words.ts';
import type { Site } from '../../site.ts';
import {
  ago,
  breakable,
  type Content,
  errorText,
  exportLink,
  type Html,
  runLink,
  section,
  status,
  time,
} from '../../view/elements.ts';
import type { Cause } from './causes.ts';
import { behindInWords } from './headline-card.ts';
import type { Overview } from './overview-facts.ts';
import type { Subject } from './subject.ts';

/** Names behind a cause that are shown without being asked for. */
const SHOWN = 6;
const MOST_CAUSES = 20;

/** See the head of this file; nothing where all is well. */
export function attentionCard(site: Site, { causes }: Overview): Content {
  if (causes.length === 0) return '';
  const more = causes.length - MOST_CAUSES;
  return section(
    'Needs attention',
    html`<ol class="causes">${causes.slice(0, MOST_CAUSES).map((cause) => causeItem(site, cause))}</ol>${
      more > 0
        ? html`<p class="muted">${count(more)} more: <a href="/streams?state=failed">streams that failed</a>, <a href="/alerts">alerts</a>.</p>`
        : ''
    }`,
    { aside: html`<a href="/alerts">Alerts</a>` },
  );
}

function causeItem(site: Site, { title, detail, tone, since, runId, behind, retryAt, alert }: Cause): Html {
  const now = site.now();
  const isPartial = behind.every(
    ({ freshness, partitionsFailed }) => freshness === 'fresh' && partitionsFailed > 0,
  );
  const parts: Content[] = [
    since === undefined ? '' : html`since ${time(since, now)}`,
    alert === undefined ? '' : html`<a href="/alerts">${spaced(alert)}</a>`,
    // A stream that the title names, and whose rows are fresh, does not wait.
    behind.length === 0 || isPartial ? '' : behindInWords(behind),
    retryAt === undefined ? '' : html`next try ${ago(retryAt, now)}`,
    runId === null ? '' : html`run ${runLink(runId)}`,
  ].filter((part) => part !== '');
  return html`<li class="cause tone-${tone}"><h3>${errorText(`${title}.`, 300)}</h3>
<p class="muted">${parts.map((part, i) => [i === 0 ? '' : ' · ', part])}</p>
${detail === '' ? '' : html`<p>${errorText(site.control.app.redact(detail), 600)}</p>`}
${behind.length === 0 ? '' : behind.length <= SHOWN ? names(behind) : html`<details><summary>Show them</summary>${names(behind)}</details>`}</li>`;
}

function names(behind: readonly Subject[]): Html {
  return html`<ul class="names">${behind.map(
    ({ name, freshness, partitionsFailed }) =>
      html`<li>${name.startsWith('export ') ? exportLink(name.slice(7), name) : html`<a href="/streams/${encodeURIComponent(name)}">${breakable(name)}</a>`} ${partitionsFailed > 0 && freshness === 'fresh' ? status('partial') : status(freshness)}</li>`,
  )}</ul>`;
}
