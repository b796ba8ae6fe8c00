/** The definition of a view over all organizations: its columns, and the statement that creates it. Pure. */
import { quoteLiteral, quoteName, quoteTable } from '../core/database/database.ts';

/** A column with its type, as SQL writes it. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly comment: string | null;
}

/** One organization's table, or answer, of a name. */
export interface Source {
  readonly organization: string;
  readonly schema: string;
  readonly comment: string | null;
  readonly columns: readonly Column[];
}

/** A view as it is to be. */
export interface View {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly comment: string;
  /** The SELECT. */
  readonly body: string;
}

const ORGANIZATION: Column = {
  name: 'organization',
  type: 'text',
  comment: 'Organization of the row, as the settings call it',
};

/** By the end of its comment a view is known as one of ours. */
export const MARK = 'Over all organizations.';

/**
 * The view of a name over the tables of all organizations. Columns are those of the table that has most of them, the
 * newest, then those of others; a table without one of them, or with another type of it, gives null.
 *
 * @param before columns of the view that is there: those keep their order, because views of others may depend on it.
 * @param isUsed true if they do: columns that no table has any more stay, and are null.
 */
export function defineView(
  name: string,
  sources: readonly Source[],
  before: readonly Column[],
  isUsed: boolean,
): View {
  const newest = [...sources].sort((a, b) => b.columns.length - a.columns.length);
  const wanted = new Map<string, Column>([[ORGANIZATION.name, ORGANIZATION]]);
  for (const { columns } of newest)
    for (const column of columns) if (!wanted.has(column.name)) wanted.set(column.name, column);
  // Without an organization, only the columns of the view itself are known.
  if (sources.length === 0 || isUsed)
    for (const column of before) if (!wanted.has(column.name)) wanted.set(column.name, column);
  const kept = canBeReplaced(before, [...wanted.values()]) ? before.map(({ name: key }) => key) : [];
  const order = [...new Set([...kept, ...wanted.keys()])];
  const columns = order.flatMap((key) => wanted.get(key) ?? []);
  const comment = newest[0]?.comment ?? '';
  return {
    ...{ name, columns },
    comment: `${comment}${comment === '' ? '' : ' '}${MARK}`,
    body: bodyOf(name, sources, columns),
  };
}

/** True where the columns of a view stay as they are, but for new ones at their end. */
export function canBeReplaced(before: readonly Column[], wanted: readonly Column[]): boolean {
  const types = new Map(wanted.map(({ name, type }) => [name, type]));
  return before.every(
    ({ name, type }, index) => types.get(name) === type && (index > 0 || name === 'organization'),
  );
}

/** The SELECT over the sources; of none it has no rows. */
export function bodyOf(name: string, sources: readonly Source[], columns: readonly Column[]): string {
  const select = (value: (column: Column) => string): string =>
    columns.map((column) => `${value(column)} as ${quoteName(column.name)}`).join(', ');
  if (sources.length === 0) return `select ${select(({ type }) => `null::${type}`)} where false`;
  return sources
    .map(({ organization, schema, columns: own }) => {
      const types = new Map(own.map((column) => [column.name, column.type]));
      const value = ({ name: column, type }: Column): string =>
        types.get(column) === type ? `t.${quoteName(column)}` : `null::${type}`;
      const [, ...rest] = columns;
      const listed = rest.map((column) => `, ${value(column)} as ${quoteName(column.name)}`).join('');
      return `select ${quoteLiteral(organization)}::text as organization${listed} from ${quoteTable(schema, name)} t`;
    })
    .join('\nunion all\n');
}
