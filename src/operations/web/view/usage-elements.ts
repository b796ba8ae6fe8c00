/** What the pages about usage have in common. */
import { html } from 'hono/html';
import type { Asker, Statement } from '../../../analytics/asker.ts';
import { asked, readable } from '../data/usage/statement.ts';
import type { Visit } from '../site.ts';
import { ago, type Content, type Html, link, notice, type Place, places, sectionId } from './elements.ts';
import { type Page, pageOf } from './layout.ts';
import { count } from '../../../core/words.ts';

const PLACES: readonly Place[] = [
  ['/workbooks', 'Workbooks'],
  ['/reports', 'Reports'],
  ['/workbooks/stale', 'Stale'],
  ['/members', 'Members'],
  ['/access', 'Who sees what'],
  ['/access/exposure', 'Exposure'],
];

/** Where nobody is known to have opened something: recent files reach back only so far, so that "never" would be a guess. */
export const NOT_LATELY = 'not lately';

/** Links between the pages about usage. */
function usageNav(place: string): Html {
  return html`<nav class="sub" aria-label="Usage"><ul>${places(PLACES, place)}</ul></nav>`;
}

/** Links to the sections of a long page: a table before them may have hundreds of links. */
export function onThisPage(titles: readonly string[]): Html {
  return html`<nav class="jumps" aria-label="On this page"><ul>${titles.map(
    (title) => html`<li><a href="#${sectionId(title)}">${title}</a></li>`,
  )}<li><a href="#sql">The SQL</a></li></ul></nav>`;
}

/** The statements that a page was made of, to copy, and when the answers changed last. */
function sqlBox(statements: readonly Statement[], refreshedAt: Date | null, now: Date): Html {
  return html`<details class="card sql" id="sql"><summary>The SQL behind this page</summary>
${statements.map(
  (statement, i) =>
    html`<pre tabindex="0" role="region" aria-label="Statement ${i + 1}"><code>${readable(statement)}</code></pre>`,
)}
<p class="muted">The answers in <code>sigma_analytics</code> changed ${ago(refreshedAt, now)}.</p></details>`;
}

/** Stands where there are no answers yet. */
function noAnswers(): Html {
  return notice(
    'info',
    'There are no answers yet.',
    html`They are made by <code>sigma-sync analytics refresh</code>, and by each sync where <code>analytics.enabled</code> is true, which it is by default.`,
  );
}

/** Kinds of objects that have a page, and where. */
const PAGES: Readonly<Record<string, string>> = { workbook: '/workbooks', report: '/reports' };

/** An object by its name, which leads to its page where its kind has one. */
export function objectLink(type: string | null, id: string, name: string | null): Html | string {
  const page = type !== null && Object.hasOwn(PAGES, type) ? PAGES[type] : undefined;
  if (page === undefined) return titled(name);
  return html`<a href="${page}/${encodeURIComponent(id)}">${titled(name)}</a>`;
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

/** What a row holds as text; nothing where it is null. */
export const textIn = (value: unknown): string =>
  value === null || value === undefined ? '' : String(value);

/** A page before it is known whether there are answers. */
export interface UsagePage<T> {
  readonly title: string;
  readonly lead?: Content;
  /** Its entry, or that of its list, among the pages about usage. */
  readonly nav: string;
  ask(asker: Asker): Promise<T>;
  /** The page where there is an answer; `sql` goes to its end. */
  show(value: T, parts: UsageParts): Shown;
}

/** What goes around an answer. */
export interface UsageParts {
  readonly nav: Html;
  readonly sql: Content;
  readonly now: Date;
}

/** The body, and what replaces parts of the frame. */
type Shown = Partial<Page> & Pick<Page, 'body'>;

/** Asks and shows. */
export async function usagePage<T>(
  { site }: Visit,
  { title, lead, nav: place, ask, show }: UsagePage<T>,
): Promise<Page> {
  const answer = await site.questions.askDatabase((database, schemas) => asked(database, schemas, ask));
  const frame = { title, place: '/workbooks', ...(lead === undefined ? {} : { lead }) };
  return pageOf(site, frame, answer, (found) => {
    const nav = usageNav(place);
    if (found === undefined) return { body: html`${nav}${noAnswers()}` };
    const { value, statements, refreshedAt } = found;
    const now = site.now();
    const sql = statements.length === 0 ? '' : sqlBox(statements, refreshedAt, now);
    return show(value, { nav, sql, now });
  });
}

/** What is said of an administrator before their grants. */
export const FULL_ACCESS = 'Full access: administrator';
