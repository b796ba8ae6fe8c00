/** Lists of the analytics schema: a statement with the words it is filtered and sorted by, and the page over it. */

import type { Asker } from '../../../analytics/asker.ts';
import type { Row } from '../../../core/database/database.ts';
import { list as ask, type SqlList } from '../data/usage/ask-list.ts';
import { asked } from '../data/usage/statement.ts';
import { noAnswers, sqlBox, usageNav } from '../view/usage-elements.ts';
import type { List, ListPart, ListSearch } from './list.ts';

/** The part that a list of answers adds to its rows. */
export interface AnswerList<T extends Row>
  extends Pick<
    List<T>,
    'path' | 'title' | 'lead' | 'crumbs' | 'placeholder' | 'columns' | 'more' | 'nothing'
  > {
  readonly what: SqlList;
  /** The entry of the navigation of its section; default its own. */
  readonly nav?: string;
  /** The filter where the address names none; default `all`. */
  readonly filter?: string;
  /** Content around the rows: their subject, totals, a picture. */
  readonly around?: (asker: Asker, search: ListSearch, beside: unknown) => Promise<Around>;
}

/** See {@link AnswerList.around}. */
type Around = Pick<ListPart<unknown>, 'title' | 'crumbs' | 'lead' | 'above'>;

/** Rows of a page of a list. */
export const PAGE_ROWS = 50;

/** The list of a declaration. */
export function answerList<T extends Row>(declared: AnswerList<T>): List<T> {
  const { what, nav, filter = 'all', around, ...rest } = declared;
  const said = Object.entries(what.filters).map(([word, { says }]) => [word, says] as const);
  return {
    ...rest,
    isAbout: what.about !== undefined,
    place: '/workbooks',
    nav: usageNav(nav ?? declared.path, nav === undefined),
    size: PAGE_ROWS,
    filters:
      said.length === 0
        ? []
        : [
            {
              name: 'filter',
              label: 'Filter',
              options: { ...Object.fromEntries(said), all: 'All' },
              standard: filter,
            },
          ],
    sorts: Object.fromEntries(
      Object.entries(what.sorts).map(([name, { title, isDescending = false }]) => [
        name,
        { title, isDescending },
      ]),
    ),
    without: noAnswers(),
    async read(site, search, rows) {
      const answer = await site.questions.askDatabase((database, schemas) =>
        asked(database, schemas, async (asker) => {
          // A download has no use for what is around.
          const isWhole = rows.limit === PAGE_ROWS;
          const wanted = { ...search, filter: search.filters['filter'], isWhole };
          const { beside, ...part } = await ask<T>(asker, what, wanted, rows);
          return { part, more: isWhole ? await around?.(asker, search, beside) : undefined };
        }),
      );
      if (answer.problem !== undefined) return answer;
      if (answer.value === undefined) return { value: undefined };
      const { value, statements, refreshedAt } = answer.value;
      const version = refreshedAt?.toISOString() ?? '';
      return {
        value: { ...value.part, ...value.more, version, below: sqlBox(statements, refreshedAt, site.now()) },
      };
    },
  };
}
