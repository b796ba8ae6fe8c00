/** Who can see an object, and what a member can see: full access first, then what was granted. */
import { html } from 'hono/html';
import { type AccessRow, hasFullAccess, MOST_ACCESS, type MemberView } from '../../data/usage/one-row.ts';
import { type Column, type Content, empty, type Html, link, table } from '../../view/elements.ts';
import { FULL_ACCESS, memberLink, titled, workbookLink } from '../../view/usage-elements.ts';
import { count } from '../../../../core/words.ts';

const why = (member: string, object: string): Html =>
  html`<a href="${link('/access', { member, object })}">why?</a>`;

/** Full access first, then what else there is. */
const through = ({ administrates, ways }: AccessRow): string =>
  [administrates ? FULL_ACCESS : '', ways ?? ''].filter((way) => way !== '').join(', ');

const memberColumns = (object: string): readonly Column<AccessRow>[] => [
  {
    ...{ title: 'Member', isHead: true, isWide: true },
    cell: (row) =>
      html`${memberLink(row.member_id, row.member_name)}<span class="note">${row.email ?? ''}</span>`,
  },
  { title: 'Permission', cell: (row) => row.permission },
  { title: 'Through', cell: through },
  { title: 'Paths', cell: (row) => why(row.member_id, object) },
];

function accessTable(
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

const objectColumns = (member: string): readonly Column<AccessRow>[] => [
  {
    ...{ title: 'Object', isHead: true, isWide: true },
    cell: (row) =>
      html`${row.type === 'workbook' ? workbookLink(row.inode_id, row.name) : titled(row.name)}<span class="note">${row.folder_path ?? ''}</span>`,
  },
  { title: 'Type', cell: (row) => row.type },
  { title: 'Permission', cell: (row) => row.permission },
  { title: 'Through', cell: through },
  { title: 'Paths', cell: (row) => why(member, row.inode_id) },
];

/** Members who can see a workbook. */
export function seersOf(id: string, rows: readonly AccessRow[]): Content {
  return accessTable(rows, 'Members who can see this workbook', memberColumns(id), 'Nobody.');
}

/** What a member can see. */
export function reachOf(id: string, { member, access }: MemberView): Content {
  const isFull = hasFullAccess(member);
  const listed = accessTable(
    access,
    'Objects this member can see',
    objectColumns(id),
    isFull ? 'Nothing was granted to them, and they own nothing.' : 'Nothing.',
  );
  return isFull
    ? html`<p><strong>${FULL_ACCESS}</strong>. They see everything and may change it. This is what grants, teams and ownership let them see:</p>${listed}`
    : listed;
}
