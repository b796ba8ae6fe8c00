/** Tables of access, as the pages of a document and of a member show them. */
import { html } from 'hono/html';
import { plural } from '../../../../core/words.ts';
import { isId } from '../../address-parts.ts';
import { totalOf } from '../../data/counted.ts';
import { type AccessRow, allAccess } from '../../data/usage/access-rows.ts';
import { asked } from '../../data/usage/statement.ts';
import { csvOf, type Download, type NoDownload } from '../../lists/download.ts';
import type { Visit } from '../../site.ts';
import { type Content, empty, type Html, link, listHead } from '../../view/elements.ts';
import { type Column, foldedTable, groupsOf, text } from '../../view/table.ts';
import { FULL_ACCESS } from '../../view/usage-elements.ts';

/** Columns that end each table of access. */
export const accessColumns = (
  pair: (row: AccessRow) => readonly [member: string, object: string],
): readonly Column<AccessRow>[] => [
  text('Permission', (row) => row.permission),
  text('Through', through, { isWide: true }),
  { title: 'Paths', cell: (row) => why(...pair(row)) },
];

/** The part that grouped rows share: `edit through team Sales`. */
const alike = ({ permission, administrates, ways }: AccessRow): string => {
  if (administrates) return 'with full access, as administrators';
  return `${permission} through ${ways ?? ''}`;
};

/** Full access first, then what else there is. */
const through = ({ administrates, ways }: AccessRow): string =>
  [administrates ? FULL_ACCESS : '', ways ?? ''].filter((way) => way !== '').join(', ');

const why = (member: string, object: string): Html =>
  html`<a href="${link('/access', { member, object })}">why?</a>`;

const DATA: readonly Column<AccessRow>[] = [
  text('Member', (row) => row.member_name),
  text('Email', (row) => row.email),
  text('Object', (row) => row.name),
  text('Type', (row) => row.type),
  text('Folder', (row) => row.folder_path),
  text('Permission', (row) => row.permission),
  text('Through', through),
  { title: 'Administrator', cell: () => '', value: (row) => row.administrates },
  text('Member id', (row) => row.member_id),
  text('Object id', (row) => row.inode_id),
];

/** Rows of a download that are read at once. */
const DOWNLOADED = 5000;

/** `GET` of `access.csv` below a workbook, a report or a member: all of it. */
export async function accessDownload(
  { site, param }: Visit,
  of: 'inode_id' | 'member_id',
): Promise<Download | NoDownload> {
  const id = param('id');
  if (!isId(id)) return { problem: 'none' };
  const whose = of === 'inode_id' ? { inode_id: id } : { member_id: id };
  return csvOf<AccessRow, string>('access', DATA, async (after = '') => {
    const answer = await site.questions.askDatabase((database, schemas) =>
      asked(database, schemas, (asker) => allAccess(asker, whose, { limit: DOWNLOADED, after })),
    );
    if (answer.problem !== undefined) return answer;
    const rows = answer.value?.value;
    const last = rows?.length === DOWNLOADED ? rows.at(-1) : undefined;
    const next = of === 'inode_id' ? last?.member_id : last?.inode_id;
    return { value: rows === undefined ? undefined : { rows, next } };
  });
}

/** The first rows, those with the same access in the same way as one line that opens, and how many there are. */
export function accessTable(
  rows: readonly AccessRow[],
  caption: string,
  columns: readonly Column<AccessRow>[],
  /** Noun for a row. */
  one: string,
  nothing: string,
  /** Address of its download. */
  file: string,
): Content {
  if (rows.length === 0) return empty(nothing);
  const groups = groupsOf(rows, (row) => (one === 'object' ? `they can ${alike(row)}` : alike(row)));
  return [
    listHead(totalOf(rows), rows.length, file),
    foldedTable(caption, columns, groups, (of, way) => html`<strong>${plural(of, one)}</strong> ${way}`),
  ];
}
