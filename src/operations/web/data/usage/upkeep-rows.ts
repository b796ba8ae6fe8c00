/** Lists of what deserves a look: orphans, copies, schedules, growth, and what breaks if something goes. */
import type { Asker } from '../../../../analytics/asker.ts';
import { isLookedAt } from '../../../../analytics/models/lineage-nodes.ts';
import type { Row } from '../../../../core/database/database.ts';
import type { SqlFilter, SqlList } from './ask-list.ts';
import type { LineageNode } from './lineage-of.ts';

const by = (title: string, column: string, isDescending = false) => ({ title, by: column, isDescending });
const filter = (says: string, where: string): SqlFilter => ({ says, where });

/** Something whose owner is gone. */
export interface OrphanRow extends Row {
  readonly inode_id: string;
  readonly type: string;
  readonly name: string | null;
  readonly folder_path: string | null;
  readonly owner_id: string | null;
  readonly owner_name: string | null;
  readonly reason: string;
  readonly updated_at: Date | null;
}

export const ORPHANS: SqlList = {
  select: 'o.inode_id, o.type, o.name, o.folder_path, o.owner_id, o.owner_name, o.reason, o.updated_at',
  from: (asker) => `${asker.model('orphaned_content')} o`,
  searched: ['o.name', 'o.owner_name', 'o.folder_path'],
  id: 'o.inode_id',
  filters: {
    documents: filter('Workbooks and reports', `o.type in ('workbook', 'report')`),
    models: filter('Data models and datasets', `o.type in ('data-model', 'dataset')`),
    archived: filter('Owner archived', `o.reason = 'archived'`),
    inactive: filter('Owner inactive', `o.reason = 'inactive'`),
    deleted: filter('Owner deleted or unknown', `o.reason in ('deleted', 'unknown')`),
  },
  sorts: {
    owner: by('Owner', 'o.owner_name'),
    name: by('Object', 'o.name'),
    reason: by('Reason', 'o.reason'),
    changed: by('Changed', 'o.updated_at', true),
    folder: by('Folder', 'o.folder_path'),
  },
  ties: 'o.type, o.name, o.inode_id',
};

/** One of several that are alike. */
export interface CopyRow extends Row {
  readonly type: 'workbook' | 'report';
  readonly id: string;
  readonly name: string | null;
  readonly copies: number;
  readonly copies_id: string;
  readonly owner_id: string | null;
  readonly owner_name: string | null;
  readonly folder_path: string | null;
  readonly updated_at: Date | null;
  readonly last_opened_at: Date | null;
  readonly openers: number;
  readonly is_most_used: boolean;
}

const copies = (asker: Asker, document: 'workbook' | 'report'): string =>
  `select '${document}' as type, x.${document}_id as id, x.name, x.url, x.copies, x.copies_id::text as copies_id, x.owner_id, x.owner_name, x.folder_path,
             x.updated_at, x.last_opened_at, x.openers, x.is_most_used
        from ${asker.model(`duplicate_${document}s`)} x`;

export const COPIES: SqlList = {
  select:
    'd.type, d.id, d.name, d.copies, d.copies_id, d.owner_id, d.owner_name, d.folder_path, d.updated_at, d.last_opened_at, d.openers, d.is_most_used',
  from: (asker) => `(${copies(asker, 'workbook')}
       union all
      ${copies(asker, 'report')}) d`,
  searched: ['d.name', 'd.owner_name', 'd.folder_path'],
  ...{ id: 'd.id', url: 'd.url' },
  filters: {
    others: filter('All but the most used copy', 'not d.is_most_used'),
    kept: filter('Only the most used copy', 'd.is_most_used'),
    workbooks: filter('Workbooks', `d.type = 'workbook'`),
    reports: filter('Reports', `d.type = 'report'`),
  },
  sorts: {
    copies: by('Copies', 'd.copies', true),
    name: by('Title', 'd.name'),
    owner: by('Owner', 'd.owner_name'),
    openers: by('Opened by', 'd.openers', true),
    opened: by('Last opened', 'd.last_opened_at', true),
  },
  // Copies of one stand together, the one to keep first.
  ties: 'd.copies desc, d.copies_id, d.is_most_used desc, d.id',
};

/** Number of runs in an hour of the week. */
export interface LoadRow extends Row {
  readonly day_of_week: number;
  readonly hour: number;
  readonly kind: string;
  readonly runs: number;
  readonly schedules: number;
}

/** Something that failed on a schedule. */
export interface FailureRow extends Row {
  readonly kind: string;
  readonly object_id: string;
  readonly type: string | null;
  readonly name: string | null;
  readonly failed_at: Date | null;
  readonly detail: string | null;
}

export const FAILURES: SqlList = {
  select: 'f.kind, f.object_id, n.type, coalesce(f.name, n.name) as name, f.failed_at, f.detail',
  from: (asker) =>
    `${asker.model('schedule_failures')} f left join ${asker.model('object_names')} n on n.id = f.object_id`,
  searched: ['f.name', 'f.detail'],
  id: 'f.object_id',
  filters: {
    lately: filter('In the last 7 days', `f.failed_at >= now() - interval '7 days'`),
    exports: filter('Disabled exports', `f.kind = 'export'`),
    materializations: filter('Failed materializations', `f.kind = 'materialization'`),
  },
  sorts: { when: by('When', 'f.failed_at', true), name: by('Object', 'f.name'), kind: by('Kind', 'f.kind') },
  ties: 'f.failed_at desc nulls last, f.object_id, f.detail',
};

/** A stream on a day. */
export interface GrowthRow extends Row {
  readonly day: string;
  readonly stream: string;
  readonly number: number;
  readonly added: number;
  readonly removed: number;
}

export const GROWTH: SqlList = {
  select: `to_char(g.day, 'YYYY-MM-DD') as day, g.stream, g.total::float8 as number, g.added::float8 as added, g.removed::float8 as removed`,
  from: (asker) => `${asker.model('growth')} g`,
  searched: ['g.stream'],
  id: 'g.stream',
  filters: {
    moved: filter('Days with changes', 'g.added + g.removed > 0'),
    ...Object.fromEntries(
      ['members', 'workbooks', 'workbook_elements', 'reports', 'report_elements', 'grants'].map((stream) => [
        stream,
        filter(stream.replaceAll('_', ' '), `g.stream = '${stream}'`),
      ]),
    ),
  },
  sorts: {
    day: by('Day', 'g.day', true),
    stream: by('Type', 'g.stream'),
    total: by('Total', 'g.total', true),
    added: by('Added', 'g.added', true),
    removed: by('Removed', 'g.removed', true),
  },
  ties: 'g.day desc, g.stream',
};

/** Something that others may take their data from. */
export interface SourceRow extends Row {
  readonly id: string;
  readonly type: string;
  readonly name: string | null;
  readonly note: string | null;
}

export const SOURCES: SqlList = {
  select: 'n.id, n.type, n.name, n.note',
  from: (asker) => `${asker.model('object_names')} n`,
  where: `n.type in ('table', 'connection', 'data-model', 'dataset') and not n.is_archived`,
  searched: ['n.name'],
  id: 'n.id',
  filters: {
    tables: filter('Tables', `n.type = 'table'`),
    connections: filter('Connections', `n.type = 'connection'`),
    models: filter('Data models', `n.type = 'data-model'`),
    datasets: filter('Datasets', `n.type = 'dataset'`),
  },
  sorts: { name: by('Name', 'n.name'), type: by('Type', 'n.type') },
  ties: 'n.name, n.id',
};

/** Something that takes its data from there. */
export interface ImpactRow extends Row {
  readonly node_id: string;
  readonly type: string;
  readonly name: string | null;
  readonly depth: number;
  readonly document_id: string | null;
  readonly document_type: string | null;
  readonly owner_id: string | null;
  readonly owner_name: string | null;
  readonly openers: number | null;
  readonly last_opened_at: Date | null;
  readonly active_schedules: number | null;
}

/** Workbooks and reports with their use, to be joined by `id`. */
const used = (asker: Asker): string =>
  `(select w.workbook_id as id, w.openers, w.last_opened_at, w.active_schedules from ${asker.model('workbook_inventory')} w
             union all
             select r.report_id, r.openers, r.last_opened_at, r.active_schedules from ${asker.model('report_inventory')} r)`;

/** Content around the list of what breaks. */
export interface ImpactAround {
  readonly totals: {
    readonly workbooks: number;
    readonly reports: number;
    readonly data_models: number;
    readonly others: number;
    readonly owners: number;
    readonly schedules: number;
  };
  /** The nearest documents and other nodes that are part of none, those that most members open first. */
  readonly nearest: readonly LineageNode[] | null;
}

/** Nodes of the picture: the list below it must not be out of sight. */
const MOST_DRAWN = 16;

const DOCUMENTS = `('workbook', 'report', 'data-model')`;

/** Nodes of a walk that are looked up one by one. */
const FEW = 5000;

/** Filters of parts of documents; the others are of whole ones. */
const OF_PARTS: readonly (string | undefined)[] = ['elements', 'all'];

export const IMPACT: SqlList = {
  // A table may have half of all elements behind it: they are walked once, and counted without being looked at. The planner does
  // not know how long a walk is, so the statement decides whether to look up nodes one by one or to read all that may be among them.
  with: (asker, of) => `walked as materialized (
  select s.node_hash, s.depth from ${asker.model('impact_steps')}(${of ?? 'null'}) s
), node as materialized (
  select n.* from walked w join ${asker.model('lineage_nodes')} n on n.node_hash = w.node_hash
   where (${isLookedAt('n.')}) and (select count(*) from walked) <= ${FEW}
   union all
  select n.* from ${asker.model('lineage_nodes')} n
   where (${isLookedAt('n.')}) and (select count(*) from walked) > ${FEW}
), known as materialized (
  select n.node_id, n.type, n.name, w.depth, n.document_id, n.document_type, n.owner_id, n.is_archived,
         n.document_id is null or n.document_id = n.node_id as is_whole, d.openers, d.last_opened_at, d.active_schedules
    from node n
    join walked w on w.node_hash = n.node_hash
    left join ${used(asker)} d on d.id = n.node_id
)`,
  beside: () => `jsonb_build_object('totals', (
      select jsonb_build_object(
               'workbooks', count(*) filter (where k.type = 'workbook'), 'reports', count(*) filter (where k.type = 'report'),
               'data_models', count(*) filter (where k.type = 'data-model'),
               'others', (select count(*) from walked) - (select count(*) from known)
                         + count(*) filter (where k.type not in ${DOCUMENTS}),
               'owners', count(distinct k.owner_id) filter (where k.type in ${DOCUMENTS}),
               'schedules', coalesce(sum(k.active_schedules), 0))
        from known k where not k.is_archived), 'nearest', (
      select jsonb_agg(to_jsonb(x))
        from (select k.node_id, k.type, k.name, k.depth,
                     (select count(*) from known where is_whole and not is_archived) as total
                from known k where k.is_whole and not k.is_archived
               order by k.depth, k.openers desc nulls last, k.name, k.node_id limit ${MOST_DRAWN}) x))`,
  select: `i.node_id, i.type, i.name, i.depth, i.document_id, i.document_type, i.owner_id, m.name as owner_name, i.openers,
       i.last_opened_at, i.active_schedules`,
  from: (asker, _, filter) => `${
    OF_PARTS.includes(filter)
      ? `(select n.*, w.depth, k.openers, k.last_opened_at, k.active_schedules
          from walked w
          join ${asker.model('lineage_nodes')} n on n.node_hash = w.node_hash
          left join known k on k.node_id = n.node_id)`
      : 'known'
  } i
  left join ${asker.model('member_activity')} m on m.member_id = i.owner_id`,
  about: () => 'not i.is_archived',
  searched: ['i.name', 'm.name'],
  id: 'i.node_id',
  filters: {
    documents: filter('Workbooks, reports and data models', `i.type in ${DOCUMENTS}`),
    workbooks: filter('Workbooks', `i.type = 'workbook'`),
    reports: filter('Reports', `i.type = 'report'`),
    scheduled: filter('Sent by schedule', 'i.active_schedules > 0'),
    elements: filter('Elements', `i.type = 'element'`),
  },
  sorts: {
    openers: by('Opened by', 'i.openers', true),
    opened: by('Last opened', 'i.last_opened_at', true),
    name: by('Name', 'i.name'),
    owner: by('Owner', 'm.name'),
    schedules: by('Schedules', 'i.active_schedules', true),
    depth: by('Steps away', 'i.depth'),
  },
  ties: 'i.depth, i.type, i.name, i.node_id',
};
