/** Lists of workbooks, reports, members and objects, searched, sorted and paged by the database. */
import type { Row } from '../../../../core/database/database.ts';
import type { Asker } from '../../../../analytics/asker.ts';
import { idIn } from './id-in.ts';
import { anywhere } from './statement.ts';

/** What a list is asked for; names of sorts and filters are those of the list. */
export interface ListSearch {
  readonly text: string | undefined;
  readonly filter: string | undefined;
  readonly sort: string;
  /** From 1. */
  readonly page: number;
}

export interface Listed<T> {
  readonly rows: readonly T[];
  /** Rows of all pages. */
  readonly total: number;
}

export const PAGE_ROWS = 50;

/** A list: what it selects, and the words it is filtered and sorted by. */
interface List {
  readonly select: string;
  from(asker: Asker): string;
  /** Columns in which a text is looked for. */
  readonly searched: readonly string[];
  /** The columns that an id is looked for in, where the text is one or an address. */
  readonly id: string;
  readonly url?: string;
  readonly filters: Readonly<Record<string, string>>;
  /** Each ends with the key: rows that are alike would be on two pages, or on none. */
  readonly sorts: Readonly<Record<string, string>>;
  /** Holds always. */
  readonly where?: string;
}

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

const FILTERS = {
  live: 'not i.is_archived and i.tagged_version_of is null',
  archived: 'i.is_archived',
  tagged: 'i.tagged_version_of is not null',
  broken: 'i.broken > 0 and not i.is_archived',
  certified: 'i.is_certified',
  unopened: 'i.last_opened_at is null and not i.is_archived and i.tagged_version_of is null',
  scheduled: 'i.active_schedules > 0',
};

function sorts(document: 'workbook' | 'report'): List['sorts'] {
  const key = `i.name, i.${document}_id`;
  return {
    openers: `i.openers desc, ${key}`,
    opened: `i.last_opened_at desc nulls last, ${key}`,
    changed: `i.updated_at desc nulls last, ${key}`,
    name: key,
    owner: `i.owner_name nulls last, ${key}`,
    elements: `i.elements desc, ${key}`,
    sources: `i.sources desc, ${key}`,
  };
}

const documentIds = (document: 'workbook' | 'report'): Pick<List, 'id' | 'url'> => ({
  id: `i.${document}_id`,
  url: 'i.url',
});

export const WORKBOOKS: List = {
  ...documentIds('workbook'),
  select: inventory('workbook'),
  from: (asker) => `${asker.model('workbook_inventory')} i`,
  searched: SEARCHED,
  filters: { ...FILTERS, embedded: 'i.public_embeds > 0' },
  sorts: sorts('workbook'),
};

/** A row of the list of reports. */
export interface ReportRow extends DocumentRow {
  readonly report_id: string;
  readonly is_stale: boolean;
}

export const REPORTS: List = {
  ...documentIds('report'),
  select: `${inventory('report')}, s.report_id is not null as is_stale`,
  from: (asker) =>
    `${asker.model('report_inventory')} i left join ${asker.model('stale_reports')} s on s.report_id = i.report_id`,
  searched: SEARCHED,
  filters: { ...FILTERS, stale: 's.report_id is not null' },
  sorts: sorts('report'),
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
}

export const MEMBERS: List = {
  id: 'a.member_id',
  select: `a.member_id, a.name, a.email, a.member_type, a.is_archived, a.teams, a.workbooks, a.reports, a.opened, a.last_seen_at, l.verdict`,
  from: (asker) =>
    `${asker.model('member_activity')} a left join ${asker.model('licence_use')} l on l.member_id = a.member_id`,
  searched: ['a.name', 'a.email'],
  filters: {
    active: 'not a.is_archived',
    'never seen': `l.verdict = 'never seen'`,
    idle: `l.verdict = 'idle'`,
    'could step down': `l.verdict = 'could step down'`,
    archived: 'a.is_archived',
  },
  sorts: {
    name: 'a.name nulls last, a.member_id',
    seen: 'a.last_seen_at desc nulls last, a.name, a.member_id',
    opened: 'a.opened desc, a.name, a.member_id',
    workbooks: 'a.workbooks desc, a.name, a.member_id',
    reports: 'a.reports desc, a.name, a.member_id',
    teams: 'a.teams desc, a.name, a.member_id',
  },
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

export const STALE: List = {
  select: `s.type, s.id, s.name, s.owner_id, s.owner_name, s.folder_path, s.idle_days, s.last_opened_at, s.active_schedules,
       s.public_embeds, s.materializations`,
  from: (asker) => `(${stale(asker, 'workbook')}
       union all
      ${stale(asker, 'report')}) s`,
  searched: ['s.name', 's.owner_name', 's.folder_path'],
  ...{ id: 's.id', url: 's.url' },
  filters: {
    workbooks: `s.type = 'workbook'`,
    reports: `s.type = 'report'`,
    scheduled: 's.active_schedules > 0',
    embedded: 's.public_embeds > 0',
    materialized: 's.materializations > 0',
    'owner gone': 'not s.owner_is_active',
  },
  sorts: {
    idle: 's.idle_days desc, s.id',
    name: 's.name, s.id',
    owner: 's.owner_name nulls last, s.name, s.id',
  },
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

export const EXPOSURE: List = {
  id: 'e.inode_id',
  select: `e.inode_id, e.type, e.name, e.folder_path, e.viewers, e.editors, e.external_viewers, e.administrators, e.everyone, e.member_grants,
       e.team_grants, e.public_embeds`,
  from: (asker) => `${asker.model('access_exposure')} e`,
  searched: ['e.name', 'e.folder_path'],
  filters: {
    everyone: 'e.everyone',
    external: 'e.external_viewers > 0',
    embedded: 'e.public_embeds > 0',
    personal: 'e.member_grants > 0',
    unshared: 'e.viewers - e.administrators <= 1',
  },
  sorts: {
    viewers: 'e.viewers desc, e.inode_id',
    editors: 'e.editors desc, e.inode_id',
    external: 'e.external_viewers desc, e.viewers desc, e.inode_id',
    name: 'e.name, e.inode_id',
  },
  where: 'not e.is_archived',
};

export async function list<T extends Row>(asker: Asker, what: List, search: ListSearch): Promise<Listed<T>> {
  const values: (string | number)[] = [];
  const conditions = [what.where, what.filters[search.filter ?? '']].filter((one) => one !== undefined);
  if (search.text !== undefined) {
    values.push(anywhere(search.text));
    const found = what.searched.map((column) => `${column} ilike $${values.length}`);
    const id = idIn(search.text);
    if (id !== undefined) {
      values.push(id);
      found.push(`${what.id} = $${values.length}`);
      if (what.url !== undefined) found.push(`right(${what.url}, ${id.length}) = $${values.length}`);
    }
    conditions.push(`(${found.join(' or ')})`);
  }
  const order = what.sorts[search.sort] ?? Object.values(what.sorts)[0] ?? '1';
  values.push(PAGE_ROWS, (search.page - 1) * PAGE_ROWS);
  const rows = await asker.rows<T & { total: number }>(
    `select ${what.select},
       (count(*) over ())::integer as total
  from ${what.from(asker)}
${conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}\n`} order by ${order}
 limit $${values.length - 1} offset $${values.length}`,
    values,
  );
  return { rows, total: rows[0]?.total ?? 0 };
}
