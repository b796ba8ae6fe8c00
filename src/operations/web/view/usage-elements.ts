/** What the pages about usage have in common. */
import { html } from 'hono/html';
import type { Statement } from '../../../analytics/asker.ts';
import { readable } from '../data/usage/statement.ts';
import { ago, type Content, type Html, link, notice, type Place, places, sectionId } from './elements.ts';
import { count } from '../../../core/words.ts';

const PLACES: readonly Place[] = [
  ['/workbooks', 'Workbooks'],
  ['/workbooks/stale', 'Stale'],
  ['/reports', 'Reports'],
  ['/members', 'Members'],
  ['/access', 'Who sees what'],
  ['/access/exposure', 'Exposure'],
];

/** Where nobody is known to have opened something: recent files reach back only so far, so that "never" would be a guess. */
export const NOT_LATELY = 'not lately';

/** Links between the pages about usage. */
export function usageNav(place: string): Html {
  return html`<nav class="sub" aria-label="Usage"><ul>${places(PLACES, place)}</ul></nav>`;
}

/** Links to the sections of a long page: a table before them may have hundreds of links. */
export function onThisPage(titles: readonly string[]): Html {
  return html`<nav class="jumps" aria-label="On this page"><ul>${titles.map(
    (title) => html`<li><a href="#${sectionId(title)}">${title}</a></li>`,
  )}<li><a href="#sql">The SQL</a></li></ul></nav>`;
}

/** The statements that a page was made of, to copy, and when the answers changed last. */
export function sqlBox(statements: readonly Statement[], refreshedAt: Date | null, now: Date): Html {
  return html`<details class="card sql" id="sql"><summary>The SQL behind this page</summary>
${statements.map(
  (statement, i) =>
    html`<pre tabindex="0" role="region" aria-label="Statement ${i + 1}"><code>${readable(statement)}</code></pre>`,
)}
<p class="muted">The answers in <code>sigma_analytics</code> changed ${ago(refreshedAt, now)}.</p></details>`;
}

/** Stands where there are no answers yet. */
export function noAnswers(): Html {
  return notice(
    'info',
    'There are no answers yet.',
    html`They are made by <code>sigma-sync analytics refresh</code>, and by each sync where <code>analytics.enabled</code> is true, which it is by default.`,
  );
}

/** Link to a workbook. */
export function workbookLink(id: string, name: string | null): Html {
  return html`<a href="/workbooks/${encodeURIComponent(id)}">${titled(name)}</a>`;
}

/** Link to a member; a dash where there is none. */
export function memberLink(id: string | null | undefined, name: string | null | undefined): Html {
  if (id === null || id === undefined) return html`<span class="muted">–</span>`;
  return html`<a href="/members/${encodeURIComponent(id)}">${titled(name ?? id)}</a>`;
}

/** A name that may be empty or nothing but spaces. */
export function titled(name: string | null | undefined): string {
  return name === null || name === undefined || name.trim() === '' ? '(no name)' : name;
}

/** Links to the pages of a list, and how many rows there are. */
export function pages(
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  page: number,
  total: number,
  size: number,
): Content {
  const last = Math.max(1, Math.ceil(total / size));
  const to = (n: number): string => link(path, { ...query, page: n === 1 ? undefined : String(n) });
  return html`<nav class="pager" aria-label="Pages">${
    page > 1 ? html`<a rel="prev" href="${to(Math.min(page, last + 1) - 1)}">← Previous</a>` : ''
  } <span class="muted">${count(total)} in all, page ${count(page)} of ${count(last)}</span> ${
    page < last ? html`<a rel="next" href="${to(page + 1)}">Next →</a>` : ''
  }</nav>`;
}
