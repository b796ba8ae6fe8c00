/** One team: its members, its grants, and members who joined or left. */

import type { Asker } from '../../../../analytics/asker.ts';
import type { Row } from '../../../../core/database/database.ts';
import { type Part, TOTAL } from '../counted.ts';

/** Somebody in the team. */
export interface TeamMember extends Row {
  readonly member_id: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly member_type: string | null;
  readonly is_archived: boolean | null;
  readonly is_team_admin: boolean | null;
  readonly last_seen_at: Date | null;
  readonly total: number;
}

/** A grant to the team. */
export interface TeamGrant extends Row {
  readonly grant_id: string;
  readonly inode_id: string;
  readonly type: string;
  readonly name: string | null;
  readonly folder_path: string | null;
  readonly is_archived: boolean | null;
  readonly permission: string | null;
  readonly total: number;
}

export interface TeamView {
  readonly team: Row & {
    readonly name: string | null;
    readonly description: string | null;
    readonly visibility: string | null;
    readonly is_archived: boolean | null;
    readonly created_at: Date | null;
  };
  readonly members: readonly TeamMember[];
  readonly grants: readonly TeamGrant[];
  /** People who joined or left, the latest first. */
  readonly moves: readonly (Row & {
    readonly changed_at: Date;
    readonly change: string;
    readonly member_id: string | null;
    readonly member_name: string | null;
    readonly run_id: string;
    readonly total: number;
  })[];
}

/** Rows of each list that the page shows. */
const MOST_OF_TEAM = 200;

const MOST_MOVES = 20;

const FIRST: Part = { limit: MOST_OF_TEAM, offset: 0 };

/** @returns undefined where there is no such team. */
export async function teamView(asker: Asker, id: string): Promise<TeamView | undefined> {
  const [team] = await asker.rows<TeamView['team']>(
    `select t.name, t.description, t.visibility, t.is_archived, t.created_at
  from ${asker.table('teams')} t where t.team_id = $1 and t._deleted_at is null`,
    [id],
  );
  if (team === undefined) return undefined;
  const members = await teamMembers(asker, id, FIRST);
  const grants = await teamGrants(asker, id, FIRST);
  const moves = await asker.rows<TeamView['moves'][number]>(
    `select a.changed_at, a.change, a.member_id, a.member_name, a.run_id, ${TOTAL}
  from ${asker.model('access_changes')} a
 where a.team_id = $1 and a.change in ('joined', 'left')
 order by a.changed_at desc, a.member_id limit ${MOST_MOVES}`,
    [id],
  );
  return { team, members, grants, moves };
}

/** Its members, those who administer it first. */
export function teamMembers(asker: Asker, id: string, { limit, offset }: Part): Promise<TeamMember[]> {
  return asker.rows<TeamMember>(
    `select t.member_id, m.name, m.email, m.member_type, m.is_archived, t.is_team_admin, m.last_seen_at,
       (count(*) over ())::integer as total
  from ${asker.table('team_members')} t left join ${asker.model('member_activity')} m on m.member_id = t.member_id
 where t.team_id = $1 and t._deleted_at is null
 order by t.is_team_admin is true desc, m.name, t.member_id limit ${limit} offset ${offset}`,
    [id],
  );
}

/** The grants to it: workspaces and folders first, which hold the most. */
export function teamGrants(asker: Asker, id: string, { limit, offset }: Part): Promise<TeamGrant[]> {
  return asker.rows<TeamGrant>(
    `select g.grant_id, g.inode_id, coalesce(e.type, g.inode_type) as type, e.name, e.folder_path, e.is_archived, g.permission,
       (count(*) over ())::integer as total
  from (select r.grant_id, r.inode_id, r.inode_type, r.permission from ${asker.table('grants')} r
         where r.team_id = $1 and r.inode_id is not null and r._deleted_at is null
        union all
        select w.grant_id, w.workspace_id, 'workspace', w.permission from ${asker.table('workspace_grants')} w
         where w.team_id = $1 and w._deleted_at is null
           and not exists (select from ${asker.table('grants')} r where r.grant_id = w.grant_id and r._deleted_at is null)) g
  left join ${asker.model('access_exposure')} e on e.inode_id = g.inode_id
 order by array_position(array['workspace', 'folder'], coalesce(e.type, g.inode_type)) nulls last, type, e.name, g.grant_id
 limit ${limit} offset ${offset}`,
    [id],
  );
}
