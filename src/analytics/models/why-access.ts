import type { Model } from '../model.ts';
import { rank } from './shared/parts.ts';

/** Why can A see B? */
export const whyAccess: Model = {
  name: 'why_access',
  kind: 'function',
  about:
    'Why a member can see an object: one row per path, the strongest first; none where there is no access. With a time it is about then, as far as the history goes back.',
  parameters: 'member text, inode text, at timestamptz default now()',
  columns: {
    permission: 'text: what this path gives',
    via: 'text: direct, team or owner',
    team_id: 'text: the team, or null',
    team_name: 'text: its name as of today',
    inherited_from: 'text: folder or workspace that the grant is on; null where it is on the object itself',
    inherited_name: 'text: its name as of today',
    inherited_type: 'text: folder or workspace',
    grant_id: 'text: the grant, null for an owner',
  },
  inputs: [],
  sql: (names) => `
select p.permission, p.via, p.team_id, t.name, p.inherited_from, coalesce(f.name, w.name), p.inherited_type, p.grant_id
  from ${names.raw('effective_access')}($3) a
 cross join lateral jsonb_to_recordset(a.paths)
       as p(permission text, via text, team_id text, inherited_from text, inherited_type text, grant_id text)
  left join ${names.raw('teams')} t on t.team_id = p.team_id
  left join ${names.raw('files')} f on f.id = p.inherited_from
  left join ${names.raw('workspaces')} w on w.workspace_id = p.inherited_from
 where a.member_id = $1 and a.inode_id = $2
 order by ${rank(names, 'p.permission')} desc, p.via, p.team_id, p.inherited_from, p.grant_id`,
};
