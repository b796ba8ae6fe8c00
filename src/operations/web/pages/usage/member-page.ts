/** One member. */
import { html } from 'hono/html';
import { count, plural, spaced } from '../../../../core/words.ts';
import { isId } from '../../address-parts.ts';
import { totalOf } from '../../data/counted.ts';
import type { AccessRow } from '../../data/usage/access-rows.ts';
import {
  hasFullAccess,
  type MemberGrant,
  type MemberView,
  memberGrants,
  memberView,
} from '../../data/usage/one-member.ts';
import type { Download, NoDownload } from '../../lists/download.ts';
import type { Visit } from '../../site.ts';
import {
  ago,
  type Content,
  cutNote,
  empty,
  facts,
  type Html,
  link,
  listHead,
  section,
} from '../../view/elements.ts';
import type { Page } from '../../view/layout.ts';
import { type Column, table, text } from '../../view/table.ts';
import {
  FULL_ACCESS,
  folder,
  NOT_LATELY,
  objectLink,
  onThisPage,
  textIn,
  titled,
  type UsageParts,
} from '../../view/usage-elements.ts';
import { accessColumns, accessTable } from './access-table.ts';
import { answerDownload } from './answer-download.ts';
import { objectPage } from './object-page.ts';

/** `GET /members/:id` */
export function memberPage(visit: Visit): Promise<Page> {
  return objectPage(visit, {
    title: 'Member',
    nav: '/members',
    crumbs: [['/members', 'Members']],
    missing: 'There is no such member, or it was deleted.',
    ask: memberView,
    show: shownMember,
  });
}

function shownMember(id: string, value: MemberView, { sql, now }: UsageParts) {
  const { member, opened, grants } = value;
  return {
    title: titled(member['name'] as string | null),
    lead: html`${textIn(member['email'])}${member['is_archived'] === true ? ', archived' : ''}`,
    body: html`<div class="card">${memberFacts(value, now)}</div>
${onThisPage(['Access', 'Recent files', ...(grants.length === 0 ? [] : ['Direct grants'])])}
${section('Access', reachOf(id, value), { aside: html`<a href="${link('/access/changes', { of: id })}">Access changes</a>` })}
${section(
  'Recent files',
  [
    cutNote(totalOf(opened), opened.length, 'latest'),
    table(
      'Recent files',
      [
        {
          title: 'File',
          isHead: true,
          isWide: true,
          cell: (row) => objectLink(row.type, row.file_id, row.name),
        },
        { title: 'Type', cell: (row) => textIn(row.type) },
        { title: 'Opened', cell: (row) => ago(row.last_interaction_at, now) },
      ],
      opened,
      empty('No recent files.'),
    ),
  ],
  { aside: html`<a href="${link('/openings', { of: id })}">All, with times</a>` },
)}
${grants.length === 0 ? '' : section('Direct grants', grantTable(id, grants))}
${sql}`,
  };
}

/** Objects that a member can see. For an administrator it also tells which other ways let them see it. */
function reachOf(id: string, { member, access }: MemberView): Content {
  const isFull = hasFullAccess(member);
  // A sentence above the table says once that they are an administrator.
  const rows = isFull ? access.map((row) => ({ ...row, administrates: false })) : access;
  const listed = accessTable(
    rows,
    'Objects this member can see',
    objectColumns(id),
    'object',
    isFull ? 'No grants and no content of their own.' : 'No access to any object.',
    `/members/${encodeURIComponent(id)}/access.csv`,
  );
  return isFull
    ? html`<p><strong>${FULL_ACCESS}</strong>. They can see and change everything. Grants, teams and ownership alone give this:</p>${listed}`
    : listed;
}

function memberFacts({ member: m }: MemberView, now: Date): Html {
  return facts([
    { name: 'Account type', value: spaced(textIn(m['member_type'])), note: textIn(m['verdict']) },
    { name: 'Last seen', value: ago(m['last_seen_at'] as Date | null, now, NOT_LATELY) },
    { name: 'Opened', value: plural(Number(m['opened']), 'file') },
    {
      name: 'Published',
      value: plural(Number(m['published']), 'version'),
      note: ago(m['last_published_at'] as Date | null, now),
    },
    {
      name: 'Owns',
      value: plural(Number(m['workbooks']), 'workbook'),
      note: `${plural(Number(m['reports']), 'report')}, ${plural(Number(m['data_models']), 'data model')}`,
    },
    {
      name: 'Teams',
      value: count(Number(m['teams'])),
      note: (m['team_names'] as readonly string[]).join(', '),
    },
  ]);
}

const objectColumns = (member: string): readonly Column<AccessRow>[] => [
  {
    ...{ title: 'Object', isHead: true, isWide: true },
    cell: (row) =>
      html`${objectLink(row.type, row.inode_id, row.name)}<span class="note">${folder(row.folder_path)}</span>`,
  },
  text('Type', (row) => row.type.replaceAll('-', ' ')),
  ...accessColumns((row) => [member, row.inode_id]),
];

const GRANTS: readonly Column<MemberGrant>[] = [
  {
    ...{ title: 'Object', isHead: true, isWide: true, value: (row) => row.name },
    cell: (row) =>
      html`${objectLink(row.inode_type, row.inode_id, row.name)}<span class="note">${row.inode_type.replaceAll('-', ' ')}</span>`,
  },
  text('Permission', (row) => row.permission),
  text('Through a team', (row) => row.team_permission ?? 'nothing'),
  text('Result', (row) => row.verdict),
];

const GRANT_DATA: readonly Column<MemberGrant>[] = [
  text('Type', (row) => row.inode_type),
  text('Object id', (row) => row.inode_id),
  text('Grant id', (row) => row.grant_id),
];

/** `GET /members/:id/grants.csv` */
export const memberGrantsDownload = (visit: Visit): Promise<Download | NoDownload> =>
  answerDownload(visit, isId, 'direct-grants', [...GRANTS, ...GRANT_DATA], memberGrants);

function grantTable(id: string, grants: MemberView['grants']): Content {
  return [
    listHead(totalOf(grants), grants.length, `/members/${encodeURIComponent(id)}/grants.csv`),
    table('Direct grants', GRANTS, grants),
  ];
}
