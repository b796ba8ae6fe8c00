/** Asks for a list of answers: searched, filtered, sorted and paged by the database. */

import type { Asker } from '../../../../analytics/asker.ts';
import type { Row } from '../../../../core/database/database.ts';
import type { Part } from '../counted.ts';
import { idIn } from './id-in.ts';
import { anywhere } from './statement.ts';

/** A list: what it selects, and the words it is filtered and sorted by. */
export interface SqlList {
  /** CTEs that `from` and `beside` name, so that what is dear is worked out once. */
  readonly with?: (asker: Asker, of: string | undefined) => string;
  /** A JSON value about the whole list, which stands around it on its page. */
  readonly beside?: (asker: Asker) => string;
  readonly select: string;
  /** @param of the parameter that holds the object it is about; undefined where it is about all of them */
  from(asker: Asker, of: string | undefined, filter: string | undefined): string;
  /** Columns in which a text is looked for. */
  readonly searched: readonly string[];
  /** Condition for rows about one object; undefined if the list takes none. */
  readonly about?: (of: string) => string;
  /** The columns that an id is looked for in, where the text is one or an address. */
  readonly id: string;
  readonly url?: string;
  /** By their words in the address. */
  readonly filters: Readonly<Record<string, SqlFilter>>;
  /** By their words in the address; the first is the order where nothing else is asked for. */
  readonly sorts: Readonly<Record<string, SqlSort>>;
  /** Ends every order: rows that are alike would be on two pages, or on none. */
  readonly ties: string;
  /** Holds always. */
  readonly where?: string;
}

/** Some rows of a list. */
export interface SqlFilter {
  /** Its content, in words. */
  readonly says: string;
  readonly where: string;
}

/** An order of a list. */
export interface SqlSort {
  /** Its order, in words. */
  readonly title: string;
  readonly by: string;
  /** Begins with the greatest where nothing else is asked for. */
  readonly isDescending?: boolean;
}

/** A request for a list. */
interface Search {
  readonly of?: string | undefined;
  readonly text: string | undefined;
  readonly filter: string | undefined;
  readonly sort: string;
  readonly isDescending: boolean;
  /** Asks for what stands beside the rows. */
  readonly isWhole?: boolean;
}

export interface Listed<T> {
  readonly rows: readonly T[];
  /** Rows of all parts. */
  readonly total: number;
  /** See {@link SqlList.beside}; undefined where it was not asked for. */
  readonly beside?: unknown;
}

/** Rows of one part of a list. */
export async function list<T extends Row>(
  asker: Asker,
  what: SqlList,
  search: Search,
  { limit, offset }: Part,
): Promise<Listed<T>> {
  const values: (string | number)[] = search.of === undefined ? [] : [search.of];
  const of = search.of === undefined ? undefined : '$1';
  const about = of === undefined ? undefined : what.about?.(of);
  const filtered = own(what.filters, search.filter)?.where;
  const conditions = [what.where, about, filtered].filter((one) => one !== undefined);
  if (search.text !== undefined) {
    values.push(anywhere(search.text));
    const found = what.searched.map((column) => `${column} ilike $${values.length}`);
    const id = idIn(search.text);
    if (id !== undefined) {
      values.push(id);
      found.push(`${what.id} = $${values.length}`);
      if (what.url !== undefined) found.push(`right(${what.url}, ${id.length}) = $${values.length}`);
    }
    conditions.push(`(${found.join(' or ')})`);
  }
  const by = own(what.sorts, search.sort)?.by;
  const order = by === undefined ? '' : `${by}${search.isDescending ? ' desc' : ''} nulls last, `;
  values.push(limit, offset);
  const ctes = what.with === undefined ? '' : `with ${what.with(asker, of)}\n`;
  const sql = `select ${what.select},
       (count(*) over ())::integer as total
  from ${what.from(asker, of, search.filter)}
${conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}\n`} order by ${order}${what.ties}
 limit $${values.length - 1} offset $${values.length}`;
  if (search.isWhole !== true || what.beside === undefined) {
    const rows = await asker.rows<T & { total: number }>(ctes + sql, values);
    return { rows, total: rows[0]?.total ?? 0 };
  }
  // The facts beside the rows are there without a row as well.
  const found = await asker.rows<T & { total: number | null; beside: unknown }>(
    `${ctes}select b.beside, l.*
  from (select ${what.beside(asker)} as beside) b left join (${sql}) l on true`,
    values,
  );
  const rows = found.filter(({ total }) => total !== null);
  return { rows, total: rows[0]?.total ?? 0, beside: found[0]?.beside };
}

const own = <T>(of: Readonly<Record<string, T>>, word: string | undefined): T | undefined =>
  word !== undefined && Object.hasOwn(of, word) ? of[word] : undefined;
