/** What every page about usage begins with: it asks, and says why where there is no answer. */
import { html } from 'hono/html';
import type { Asker } from '../../../../analytics/asker.ts';
import { asked } from '../../data/usage/statement.ts';
import type { Visit } from '../../site.ts';
import { type Page, pageOf } from '../../view/layout.ts';
import type { Content, Html } from '../../view/elements.ts';
import { noAnswers, sqlBox, usageNav } from '../../view/usage-elements.ts';

/** A page before it is known whether there are answers. */
export interface UsagePage<T> {
  readonly title: string;
  readonly lead?: Content;
  /** Its entry among the pages about usage; empty where it has none. */
  readonly nav: string;
  ask(asker: Asker): Promise<T>;
  /** The page where there is an answer; `sql` goes to its end. */
  show(value: T, parts: { readonly nav: Html; readonly sql: Content; readonly now: Date }): Shown;
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
