/** Tables of access, as the pages of a document and of a member show them. */
import { html } from 'hono/html';
import { type AccessRow, MOST_ACCESS } from '../../data/usage/access-rows.ts';
import { type Content, empty, type Html, link } from '../../view/elements.ts';
import { type Column, table } from '../../view/table.ts';
import { FULL_ACCESS } from '../../view/usage-elements.ts';
import { count } from '../../../../core/words.ts';

/** Columns that end each table of access. */
export const accessColumns = (
  pair: (row: AccessRow) => readonly [member: string, object: string],
): readonly Column<AccessRow>[] => [
  { title: 'Permission', cell: (row) => row.permission },
  { title: 'Through', isWide: true, cell: through },
  { title: 'Paths', cell: (row) => why(...pair(row)) },
];

/** Full access first, then what else there is. */
const through = ({ administrates, ways }: AccessRow): string =>
  [administrates ? FULL_ACCESS : '', ways ?? ''].filter((way) => way !== '').join(', ');

const why = (member: string, object: string): Html =>
  html`<a href="${link('/access', { member, object })}">why?</a>`;

/** The first rows, and how many there are. */
export function accessTable(
  rows: readonly AccessRow[],
  caption: string,
  columns: readonly Column<AccessRow>[],
  nothing: string,
): Content {
  if (rows.length === 0) return empty(nothing);
  const total = rows[0]?.total ?? 0;
  const rest =
    total > MOST_ACCESS
      ? html`<p class="muted">The first ${count(MOST_ACCESS)} of ${count(total)}; the SQL below gives all without its limit.</p>`
      : '';
  return html`${table(caption, columns, rows)}${rest}`;
}
