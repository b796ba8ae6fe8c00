/** One workbook and one member. */
import type { Row } from '../../../../core/database/database.ts';
import type { Asker } from '../../../../analytics/asker.ts';

/** Access of one member to one object, by names. */
export interface AccessRow extends Row {
  readonly member_id: string;
  readonly member_name: string | null;
  readonly email: string | null;
  readonly inode_id: string;
  readonly type: string;
  readonly name: string | null;
  readonly folder_path: string | null;
  readonly permission: string;
  /** An administrator sees everything, whatever was granted. */
  readonly administrates: boolean;
  /** The other ways, in words; null where there is none. */
  readonly ways: string | null;
  readonly total: number;
}

/** Rows of access that a page shows. */
export const MOST_ACCESS = 200;
/** Nodes of lineage that a picture has. */
export const MOST_NODES = 60;

/** True of paths that an administrator has. */
const administrates = (paths: string): string => `${paths} @> '[{"via": "administrator"}]'`;

/** How members came by access otherwise, in words, each once: `direct`, `owner` or a team by its name. */
const ways = (asker: Asker, paths: string): string =>
  `${administrates(paths)} as administrates,
       (select string_agg(distinct case p ->> 'via' when 'team' then 'team ' || coalesce(t.name, p ->> 'team_id') else p ->> 'via' end, ', ')
          from jsonb_array_elements(${paths}) p left join ${asker.table('teams')} t on t.team_id = p ->> 'team_id'
         where p ->> 'via' <> 'administrator') as ways`;

/** A node of a workbook's lineage. */
export interface LineageNode extends Row {
  readonly node_id: string;
  readonly type: string;
  readonly name: string | null;
  readonly depth: number;
  readonly total: number;
}

export interface LineageEdge extends Row {
  readonly upstream_id: string;
  readonly downstream_id: string;
}

export interface WorkbookView {
  readonly workbook: Row & Readonly<Record<string, unknown>>;
  readonly access: readonly AccessRow[];
  readonly nodes: readonly LineageNode[];
  readonly edges: readonly LineageEdge[];
  readonly broken: readonly (Row & { problem: string; name: string | null; detail: string | null })[];
  readonly changes: readonly (Row & {
    changed_at: Date;
    run_id: string;
    operation: string;
    changed: string[] | null;
  })[];
}

/** @returns undefined where there is no such workbook. */
export async function workbookView(asker: Asker, id: string): Promise<WorkbookView | undefined> {
  const [workbook] = await asker.rows(
    `select i.* from ${asker.model('workbook_inventory')} i where i.workbook_id = $1`,
    [id],
  );
  if (workbook === undefined) return undefined;
  const access = await asker.rows<AccessRow>(
    `select x.*, ${ways(asker, 'x.paths')}
  from (select a.member_id, a.member_name, a.email, a.permission, a.can_edit, a.paths, (count(*) over ())::integer as total
          from ${asker.model('access_matrix')} a
         where a.inode_id = $1
         order by ${administrates('a.paths')} desc, a.can_edit desc, a.member_name, a.member_id
         limit ${MOST_ACCESS}) x
 order by administrates desc, x.can_edit desc, x.member_name, x.member_id`,
    [id],
  );
  const nodes = await asker.rows<LineageNode>(
    `select u.node_id, u.type, u.name, u.depth, (count(*) over ())::integer as total
  from ${asker.model('upstream_of')}($1) u
 order by u.depth, u.type, u.name, u.node_id
 limit ${MOST_NODES}`,
    [id],
  );
  const ids = JSON.stringify([id, ...nodes.map(({ node_id }) => node_id)]);
  const edges = await asker.rows<LineageEdge>(
    `with node as materialized (select value as id from jsonb_array_elements_text($1::jsonb))
select distinct l.upstream_id, l.downstream_id
  from node n join ${asker.model('lineage')} l on l.downstream_id = n.id
 where l.upstream_id in (select id from node)`,
    [ids],
  );
  const broken = await asker.rows<WorkbookView['broken'][number]>(
    `select b.problem, b.name, b.detail from ${asker.model('broken_elements')} b where b.workbook_id = $1 order by b.problem, b.object_id limit 50`,
    [id],
  );
  const changes = await asker.rows<WorkbookView['changes'][number]>(
    `select c.changed_at, c.run_id, c.operation, c.changed
  from ${asker.state('changes')} c
 where c.stream = 'workbooks' and c.key = array[$1]
 order by c.changed_at desc, c.change_id desc limit 20`,
    [id],
  );
  return { workbook, access, nodes, edges, broken, changes };
}

export interface MemberView {
  readonly member: Row & Readonly<Record<string, unknown>>;
  readonly access: readonly AccessRow[];
  readonly opened: readonly (Row & {
    file_id: string;
    name: string | null;
    type: string | null;
    last_interaction_at: Date | null;
  })[];
  readonly grants: readonly (Row & {
    grant_id: string;
    inode_id: string;
    inode_type: string;
    name: string | null;
    permission: string;
    team_permission: string | null;
    verdict: string;
  })[];
}

/** True of an administrator who is not archived. */
export function hasFullAccess(member: MemberView['member']): boolean {
  return member['is_administrator'] === true && member['is_archived'] !== true;
}

/** @returns undefined where there is no such member. */
export async function memberView(asker: Asker, id: string): Promise<MemberView | undefined> {
  const [member] = await asker.rows(
    `select a.*, l.verdict
  from ${asker.model('member_activity')} a left join ${asker.model('licence_use')} l on l.member_id = a.member_id
 where a.member_id = $1`,
    [id],
  );
  if (member === undefined) return undefined;
  // An administrator sees everything: what else lets them see it is of interest.
  const others = hasFullAccess(member)
    ? ` and exists (select from jsonb_array_elements(a.paths) p where p ->> 'via' <> 'administrator')`
    : '';
  // Who sees everything has ten thousand objects: their names are looked up in one table, and the ways of those shown.
  const access = await asker.rows<AccessRow>(
    `with seen as materialized (
  select a.inode_id, a.inode_type, a.permission from ${asker.table('effective_access')}() a where a.member_id = $1${others}
), shown as materialized (
  select s.inode_id, coalesce(e.type, s.inode_type) as type, e.name, e.folder_path, s.permission,
         s.permission = 'edit' as can_edit, (count(*) over ())::integer as total
    from seen s left join ${asker.model('access_exposure')} e on e.inode_id = s.inode_id
   where e.is_archived is not true
   order by s.permission = 'edit' desc, coalesce(e.type, s.inode_type), e.name, s.inode_id
   limit ${MOST_ACCESS}
)
select x.*, ${ways(asker, 'a.paths')}
  from shown x
  join ${asker.table('effective_access')}() a on a.inode_id = x.inode_id
 where a.member_id = $1 and a.inode_id = any (array(select inode_id from shown))
 order by x.can_edit desc, x.type, x.name, x.inode_id`,
    [id],
  );
  const opened = await asker.rows<MemberView['opened'][number]>(
    `select r.file_id, r.name, r.type, r.last_interaction_at
  from ${asker.table('member_recent_files')} r
 where r.member_id = $1 and r._deleted_at is null
 order by r.last_interaction_at desc nulls last, r.file_id limit 50`,
    [id],
  );
  const grants = await asker.rows<MemberView['grants'][number]>(
    `select g.grant_id, g.inode_id, g.inode_type, g.name, g.permission, g.team_permission, g.verdict
  from ${asker.model('direct_grants')} g
 where g.member_id = $1
 order by g.verdict = 'redundant' desc, g.name, g.grant_id limit 100`,
    [id],
  );
  return { member, access, opened, grants };
}
