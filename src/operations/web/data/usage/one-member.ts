/** One member. */

import type { Asker } from '../../../../analytics/asker.ts';
import { aboveCtes, rank } from '../../../../analytics/models/shared/sql-parts.ts';
import type { Row } from '../../../../core/database/database.ts';
import { type Part, TOTAL } from '../counted.ts';
import { type AccessRow, MOST_ACCESS, ways } from './access-rows.ts';

export interface MemberView {
  readonly member: Row & Readonly<Record<string, unknown>>;
  readonly access: readonly AccessRow[];
  readonly opened: readonly (Row & {
    file_id: string;
    name: string | null;
    type: string | null;
    last_interaction_at: Date | null;
    total: number;
  })[];
  readonly grants: readonly MemberGrant[];
}

/** A grant to the member in person. */
export interface MemberGrant extends Row {
  readonly grant_id: string;
  readonly inode_id: string;
  readonly inode_type: string;
  readonly name: string | null;
  readonly permission: string;
  readonly team_permission: string | null;
  readonly verdict: string;
  readonly total: number;
}

/** Grants that the page shows. */
const MOST_GRANTS = 100;

/** Grants to a member in person, the redundant ones first. */
export function memberGrants(asker: Asker, id: string, { limit, offset }: Part): Promise<MemberGrant[]> {
  return asker.rows<MemberGrant>(
    `select g.grant_id, g.inode_id, g.inode_type, g.name, g.permission, g.team_permission, g.verdict,
       (count(*) over ())::integer as total
  from ${asker.model('direct_grants')} g
 where g.member_id = $1
 order by g.verdict = 'redundant' desc, g.name, g.grant_id limit ${limit} offset ${offset}`,
    [id],
  );
}

/** True of an administrator who is not archived. */
export function hasFullAccess(member: MemberView['member']): boolean {
  return member['is_administrator'] === true && member['is_archived'] !== true;
}

/** Access of a member, without what only an administrator sees, and how they came by it. */
async function accessOf(asker: Asker, id: string): Promise<AccessRow[]> {
  const shown = await asker.rows<AccessRow>(reachSql(asker), [id]);
  const paths = await asker.rows<Pick<AccessRow, 'inode_id' | 'permission' | 'ways'>>(
    `select x.inode_id, (
         select p ->> 'permission' from jsonb_array_elements(x.paths) p where p ->> 'via' <> 'administrator'
          order by ${rank({ raw: asker.table }, `p ->> 'permission'`)} desc, 1 desc limit 1) as permission, ${ways(asker, 'x.paths')}
  from (select a.inode_id, a.paths from ${asker.table('effective_access')}() a
         where a.member_id = $1 and a.inode_id = any ($2::text[])) x`,
    [id, `{${shown.map(({ inode_id: one }) => JSON.stringify(one)).join(',')}}`],
  );
  const known = new Map(paths.map((row) => [row.inode_id, row]));
  return shown.flatMap((row) => {
    const how = known.get(row.inode_id);
    return how === undefined ? [] : [{ ...row, ...how }];
  });
}

/**
 * The objects that grants, teams and ownership let a member see, those to edit first. They are those of effective_access(), but
 * for what an administrator sees: everything. Paths of ten thousand objects take longer than the objects, so they are asked for
 * those that are shown.
 */
function reachSql(asker: Asker): string {
  const names = {
    live: (table: string): string => `(select * from ${asker.table(table)} where _deleted_at is null)`,
    raw: asker.table,
  };
  const { live } = names;
  // Apart, so that each is found by an index.
  const granted = [
    live('grants'),
    `(select w.grant_id, w.workspace_id as inode_id, 'workspace' as inode_type, w.member_id, w.team_id, w.permission
             from ${live('workspace_grants')} w
            where not exists (select from ${live('grants')} o where o.grant_id = w.grant_id))`,
  ].flatMap((rows) =>
    [
      `${rows} g where g.member_id = $1`,
      `${live('team_members')} t join ${rows} g on g.team_id = t.team_id
           where t.member_id = $1
             and not exists (select from ${live('teams')} a where a.team_id = t.team_id and a.is_archived)`,
    ].map(
      (from) =>
        `select g.inode_id, g.inode_type, ${rank(names, 'g.permission')} as rank from ${from} and g.inode_id is not null`,
    ),
  );
  const edit = rank(names, `'edit'`);
  const owned = (rows: string, column: string): string =>
    `select o.${column}, null, ${edit} from ${live(rows)} o where o.owner_id = $1`;
  return `with recursive ${aboveCtes(names)}, granted as materialized (
  select x.inode_id, max(x.inode_type) as inode_type, max(x.rank) as rank
    from (${granted.join('\n           union all\n          ')}) x
   group by x.inode_id
), held as materialized (
  select a.container, max(g.rank) as rank from above a join granted g on g.inode_id = a.ancestor group by a.container
), reach as (
  select x.inode_id, max(x.inode_type) as inode_type, max(x.rank) as rank
    from (select f.id as inode_id, null as inode_type, h.rank from ${live('files')} f join held h on h.container = f.parent_id
           union all
          select g.inode_id, g.inode_type, g.rank from granted g
           union all
          ${owned('files', 'id')}
           union all
          ${owned('workbooks', 'workbook_id')}
           union all
          ${owned('reports', 'report_id')}) x
   where exists (select from ${live('members')} m where m.member_id = $1 and m.is_archived is not true)
   group by x.inode_id
)
select r.inode_id, coalesce(e.type, r.inode_type) as type, e.name, e.folder_path, (count(*) over ())::integer as total
  from reach r left join ${asker.model('access_exposure')} e on e.inode_id = r.inode_id
 where e.is_archived is not true
 order by r.rank = ${edit} desc, coalesce(e.type, r.inode_type), e.name, r.inode_id
 limit ${MOST_ACCESS}`;
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
  const access = await accessOf(asker, id);
  const opened = await asker.rows<MemberView['opened'][number]>(
    `select r.file_id, r.name, r.type, r.last_interaction_at, ${TOTAL}
  from ${asker.table('member_recent_files')} r
 where r.member_id = $1 and r._deleted_at is null
 order by r.last_interaction_at desc nulls last, r.file_id limit 50`,
    [id],
  );
  const grants = await memberGrants(asker, id, { limit: MOST_GRANTS, offset: 0 });
  return { member, access, opened, grants };
}
