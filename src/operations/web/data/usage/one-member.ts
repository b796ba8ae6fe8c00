/** One member. */

import type { Asker } from '../../../../analytics/asker.ts';
import type { Row } from '../../../../core/database/database.ts';
import { type AccessRow, administrates, MOST_ACCESS, ways } from './access-rows.ts';
import type { AnswerPart } from './statement.ts';

export interface MemberView {
  readonly member: Row & Readonly<Record<string, unknown>>;
  readonly access: readonly AccessRow[];
  readonly opened: readonly (Row & {
    file_id: string;
    name: string | null;
    type: string | null;
    last_interaction_at: Date | null;
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
export function memberGrants(
  asker: Asker,
  id: string,
  { limit, offset }: AnswerPart,
): Promise<MemberGrant[]> {
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

/** @returns undefined where there is no such member. */
export async function memberView(asker: Asker, id: string): Promise<MemberView | undefined> {
  const [member] = await asker.rows(
    `select a.*, l.verdict
  from ${asker.model('member_activity')} a left join ${asker.model('licence_use')} l on l.member_id = a.member_id
 where a.member_id = $1`,
    [id],
  );
  if (member === undefined) return undefined;
  // An administrator sees everything, by a path of its own: what else lets them see it is of interest.
  const others = hasFullAccess(member)
    ? ` and (jsonb_array_length(a.paths) > 1 or not ${administrates('a.paths')})`
    : '';
  // A member who sees everything has ten thousand objects: their names are looked up in one table, and ways only for
  // those shown.
  const access = await asker.rows<AccessRow>(
    `with seen as materialized (
  select a.inode_id, a.inode_type, a.permission, a.paths from ${asker.table('effective_access')}() a where a.member_id = $1${others}
), shown as (
  select s.inode_id, coalesce(e.type, s.inode_type) as type, e.name, e.folder_path, s.permission, s.paths,
         s.permission = 'edit' as can_edit, (count(*) over ())::integer as total
    from seen s left join ${asker.model('access_exposure')} e on e.inode_id = s.inode_id
   where e.is_archived is not true
   order by s.permission = 'edit' desc, coalesce(e.type, s.inode_type), e.name, s.inode_id
   limit ${MOST_ACCESS}
)
select x.inode_id, x.type, x.name, x.folder_path, x.permission, x.total, ${ways(asker, 'x.paths')}
  from shown x
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
  const grants = await memberGrants(asker, id, { limit: MOST_GRANTS, offset: 0 });
  return { member, access, opened, grants };
}
