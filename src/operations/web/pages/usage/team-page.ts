/** One team, and its downloads. */
import { html } from 'hono/html';
import { count, cut, plural, spaced } from '../../../../core/words.ts';
import { isId } from '../../address-parts.ts';
import { totalOf } from '../../data/counted.ts';
import {
  type TeamGrant,
  type TeamMember,
  type TeamView,
  teamGrants,
  teamMembers,
  teamView,
} from '../../data/usage/one-team.ts';
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
  runLink,
  section,
} from '../../view/elements.ts';
import type { Page } from '../../view/layout.ts';
import { at, type Column, foldedTable, groupsOf, since, table, text } from '../../view/table.ts';
import {
  folder,
  memberLink,
  NOT_LATELY,
  objectLink,
  onThisPage,
  textIn,
  titled,
  type UsageParts,
} from '../../view/usage-elements.ts';
import { answerDownload } from './answer-download.ts';
import { marks } from './list-pages.ts';
import { objectPage } from './object-page.ts';

const MEMBERS = 'Members';
const OPENS = 'Grants';
const MOVES = 'Membership changes';

/** `GET /teams/:id` */
export function teamPage(visit: Visit): Promise<Page> {
  return objectPage(visit, {
    title: 'Team',
    nav: '/teams',
    crumbs: [['/teams', 'Teams']],
    missing: 'There is no such team, or it was deleted.',
    ask: teamView,
    show: shown,
  });
}

type Move = TeamView['moves'][number];

function shown(id: string, value: TeamView, { sql, now }: UsageParts) {
  const { team, members, grants, moves } = value;
  const administrators = members.filter((one) => one.is_team_admin === true).length;
  return {
    title: titled(team.name),
    lead: html`${team.is_archived === true ? 'Archived, so it gives no access. ' : ''}${textIn(team.description)}`,
    body: html`<div class="card">${facts([
      {
        name: MEMBERS,
        value: count(totalOf(members)),
        note:
          administrators === 0
            ? undefined
            : `${plural(administrators, 'administers', 'administer')} the team`,
      },
      { name: 'Direct grants', value: count(totalOf(grants)), note: kindsOf(grants) },
      ...(team.visibility === null ? [] : [{ name: 'Visibility', value: spaced(team.visibility) }]),
      { name: 'Created', value: ago(team.created_at, now) },
    ])}</div>
${onThisPage([MEMBERS, OPENS, MOVES])}
${section(
  MEMBERS,
  rowsOf(members, `/teams/${encodeURIComponent(id)}/members.csv`, 'No members.', () =>
    table(MEMBERS, memberColumns(now), members),
  ),
)}
${section(OPENS, [
  html`<p class="muted">Grants to the team itself. A grant on a workspace or folder covers everything in it. Other access of its members is on their own pages.</p>`,
  rowsOf(grants, `/teams/${encodeURIComponent(id)}/grants.csv`, 'No grants.', () =>
    foldedTable(
      OPENS,
      GRANTS,
      groupsOf(grants, alike),
      (rows, kind) => html`<strong>${plural(rows, 'grant')}</strong> ${kind}`,
    ),
  ),
])}
${section(
  MOVES,
  [
    cutNote(totalOf(moves), moves.length, 'latest'),
    table(
      MOVES,
      [
        {
          ...{ title: 'Member', isHead: true, isWide: true },
          cell: (row: Move) => memberLink(row.member_id, row.member_name),
        },
        text('Change', (row: Move) => row.change),
        at('When', (row: Move) => row.changed_at, now),
        { title: 'Run', isExtra: true, cell: (row: Move) => runLink(row.run_id) },
      ],
      moves,
      empty('Nobody has joined or left since the first sync.'),
    ),
  ],
  {
    aside: html`<a href="${link('/access/changes', { of: id, filter: 'all' })}">All access changes</a>`,
  },
)}
${sql}`,
  };
}

const kindOf = (type: string): string => spaced(type.replaceAll('-', ' '));

const alike = ({ type, permission }: TeamGrant): string => `to ${permission ?? 'open'}: ${kindOf(type)}s`;

function kindsOf(grants: readonly TeamGrant[]): string | undefined {
  if (grants.length === 0 || totalOf(grants) > grants.length) return undefined;
  return groupsOf(grants, ({ type }) => type)
    .map(({ title, rows }) => plural(rows.length, kindOf(title)))
    .join(', ');
}

/** The first rows, and a file of all. */
function rowsOf(
  rows: readonly { readonly total: number }[],
  file: string,
  nothing: string,
  show: () => Html,
): Content {
  if (rows.length === 0) return empty(nothing);
  return [listHead(totalOf(rows), rows.length, file), show()];
}

const memberColumns = (now: Date): readonly Column<TeamMember>[] => [
  {
    ...{ title: 'Member', isHead: true, isWide: true, value: (row) => row.name },
    cell: (row) =>
      html`${memberLink(row.member_id, row.name)}${marks(row.is_team_admin === true && 'administers the team', row.is_archived === true && 'archived')}<span class="note">${cut(row.email ?? '', 120)}</span>`,
  },
  text('Account type', (row) => spaced(row.member_type ?? '')),
  since('Last seen', (row) => row.last_seen_at, now, { none: NOT_LATELY }),
];

const MEMBER_DATA: readonly Column<TeamMember>[] = [
  text('Email', (row) => row.email),
  { title: 'Administers the team', cell: () => '', value: (row) => row.is_team_admin },
  { title: 'Archived', cell: () => '', value: (row) => row.is_archived },
  text('Member id', (row) => row.member_id),
];

const GRANTS: readonly Column<TeamGrant>[] = [
  {
    ...{ title: 'Object', isHead: true, isWide: true, value: (row) => row.name },
    cell: (row) =>
      html`${objectLink(row.type, row.inode_id, row.name)}${marks(row.is_archived === true && 'archived')}<span class="note">${folder(row.folder_path)}</span>`,
  },
  text('Type', (row) => kindOf(row.type)),
  text('Permission', (row) => row.permission),
];

const GRANT_DATA: readonly Column<TeamGrant>[] = [
  text('Folder', (row) => row.folder_path),
  { title: 'Archived', cell: () => '', value: (row) => row.is_archived },
  text('Object id', (row) => row.inode_id),
  text('Grant id', (row) => row.grant_id),
];

/** `GET /teams/:id/members.csv` */
export const teamMembersDownload = (visit: Visit): Promise<Download | NoDownload> =>
  answerDownload(
    visit,
    isId,
    'team-members',
    [...memberColumns(visit.site.now()), ...MEMBER_DATA],
    teamMembers,
  );

/** `GET /teams/:id/grants.csv` */
export const teamGrantsDownload = (visit: Visit): Promise<Download | NoDownload> =>
  answerDownload(visit, isId, 'team-grants', [...GRANTS, ...GRANT_DATA], teamGrants);
