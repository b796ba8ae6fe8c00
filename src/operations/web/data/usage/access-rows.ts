/** Rows about the access of members to objects. */

import type { Asker } from '../../../../analytics/asker.ts';
import type { Row } from '../../../../core/database/database.ts';

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

/** True of paths that an administrator has. */
export const administrates = (paths: string): string => `${paths} @> '[{"via": "administrator"}]'`;

/** Other ways by which members came by access, in words, each once: a direct grant, ownership, or a team by its name. */
export const ways = (asker: Asker, paths: string): string =>
  `${administrates(paths)} as administrates,
       (select string_agg(distinct case p ->> 'via' when 'team' then 'team ' || coalesce(t.name, p ->> 'team_id')
               when 'direct' then 'a direct grant' when 'owner' then 'ownership' else p ->> 'via' end, ', ')
          from jsonb_array_elements(${paths}) p left join ${asker.table('teams')} t on t.team_id = p ->> 'team_id'
         where p ->> 'via' <> 'administrator') as ways`;

/** All access to an object or of a member, a part of it; the order is that of ids, so that parts fit together. */
export function allAccess(
  asker: Asker,
  of: { readonly inode_id: string } | { readonly member_id: string },
  { limit, after }: { readonly limit: number; readonly after: string },
): Promise<AccessRow[]> {
  const [column, other] = 'inode_id' in of ? ['inode_id', 'member_id'] : ['member_id', 'inode_id'];
  const id = 'inode_id' in of ? of.inode_id : of.member_id;
  return asker.rows<AccessRow>(
    `select x.*, ${ways(asker, 'x.paths')}
  from (select a.member_id, a.member_name, a.email, a.inode_id, a.type, a.name, a.folder_path, a.permission, a.paths
          from ${asker.model('access_matrix')} a
         where a.${column} = $1 and a.${other} collate "C" > $2${'member_id' in of ? ' and not a.is_archived' : ''}
         order by a.${other} collate "C" limit ${limit}) x
 order by x.${other} collate "C"`,
    [id, after],
  );
}
