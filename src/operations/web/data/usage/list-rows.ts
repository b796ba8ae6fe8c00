/** Lists of workbooks, reports, members and objects: where their rows come from, what filters and what sorts them. */

import type { Asker } from '../../../../analytics/asker.ts';
import type { Row } from '../../../../core/database/database.ts';
import type { SqlFilter, SqlList, SqlSort } from './ask-list.ts';

/** Columns that the lists of workbooks and reports share. */
export interface DocumentRow extends Row {
  readonly name: string | null;
  readonly owner_id: string | null;
  readonly owner_name: string | null;
  readonly owner_is_active: boolean;
  readonly folder_path: string | null;
  readonly is_archived: boolean;
  readonly is_certified: boolean;
  readonly elements: number;
  readonly sources: number;
  readonly broken: number;
  readonly schedules: number;
  readonly updated_at: Date | null;
  readonly last_opened_at: Date | null;
  readonly openers: number;
}

/** A row of the list of workbooks. */
export interface WorkbookRow extends DocumentRow {
  readonly workbook_id: string;
}

/** Columns of an inventory. */
function inventory(document: 'workbook' | 'report'): string {
  return `i.${document}_id, i.name, i.owner_id, i.owner_name, i.owner_is_active, i.folder_path, i.is_archived, i.is_certified,
       i.elements, i.sources, i.broken, i.schedules, i.updated_at, i.last_opened_at, i.openers`;
}

const SEARCHED = ['i.name', 'i.owner_name', 'i.folder_path'];

const filter = (says: string, where: string): SqlFilter => ({ says, where });
const ascending = (title: string, by: string): SqlSort => ({ title, by });
const descending = (title: string, by: string): SqlSort => ({ title, by, isDescending: true });

const FILTERS = {
  live: filter(
    'Live (not archived, not a tagged version)',
    'not i.is_archived and i.tagged_version_of is null',
  ),
  archived: filter('Archived', 'i.is_archived'),
  tagged: filter('Tagged versions', 'i.tagged_version_of is not null'),
  broken: filter('With broken elements', 'i.broken > 0 and not i.is_archived'),
  certified: filter('Certified', 'i.is_certified'),
  unopened: filter(
    'Not opened recently',
    'i.last_opened_at is null and not i.is_archived and i.tagged_version_of is null',
  ),
  scheduled: filter('With active schedules', 'i.active_schedules > 0'),
};

const SORTS = {
  openers: descending('Opened by', 'i.openers'),
  opened: descending('Last opened', 'i.last_opened_at'),
  changed: descending('Changed', 'i.updated_at'),
  name: ascending('Title', 'i.name'),
  owner: ascending('Owner', 'i.owner_name'),
  folder: ascending('Folder', 'i.folder_path'),
  elements: descending('Elements', 'i.elements'),
  sources: descending('Sources', 'i.sources'),
};

const documentIds = (document: 'workbook' | 'report'): Pick<SqlList, 'id' | 'url'> => ({
  id: `i.${document}_id`,
  url: 'i.url',
});

export const WORKBOOKS: SqlList = {
  ...documentIds('workbook'),
  select: inventory('workbook'),
  from: (asker) => `${asker.model('workbook_inventory')} i`,
  searched: SEARCHED,
  filters: { ...FILTERS, embedded: filter('With public embeds', 'i.public_embeds > 0') },
  sorts: SORTS,
  ties: 'i.name, i.workbook_id',
};

/** A row of the list of reports. */
export interface ReportRow extends DocumentRow {
  readonly report_id: string;
  readonly is_stale: boolean;
}

export const REPORTS: SqlList = {
  ...documentIds('report'),
  select: `${inventory('report')}, s.report_id is not null as is_stale`,
  from: (asker) =>
    `${asker.model('report_inventory')} i left join ${asker.model('stale_reports')} s on s.report_id = i.report_id`,
  searched: SEARCHED,
  filters: { ...FILTERS, stale: filter('Stale (neither opened nor changed)', 's.report_id is not null') },
  sorts: SORTS,
  ties: 'i.name, i.report_id',
};

export interface MemberRow extends Row {
  readonly member_id: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly member_type: string | null;
  readonly is_archived: boolean;
  readonly teams: number;
  readonly workbooks: number;
  readonly reports: number;
  readonly opened: number;
  readonly last_seen_at: Date | null;
  readonly verdict: string | null;
  readonly is_administrator: boolean | null;
}

export const MEMBERS: SqlList = {
  id: 'a.member_id',
  select: `a.member_id, a.name, a.email, a.member_type, a.is_archived, a.teams, a.workbooks, a.reports, a.opened, a.last_seen_at, l.verdict, l.is_administrator`,
  from: (asker) =>
    `${asker.model('member_activity')} a left join ${asker.model('licence_use')} l on l.member_id = a.member_id`,
  searched: ['a.name', 'a.email'],
  filters: {
    active: filter('Active', 'not a.is_archived and not a.is_inactive'),
    'never seen': filter('Never seen', `l.verdict = 'never seen'`),
    idle: filter('Idle (not seen recently)', `l.verdict = 'idle'`),
    'could step down': filter('Could use a smaller account type', `l.verdict = 'could step down'`),
    inactive: filter('Inactive (deactivated by the identity provider)', `l.verdict = 'inactive'`),
    archived: filter('Archived', 'a.is_archived'),
  },
  sorts: {
    name: ascending('Name', 'a.name'),
    type: ascending('Account type', 'a.member_type'),
    use: ascending('Use', 'l.verdict'),
    seen: descending('Last seen', 'a.last_seen_at'),
    opened: descending('Opened', 'a.opened'),
    workbooks: descending('Workbooks', 'a.workbooks'),
    reports: descending('Reports', 'a.reports'),
    teams: descending('Teams', 'a.teams'),
  },
  ties: 'a.name, a.member_id',
};

export interface StaleRow extends Row {
  readonly type: 'workbook' | 'report';
  readonly id: string;
  readonly name: string | null;
  readonly owner_id: string | null;
  readonly owner_name: string | null;
  readonly folder_path: string | null;
  readonly idle_days: number;
  readonly last_opened_at: Date | null;
  readonly active_schedules: number;
  readonly public_embeds: number;
  readonly materializations: number;
}

const stale = (asker: Asker, document: 'workbook' | 'report'): string =>
  `select '${document}' as type, x.${document}_id as id, x.name, x.url, x.owner_id, x.owner_name, x.owner_is_active, x.folder_path,
             x.idle_days, x.last_opened_at, x.active_schedules, ${document === 'workbook' ? 'x.public_embeds, x.materializations' : '0, 0'}
        from ${asker.model(`stale_${document}s`)} x`;

export const STALE: SqlList = {
  select: `s.type, s.id, s.name, s.owner_id, s.owner_name, s.folder_path, s.idle_days, s.last_opened_at, s.active_schedules,
       s.public_embeds, s.materializations`,
  from: (asker) => `(${stale(asker, 'workbook')}
       union all
      ${stale(asker, 'report')}) s`,
  searched: ['s.name', 's.owner_name', 's.folder_path'],
  ...{ id: 's.id', url: 's.url' },
  filters: {
    workbooks: filter('Workbooks', `s.type = 'workbook'`),
    reports: filter('Reports', `s.type = 'report'`),
    scheduled: filter('With active schedules', 's.active_schedules > 0'),
    embedded: filter('With public embeds', 's.public_embeds > 0'),
    materialized: filter('Materialized', 's.materializations > 0'),
    'owner gone': filter('Owner no longer active', 'not s.owner_is_active'),
  },
  sorts: {
    idle: descending('Idle days', 's.idle_days'),
    name: ascending('Title', 's.name'),
    owner: ascending('Owner', 's.owner_name'),
    folder: ascending('Folder', 's.folder_path'),
    opened: descending('Last opened', 's.last_opened_at'),
  },
  ties: 's.name, s.id',
};

export interface ExposureRow extends Row {
  readonly inode_id: string;
  readonly type: string;
  readonly name: string | null;
  readonly folder_path: string | null;
  readonly viewers: number;
  readonly editors: number;
  readonly external_viewers: number;
  readonly administrators: number;
  readonly everyone: boolean;
  readonly member_grants: number;
  readonly team_grants: number;
  readonly public_embeds: number;
}

export const EXPOSURE: SqlList = {
  id: 'e.inode_id',
  select: `e.inode_id, e.type, e.name, e.folder_path, e.viewers, e.editors, e.external_viewers, e.administrators, e.everyone, e.member_grants,
       e.team_grants, e.public_embeds`,
  from: (asker) => `${asker.model('access_exposure')} e`,
  searched: ['e.name', 'e.folder_path'],
  filters: {
    everyone: filter('Open to everyone', 'e.everyone'),
    external: filter('Open to external people', 'e.external_viewers > 0'),
    embedded: filter('Embedded without sign-in', 'e.public_embeds > 0'),
    personal: filter('With direct grants', 'e.member_grants > 0'),
    unshared: filter('Shared with nobody', 'e.viewers - e.administrators <= 1'),
  },
  sorts: {
    viewers: descending('Can see', 'e.viewers'),
    editors: descending('Can edit', 'e.editors'),
    administrators: descending('Only as administrators', 'e.administrators'),
    external: descending('External', 'e.external_viewers'),
    grants: descending('Direct grants', 'e.member_grants'),
    teams: descending('Team grants', 'e.team_grants'),
    embeds: descending('Public embeds', 'e.public_embeds'),
    name: ascending('Object', 'e.name'),
  },
  ties: 'e.name, e.inode_id',
  where: 'not e.is_archived',
};
