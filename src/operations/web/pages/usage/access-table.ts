/** Tables of access, as the pages of a document and of a member show them. */
import { html } from 'hono/html';
import { type AccessRow, MOST_ACCESS } from '../../data/usage/access-rows.ts';
import { type Content, empty, type Html, link } from '../../view/elements.ts';
import { type Column, foldedTable, groupsOf, text } from '../../view/table.ts';
import { FULL_ACCESS } from '../../view/usage-elements.ts';
import { count, plural } from '../../../../core/words.ts';

/** Columns that end each table of access. */
export const accessColumns = (
  pair: (row: AccessRow) => readonly [member: string, object: string],
): readonly Column<AccessRow>[] => [
  text('Permission', (row) => row.permission),
  text('Through', through, { isWide: true }),
  { title: 'Paths', cell: (row) => why(...pair(row)) },
];

/** What rows have in common: `edit through team Sales`. */
const alike = ({ permission, administrates, ways }: AccessRow): string => {
  if (administrates) return 'with full access, as administrators';
  const one = ways === 'direct' ? 'a direct grant' : ways === 'owner' ? 'ownership' : (ways ?? '');
  return `${permission} through ${one}`;
};

/** Full access first, then what else there is. */
const through = ({ administrates, ways }: AccessRow): string =>
  [administrates ? FULL_ACCESS : '', ways ?? ''].filter((way) => way !== '').join(', ');

const why = (member: string, object: string): Html =>
  html`<a href="${link('/access', { member, object })}">why?</a>`;

/** The first rows, those with the same access in the same way as one line that opens, and how many there are. */
export function accessTable(
  rows: readonly AccessRow[],
  caption: string,
  columns: readonly Column<AccessRow>[],
  /** What a row is one of. */
  one: string,
  nothing: string,
): Content {
  if (rows.length === 0) return empty(nothing);
  const total = rows[0]?.total ?? 0;
  const rest =
    total > MOST_ACCESS
      ? html`<p class="muted">The first ${count(MOST_ACCESS)} of ${count(total)}; the SQL below gives all without its limit.</p>`
      : '';
  const groups = groupsOf(rows, alike);
  return [foldedTable(caption, columns, groups, (of) => plural(of, one)), rest];
}
