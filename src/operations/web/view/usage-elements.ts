/** Elements that the pages about usage share. */
import { html } from 'hono/html';
import type { Asker, Statement } from '../../../analytics/asker.ts';
import { cut } from '../../../core/words.ts';
import { asked, readable } from '../data/usage/statement.ts';
import type { Place, Visit } from '../site.ts';
import { addressOf } from './addresses.ts';
import { ago, type Content, type Html, notice, places, sectionId } from './elements.ts';
import { type Page, pageOf } from './layout.ts';
import { USAGE_GROUPS } from './places.ts';

/**
 * Said if nobody is known to have opened something: recent files reach back only so far, so "never" would be a guess.
 */
export const NOT_LATELY = 'not recently';

/** Links between the pages about usage. */
export function usageNav(place: string, isPage = true): Html {
  return html`<nav class="sub" aria-label="Usage"><ul>${USAGE_GROUPS.map(([about, entries]) => {
    const isHere = entries.some(([path]) => path === place);
    const [first = ''] = entries[0] ?? [];
    // In a narrow window the other groups are only links.
    return html`<li${isHere ? html` class="here"` : ''}><span>${about}</span><a class="about" href="${first}">${about}</a><ul>${places(entries, place, isPage)}</ul></li>`;
  })}</ul></nav>`;
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
<p class="muted">The answers in <code>sigma_analytics</code> last changed ${ago(refreshedAt, now)}.</p></details>`;
}

/** Stands where there are no answers yet. */
export function noAnswers(): Html {
  return notice(
    'info',
    'There are no answers yet.',
    html`Run <code>sigma-sync analytics refresh</code>. Each sync also creates them if <code>analytics.enabled</code> is true, the default.`,
  );
}

/** Characters of a name that a list shows; its page has all of it. */
const MOST_NAME = 120;

/** A name as a list shows it. */
export const listed = (name: string | null | undefined): string => cut(titled(name), MOST_NAME);

/** An object by its name, which leads to its page where its kind has one. */
export function objectLink(type: string | null, id: string, name: string | null): Html | string {
  const href = addressOf(type, id);
  return href === undefined ? listed(name) : html`<a href="${href}">${listed(name)}</a>`;
}

/** Characters of a folder that stand on one line. */
const MOST_FOLDER = 44;

/** A folder by its last names, with a sign where there are more; all of them are its title. */
export function folder(path: string | null | undefined): Html | string {
  if (path === null || path === undefined || path.length <= MOST_FOLDER) return path ?? '';
  const names = path.split('/');
  let shown = names.pop() ?? '';
  for (
    let next = names.pop();
    next !== undefined && shown.length + next.length < MOST_FOLDER;
    next = names.pop()
  )
    shown = `${next}/${shown}`;
  return html`<span title="${cut(path, 1000)}">…/${cut(shown, MOST_NAME)}</span>`;
}

/** Link to a member; a dash where there is none. */
export function memberLink(id: string | null | undefined, name: string | null | undefined): Html {
  if (id === null || id === undefined) return html`<span class="muted">–</span>`;
  return html`<a href="/members/${encodeURIComponent(id)}">${listed(name ?? id)}</a>`;
}

/** A name that may be empty or nothing but spaces. */
export function titled(name: string | null | undefined): string {
  return name === null || name === undefined || name.trim() === '' ? '(no name)' : name;
}

/** A row's value as text; empty if it is null. */
export const textIn = (value: unknown): string =>
  value === null || value === undefined ? '' : String(value);

/** A page before it is known whether there are answers. */
export interface UsagePage<T> {
  readonly title: string;
  readonly lead?: Content;
  /** Its entry, or that of its list, among the pages about usage. */
  readonly nav: string;
  /** Pages that it is below. */
  readonly crumbs?: readonly Place[];
  ask(asker: Asker): Promise<T>;
  /** The page where there is an answer; `sql` goes to its end. */
  show(value: T, parts: UsageParts): Shown;
}

/** Content around an answer. */
export interface UsageParts {
  readonly sql: Content;
  readonly now: Date;
}

/** The body, and what replaces parts of the frame. */
type Shown = Partial<Page> & Pick<Page, 'body'>;

/** Asks and shows. */
export async function usagePage<T>(
  { site }: Visit,
  { title, lead, nav: place, crumbs, ask, show }: UsagePage<T>,
): Promise<Page> {
  const answer = await site.questions.askDatabase((database, schemas) => asked(database, schemas, ask));
  const frame = {
    ...{ title, place: '/workbooks', nav: usageNav(place, crumbs === undefined) },
    ...(lead === undefined ? {} : { lead }),
    ...(crumbs === undefined ? {} : { crumbs }),
  };
  return pageOf(site, frame, answer, (found) => {
    if (found === undefined) return { body: noAnswers() };
    const { value, statements, refreshedAt } = found;
    const now = site.now();
    const sql = statements.length === 0 ? '' : sqlBox(statements, refreshedAt, now);
    return show(value, { sql, now });
  });
}

/** Said of an administrator before their grants. */
export const FULL_ACCESS = 'Full access: administrator';
