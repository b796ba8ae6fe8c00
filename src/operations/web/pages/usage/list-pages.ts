/** The lists about usage: workbooks, reports, members, stale workbooks, exposed objects. */
import { html } from 'hono/html';
import {
  type DocumentRow,
  EXPOSURE,
  type ExposureRow,
  list,
  MEMBERS,
  type MemberRow,
  PAGE_ROWS,
  REPORTS,
  type ReportRow,
  STALE,
  type StaleRow,
  WORKBOOKS,
  type WorkbookRow,
} from '../../data/usage/list-rows.ts';
import { kindIn } from '../../data/usage/id-in.ts';
import type { Visit } from '../../site.ts';
import type { Page } from '../../view/layout.ts';
import { ago, type Column, type Content, empty, figure, link, select, table } from '../../view/elements.ts';
import { memberLink, NOT_LATELY, objectLink, pages, usagePage } from '../../view/usage-elements.ts';
import { count, plural, spaced } from '../../../../core/words.ts';
import { oneOf, textOf } from '../address-parts.ts';

interface ListPage<T> {
  readonly title: string;
  readonly path: string;
  readonly lead: Content;
  readonly what: Parameters<typeof list>[1];
  /** The filter where the address names none; default `all`. */
  readonly filter?: string;
  readonly placeholder: string;
  columns(now: Date): readonly Column<T>[];
}

function listPage<T extends Record<string, unknown>>(visit: Visit, page: ListPage<T>): Promise<Page> {
  const filters = [...Object.keys(page.what.filters), 'all'];
  const sorts = Object.keys(page.what.sorts);
  const chosen = oneOf(visit.query('filter'), filters) ?? page.filter ?? 'all';
  const wanted = Number(visit.query('page') ?? '1');
  const search = {
    text: textOf(visit.query('text')),
    filter: chosen,
    sort: oneOf(visit.query('sort'), sorts) ?? sorts[0] ?? '',
    page: Number.isSafeInteger(wanted) && wanted >= 1 && wanted <= 100_000 ? wanted : 1,
  };
  const query = {
    text: search.text,
    filter: visit.query('filter') === undefined ? undefined : chosen,
    sort: search.sort,
  };
  const form = html`<form class="filter" method="get" action="${page.path}" role="search">
<label><span>Search</span><input type="search" name="text" value="${search.text ?? ''}" autocomplete="off" placeholder="${page.placeholder}"></label>
${select('filter', 'Only', filters, chosen)}
${select('sort', 'Order', sorts, search.sort)}
<button>Show</button><a href="${page.path}">Clear</a></form>`;
  return usagePage(visit, {
    title: page.title,
    lead: page.lead,
    nav: page.path,
    ask: (asker) => list<T>(asker, page.what, search),
    show: ({ rows: found, total }, { nav, sql, now }) => {
      const rows =
        found.length > 0
          ? html`${table(page.title, page.columns(now), found)}${pages(page.path, query, search.page, total, PAGE_ROWS)}`
          : empty('Nothing is like that.', elsewhere(page.path, search.text));
      return {
        body: html`${nav}${form}<section class="card" aria-label="${page.title}">${rows}</section>${sql}`,
      };
    },
  });
}

/** Where to go from a list that has nothing: an address may be of what another list has. */
function elsewhere(path: string, text: string | undefined): Content {
  const kind = text === undefined ? undefined : kindIn(text);
  if ((kind === 'workbook' || kind === 'report') && path !== `/${kind}s`)
    return html`<a href="${link(`/${kind}s`, { text, filter: 'all' })}">That is the address of a ${kind}: look among those.</a>`;
  return html`<a href="${link(path, { text, filter: 'all' })}">Look without a filter</a>, or <a href="${path}">show the list from its beginning.</a>`;
}

const marks = (...words: (string | false)[]): Content => {
  const shown = words.filter((word) => word !== false);
  return shown.length === 0 ? '' : html` <span class="note">${shown.join(', ')}</span>`;
};

/** What the lists of workbooks and reports show after the title. */
function documentColumns<T extends DocumentRow>(now: Date): readonly Column<T>[] {
  return [
    {
      title: 'Owner',
      cell: (row) =>
        html`${memberLink(row.owner_id, row.owner_name)}${marks(!row.owner_is_active && 'not active')}`,
    },
    { title: 'Folder', isWide: true, isExtra: true, cell: (row) => row.folder_path ?? '' },
    figure('Opened by', (row) => row.openers),
    { title: 'Last opened', cell: (row) => ago(row.last_opened_at, now, NOT_LATELY) },
    { title: 'Changed', isExtra: true, cell: (row) => ago(row.updated_at, now) },
    figure('Elements', (row) => row.elements, { isExtra: true }),
    figure('Sources', (row) => row.sources, { isExtra: true }),
  ];
}

const documentMarks = (row: DocumentRow, ...more: (string | false)[]): Content =>
  marks(
    row.is_archived && 'archived',
    row.is_certified && 'certified',
    row.broken > 0 && plural(row.broken, 'broken element'),
    ...more,
  );

/** `GET /workbooks` */
export const workbooksPage = (visit: Visit): Promise<Page> =>
  listPage<WorkbookRow>(visit, {
    title: 'Workbooks',
    path: '/workbooks',
    lead: 'Every workbook with its owner, content and use.',
    what: WORKBOOKS,
    filter: 'live',
    placeholder: 'title, owner or folder',
    columns: (now) => [
      {
        ...{ title: 'Workbook', isHead: true, isWide: true },
        cell: (row) => html`${objectLink('workbook', row.workbook_id, row.name)}${documentMarks(row)}`,
      },
      ...documentColumns<WorkbookRow>(now),
    ],
  });

/** `GET /reports` */
export const reportsPage = (visit: Visit): Promise<Page> =>
  listPage<ReportRow>(visit, {
    title: 'Reports',
    path: '/reports',
    lead: 'Every report with its owner, content and use.',
    what: REPORTS,
    filter: 'live',
    placeholder: 'title, owner or folder',
    columns: (now) => [
      {
        ...{ title: 'Report', isHead: true, isWide: true },
        cell: (row) =>
          html`${objectLink('report', row.report_id, row.name)}${documentMarks(row, row.is_stale && 'stale', row.schedules > 0 && plural(row.schedules, 'schedule'))}`,
      },
      ...documentColumns<ReportRow>(now),
    ],
  });

/** `GET /members` */
export const membersPage = (visit: Visit): Promise<Page> =>
  listPage<MemberRow>(visit, {
    title: 'Members',
    path: '/members',
    lead: 'What each member does with the licence.',
    what: MEMBERS,
    filter: 'active',
    placeholder: 'name or address',
    columns: (now) => [
      {
        ...{ title: 'Member', isHead: true, isWide: true },
        cell: (row) =>
          html`${memberLink(row.member_id, row.name)}<span class="note">${row.email ?? ''}</span>`,
      },
      { title: 'Account type', cell: (row) => spaced(row.member_type ?? '') },
      { title: 'Use', cell: (row) => (row.is_archived ? 'archived' : (row.verdict ?? '')) },
      { title: 'Last seen', cell: (row) => ago(row.last_seen_at, now, NOT_LATELY) },
      figure('Opened', (row) => row.opened, { isExtra: true }),
      figure('Workbooks', (row) => row.workbooks, { isExtra: true }),
      figure('Reports', (row) => row.reports, { isExtra: true }),
      figure('Teams', (row) => row.teams, { isExtra: true }),
    ],
  });

/** `GET /workbooks/stale` */
export const stalePage = (visit: Visit): Promise<Page> =>
  listPage<StaleRow>(visit, {
    title: 'Stale workbooks and reports',
    path: '/workbooks/stale',
    lead: html`What nobody opened and nobody changed for as long as <code>analytics.stale_days</code> says.`,
    what: STALE,
    placeholder: 'title, owner or folder',
    columns: (now) => [
      {
        ...{ title: 'Title', isHead: true, isWide: true },
        cell: (row) =>
          html`${objectLink(row.type, row.id, row.name)}${marks(row.type === 'report' && 'report', row.active_schedules > 0 && plural(row.active_schedules, 'active schedule'), row.public_embeds > 0 && plural(row.public_embeds, 'public embed'), row.materializations > 0 && 'materialized')}`,
      },
      { title: 'Owner', cell: (row) => memberLink(row.owner_id, row.owner_name) },
      { title: 'Folder', isWide: true, isExtra: true, cell: (row) => row.folder_path ?? '' },
      figure('Idle days', (row) => row.idle_days),
      { title: 'Last opened', isExtra: true, cell: (row) => ago(row.last_opened_at, now, NOT_LATELY) },
    ],
  });

/** `GET /access/exposure` */
export const exposurePage = (visit: Visit): Promise<Page> =>
  listPage<ExposureRow>(visit, {
    title: 'Exposure',
    path: '/access/exposure',
    lead: 'How far each object is open, counting every way of access. Administrators see everything and are counted; those who see it by no other way are a column of their own.',
    what: EXPOSURE,
    placeholder: 'title or folder',
    columns: () => [
      {
        ...{ title: 'Object', isHead: true, isWide: true },
        cell: (row) =>
          html`${objectLink(row.type, row.inode_id, row.name)}<span class="note">${row.type}${row.folder_path === null ? '' : html` in ${row.folder_path}`}</span>`,
      },
      {
        title: 'Can see',
        align: 'right',
        cell: (row) => html`${count(row.viewers)}${marks(row.everyone && 'everyone')}`,
      },
      figure('Only as administrators', (row) => row.administrators),
      figure('Can edit', (row) => row.editors),
      figure('External', (row) => row.external_viewers),
      figure('Personal grants', (row) => row.member_grants, { isExtra: true }),
      figure('Team grants', (row) => row.team_grants, { isExtra: true }),
      figure('Public embeds', (row) => row.public_embeds, { isExtra: true }),
    ],
  });
