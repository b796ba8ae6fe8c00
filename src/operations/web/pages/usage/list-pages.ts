/** The lists about usage: workbooks, reports, members, stale workbooks, exposed objects. */
import { html } from 'hono/html';
import { count, cut, plural, spaced } from '../../../../core/words.ts';
import { kindIn } from '../../data/usage/id-in.ts';
import {
  type DocumentRow,
  EXPOSURE,
  type ExposureRow,
  MEMBERS,
  type MemberRow,
  REPORTS,
  type ReportRow,
  STALE,
  type StaleRow,
  WORKBOOKS,
  type WorkbookRow,
} from '../../data/usage/list-rows.ts';
import { answerList } from '../../lists/answer-list.ts';
import type { List, ListSearch } from '../../lists/list.ts';
import { type Content, empty, link } from '../../view/elements.ts';
import { type Column, figure, since, text } from '../../view/table.ts';
import { folder, memberLink, NOT_LATELY, objectLink } from '../../view/usage-elements.ts';

/** Text for an empty result: an address may come from another list. */
export const nothingOn =
  (path: string) =>
  ({ text: wanted }: ListSearch): Content => {
    const kind = wanted === undefined ? undefined : kindIn(wanted);
    const to =
      (kind === 'workbook' || kind === 'report') && path !== `/${kind}s`
        ? html`<a href="${link(`/${kind}s`, { text: wanted, filter: 'all' })}">This is the address of a ${kind}. Search ${kind}s for it.</a>`
        : html`<a href="${link(path, { text: wanted, filter: 'all' })}">Search without the filter</a> or <a href="${path}">clear the search.</a>`;
    return empty('Nothing matches.', to);
  };

/** Words beside a title that say what is unusual. */
export function marks(...words: readonly (string | false)[]): Content {
  const said = words.filter((word) => word !== false);
  return said.map((word) => html` <span class="tag">${word}</span>`);
}

const folderColumn: Column<{ readonly folder_path: string | null }> = {
  ...{ title: 'Folder', sort: 'folder', isWide: true, isExtra: true, value: (row) => row.folder_path },
  cell: (row) => folder(row.folder_path),
};

/** Columns of workbook and report lists after the title. */
function documentColumns<T extends DocumentRow>(now: Date): readonly Column<T>[] {
  return [
    {
      ...{ title: 'Owner', sort: 'owner', value: (row) => row.owner_name },
      cell: (row) =>
        html`${memberLink(row.owner_id, row.owner_name)}${row.owner_is_active ? '' : html`<span class="note">not active</span>`}`,
    },
    figure('Opened by', (row) => row.openers, { sort: 'openers' }),
    since('Last opened', (row) => row.last_opened_at, now, { sort: 'opened', none: NOT_LATELY }),
    folderColumn,
    since('Changed', (row) => row.updated_at, now, { sort: 'changed', isExtra: true }),
    figure('Elements', (row) => row.elements, { sort: 'elements', isExtra: true }),
    figure('Sources', (row) => row.sources, { sort: 'sources', isExtra: true }),
  ];
}

/** Additional columns of their downloads. */
const documentData: readonly Column<DocumentRow>[] = [
  text('Owner id', (row) => row.owner_id),
  { title: 'Owner is active', cell: () => '', value: (row) => row.owner_is_active },
  { title: 'Archived', cell: () => '', value: (row) => row.is_archived },
  { title: 'Certified', cell: () => '', value: (row) => row.is_certified },
  figure('Broken elements', (row) => row.broken),
  figure('Schedules', (row) => row.schedules),
];

const documentMarks = (row: DocumentRow, ...more: (string | false)[]): Content =>
  marks(
    row.is_archived && 'archived',
    row.is_certified && 'certified',
    row.broken > 0 && plural(row.broken, 'broken element'),
    ...more,
  );

/** The mark of those who see everything. */
export const ADMINISTRATOR = 'administrator';

/** The column that names a row; it takes the remaining width. */
export const HEAD = { isHead: true, isWide: true, sort: 'name' } as const;

/** `/workbooks` */
export const workbookList: List<WorkbookRow> = answerList<WorkbookRow>({
  title: 'Workbooks',
  path: '/workbooks',
  lead: 'Every workbook with its owner, content and use.',
  what: WORKBOOKS,
  filter: 'live',
  placeholder: 'title, owner or folder',
  nothing: nothingOn('/workbooks'),
  columns: (now) => [
    {
      ...{ title: 'Workbook', ...HEAD, value: (row) => row.name },
      cell: (row) => html`${objectLink('workbook', row.workbook_id, row.name)}${documentMarks(row)}`,
    },
    ...documentColumns<WorkbookRow>(now),
  ],
  more: [text('Workbook id', (row) => row.workbook_id), ...documentData],
});

/** `/reports` */
export const reportList: List<ReportRow> = answerList<ReportRow>({
  title: 'Reports',
  path: '/reports',
  lead: 'Every report with its owner, content and use.',
  what: REPORTS,
  filter: 'live',
  placeholder: 'title, owner or folder',
  nothing: nothingOn('/reports'),
  columns: (now) => [
    {
      ...{ title: 'Report', ...HEAD, value: (row) => row.name },
      cell: (row) =>
        html`${objectLink('report', row.report_id, row.name)}${documentMarks(row, row.is_stale && 'stale', row.schedules > 0 && plural(row.schedules, 'schedule'))}`,
    },
    ...documentColumns<ReportRow>(now),
  ],
  more: [
    text('Report id', (row) => row.report_id),
    ...documentData,
    { title: 'Stale', cell: () => '', value: (row) => row.is_stale },
  ],
});

/** `/members` */
export const memberList: List<MemberRow> = answerList<MemberRow>({
  title: 'Members',
  path: '/members',
  lead: 'Every member, with the use of their licence.',
  what: MEMBERS,
  filter: 'active',
  placeholder: 'name or email',
  nothing: nothingOn('/members'),
  columns: (now) => [
    {
      ...{ title: 'Member', ...HEAD, value: (row) => row.name },
      cell: (row) =>
        html`${memberLink(row.member_id, row.name)}${marks(row.is_administrator === true && ADMINISTRATOR)}<span class="note">${cut(row.email ?? '', 120)}</span>`,
    },
    text('Account type', (row) => spaced(row.member_type ?? ''), { sort: 'type' }),
    text('Use', (row) => (row.is_archived ? 'archived' : row.verdict), { sort: 'use' }),
    since('Last seen', (row) => row.last_seen_at, now, { sort: 'seen', none: NOT_LATELY }),
    figure('Opened', (row) => row.opened, { sort: 'opened', isExtra: true }),
    figure('Workbooks', (row) => row.workbooks, { sort: 'workbooks', isExtra: true }),
    figure('Reports', (row) => row.reports, { sort: 'reports', isExtra: true }),
    figure('Teams', (row) => row.teams, { sort: 'teams', isExtra: true }),
  ],
  more: [
    text('Email', (row) => row.email),
    { title: 'Administrator', cell: () => '', value: (row) => row.is_administrator },
    text('Member id', (row) => row.member_id),
  ],
});

/** `/workbooks/stale` */
export const staleList: List<StaleRow> = answerList<StaleRow>({
  title: 'Stale workbooks and reports',
  path: '/workbooks/stale',
  lead: html`Workbooks and reports that nobody opened or changed within <code>analytics.stale_days</code>.`,
  what: STALE,
  placeholder: 'title, owner or folder',
  nothing(search, { control }) {
    const days = control.app.config.analytics.staleDays;
    return search.text === undefined && search.filters['filter'] === 'all' && search.page === 1
      ? empty('No stale workbooks:', `all were opened or changed in the last ${plural(days, 'day')}.`)
      : nothingOn('/workbooks/stale')(search);
  },
  columns: (now) => [
    {
      ...{ title: 'Title', ...HEAD, value: (row) => row.name },
      cell: (row) =>
        html`${objectLink(row.type, row.id, row.name)}${marks(row.type === 'report' && 'report', row.active_schedules > 0 && plural(row.active_schedules, 'active schedule'), row.public_embeds > 0 && plural(row.public_embeds, 'public embed'), row.materializations > 0 && 'materialized')}`,
    },
    figure('Idle days', (row) => row.idle_days, { sort: 'idle' }),
    {
      ...{ title: 'Owner', sort: 'owner', value: (row) => row.owner_name },
      cell: (row) => memberLink(row.owner_id, row.owner_name),
    },
    since('Last opened', (row) => row.last_opened_at, now, {
      sort: 'opened',
      none: NOT_LATELY,
      isExtra: true,
    }),
    folderColumn,
  ],
  more: [
    text('Type', (row) => row.type),
    text('Id', (row) => row.id),
    text('Owner id', (row) => row.owner_id),
    figure('Active schedules', (row) => row.active_schedules),
    figure('Public embeds', (row) => row.public_embeds),
    figure('Materializations', (row) => row.materializations),
  ],
});

/** `/access/exposure` */
export const exposureList: List<ExposureRow> = answerList<ExposureRow>({
  title: 'Exposure',
  path: '/access/exposure',
  lead: 'How many members can see each object, through any grant, team or ownership. Administrators see everything. “Only as administrators” counts those with no other access.',
  what: EXPOSURE,
  placeholder: 'title or folder',
  nothing: nothingOn('/access/exposure'),
  columns: () => [
    {
      ...{ title: 'Object', ...HEAD, value: (row) => row.name },
      cell: (row) =>
        html`${objectLink(row.type, row.inode_id, row.name)}<span class="note">${row.type.replaceAll('-', ' ')}${row.folder_path === null ? '' : html` in ${folder(row.folder_path)}`}</span>`,
    },
    {
      ...{ title: 'Can see', align: 'right', sort: 'viewers', value: (row) => row.viewers },
      cell: (row) => html`${count(row.viewers)}${marks(row.everyone && 'everyone')}`,
    },
    figure('Only as administrators', (row) => row.administrators, { sort: 'administrators', isExtra: true }),
    figure('Can edit', (row) => row.editors, { sort: 'editors' }),
    figure('External', (row) => row.external_viewers, { sort: 'external' }),
    figure('Direct grants', (row) => row.member_grants, { sort: 'grants', isExtra: true }),
    figure('Team grants', (row) => row.team_grants, { sort: 'teams', isExtra: true }),
    figure('Public embeds', (row) => row.public_embeds, { sort: 'embeds', isExtra: true }),
  ],
  more: [
    text('Type', (row) => row.type),
    text('Folder', (row) => row.folder_path),
    text('Id', (row) => row.inode_id),
    { title: 'Everyone', cell: () => '', value: (row) => row.everyone },
  ],
});
