/**
 * The SQL of `effective_access(at)`, which several migrations create. They are frozen once released, so this is, too: a
 * change here must leave alone what they make.
 */
import { quoteLiteral, quoteTable } from '../src/core/database/database.ts';

/** Sigma's permissions from the weakest to the strongest. */
export const PERMISSIONS = ['apply', 'view', 'annotate', 'explore', 'create', 'organize', 'edit'] as const;
export const ORDER = `array[${PERMISSIONS.map((name) => `'${name}'`).join(', ')}]::text[]`;

/** A time that another clock calls now may be a little ahead of ours. */
export const CLOCKS_DIFFER = `interval '5 minutes'`;

/** Types of files that hold others. */
export const IS_CONTAINER = `type in ('folder', 'workspace')`;

type Name = (object: string) => string;

/** A kind of document whose owners may be known where its files are not listed. */
export interface OwnedDocument {
  readonly stream: string;
  /** Column of its ids. */
  readonly id: string;
  readonly type: string;
  /** Credentials may not read it, or its history is shorter than that of the others: then it is left out. */
  readonly isOptional?: true;
}

/** A kind of object that has a listing of its own, which administrators see: of all kinds but files. */
export type ListedObject = OwnedDocument;

export const WORKBOOKS: OwnedDocument = { stream: 'workbooks', id: 'workbook_id', type: 'workbook' };

/** The sources of access: each is the text after FROM, and gives no deleted rows. */
interface Sources {
  readonly grants: string;
  readonly workspaceGrants: string;
  readonly teamMembers: string;
  readonly teams: string;
  readonly members: string;
  readonly files: string;
  /** Containers of files, each once: some may be in no listing. */
  readonly parents: string;
  readonly documents: readonly (OwnedDocument & { readonly rows: string })[];
  /** Objects that administrators see beside files; none if the function knows no administrators. */
  readonly listed: readonly (ListedObject & { readonly rows: string })[];
}

/**
 * The body of the function: one SELECT that the planner unfolds where the function is called, so that a condition on
 * member_id or inode_id reaches the indexes. Its halves, the present and the past, exclude each other by a condition
 * without columns: the one that does not apply is planned and never run.
 *
 * @param listed what administrators see beside files; without it nobody is an administrator, as it once was.
 * @param refusesFuture hands a time to come to the half that knows the past, whose tables refuse it. Without it that time has
 *   the access of now, as it once had.
 */
export function accessSql(
  { targetSchema, stateSchema }: { readonly targetSchema: string; readonly stateSchema: string },
  documents: readonly OwnedDocument[],
  listed: readonly ListedObject[] = [],
  refusesFuture = false,
): string {
  const isFuture = `$1 > now() + ${CLOCKS_DIFFER}`;
  const [now, then] = refusesFuture
    ? [`$1 >= now() and not ${isFuture}`, `($1 < now() or ${isFuture})`]
    : ['$1 >= now()', '$1 < now()'];
  const history = quoteTable(stateSchema, 'history');
  const name = (object: string): string => quoteTable(targetSchema, object);
  return quoteLiteral(
    `(${presentSql(name, documents, listed, now)})\nunion all\n(${pastSql(name, history, documents, listed, then)})`,
  );
}

/** Goes from parent to parent along the index: there are far fewer of them than files. */
function distinctParents(files: string): string {
  const next = (condition: string): string =>
    `select f.parent_id from ${files} f where ${condition} order by f.parent_id limit 1`;
  return `(
    with recursive p as (
      (${next('f.parent_id is not null')})
      union all
      select (${next('f.parent_id > p.parent_id')}) from p where p.parent_id is not null
    ) select p.parent_id from p where p.parent_id is not null)`;
}

/**
 * Access now. The access that a folder passes on is worked out once per folder and person, and joined to all it
 * holds: a document without grants of its own costs no more than a reference to that.
 */
function presentSql(
  name: Name,
  documents: readonly OwnedDocument[],
  listed: readonly ListedObject[],
  applies: string,
): string {
  const live = (table: string): string => `(select * from ${name(table)} where _deleted_at is null)`;
  const sources: Sources = {
    grants: live('grants'),
    workspaceGrants: live('workspace_grants'),
    teamMembers: live('team_members'),
    teams: live('teams'),
    members: live('members'),
    files: live('files'),
    parents: distinctParents(live('files')),
    documents: documents.map((one) => ({ ...one, rows: live(one.stream) })),
    listed: listed.map((one) => ({ ...one, rows: live(one.stream) })),
  };
  const rank = `${name('permission_rank')}(e.permission)`;
  return `
  with recursive ${aboveCtes(sources)}, lines as materialized (
    select a.container, array_agg(a.ancestor) as ancestors, array_agg(c.type) as types
      from above a left join containers c on c.id = a.ancestor group by a.container
  )
  ${strongest(
    name,
    sources,
    `select i.member_id, f.id as inode_id, f.type as file_type, null::text as grant_type, i.rank, i.unranked, i.paths
       from lines c
      cross join lateral (
        select e.member_id, max(${rank}) as rank, max(e.permission) filter (where ${rank} = 0) as unranked,
               jsonb_agg(${pathOf('e.inode_id', 'coalesce(c.types[array_position(c.ancestors, e.inode_id)], e.inode_type)')}) as paths
          from (${entries(sources, 'g.inode_id = any(c.ancestors)')}) e
         group by e.member_id) i
       join ${sources.files} f on f.parent_id = c.container`,
  )}
  where ${applies}
  group by x.member_id, x.inode_id`;
}

/**
 * Access at an earlier time, from the tables as they were. These have no indexes, so paths are found by hash joins, one
 * row for every path; and they are made once each.
 */
function pastSql(
  name: Name,
  history: string,
  documents: readonly OwnedDocument[],
  listed: readonly ListedObject[],
  applies: string,
): string {
  const ctes = {
    grants: 'grant_id, inode_id, inode_type, member_id, team_id, permission',
    workspace_grants: 'grant_id, workspace_id, member_id, team_id, permission',
    team_members: 'team_id, member_id',
    teams: 'team_id, is_archived',
    members: listed.length === 0 ? 'member_id, is_archived' : 'member_id, member_type, is_archived',
    files: 'id, type, parent_id, owner_id',
    ...Object.fromEntries(listed.map(({ stream, id }) => [stream, id])),
    ...Object.fromEntries(documents.map(({ stream, id }) => [stream, `${id}, owner_id`])),
  };
  const all = [...documents, ...listed];
  const optional = ['workspace_grants', ...all.flatMap((one) => (one.isOptional ? [one.stream] : []))];
  const sources: Sources = {
    grants: 'past_grants',
    workspaceGrants: 'past_workspace_grants',
    teamMembers: 'past_team_members',
    teams: 'past_teams',
    members: 'past_members',
    files: 'past_files',
    parents: '(select distinct f.parent_id from past_files f where f.parent_id is not null)',
    documents: documents.map((one) => ({ ...one, rows: `past_${one.stream}` })),
    listed: listed.map((one) => ({ ...one, rows: `past_${one.stream}` })),
  };
  const past = Object.entries(ctes).map(([table, columns]) => {
    const rows = optional.includes(table)
      ? // Credentials may not read it, and then it has no history.
        `(select $1 as at where exists (
              select from ${history} h where h.stream = ${quoteLiteral(table)} and h.since <= $1)) known
           cross join lateral ${name(`${table}_as_of`)}(known.at)`
      : `${name(`${table}_as_of`)}($1)`;
    return `past_${table} as materialized (select ${columns} from ${rows})`;
  });
  const rank = `${name('permission_rank')}(e.permission)`;
  return `
  with recursive ${past.join(', ')}, ${aboveCtes(sources)}
  ${strongest(
    name,
    sources,
    `select e.member_id, f.id as inode_id, f.type as file_type, null::text as grant_type, ${rank} as rank,
            case when ${rank} = 0 then e.permission end as unranked,
            jsonb_build_array(${pathOf('e.inode_id', 'coalesce(c.type, e.inode_type)')}) as paths
       from (${entries(sources, 'true')}) e
       join above a on a.ancestor = e.inode_id
       join ${sources.files} f on f.parent_id = a.container
       left join containers c on c.id = e.inode_id`,
  )}
  where ${applies}
  group by x.member_id, x.inode_id`;
}

/**
 * CTEs: `archived_teams`, which are few; `containers`; and `above`, which has each of them (and what they say is above them) with itself and all that is
 * above it. UNION forgets what it had already, so folders that contain each other end.
 */
function aboveCtes({ files, teams, parents }: Sources): string {
  return `archived_teams as materialized (
    select t.team_id from ${teams} t where t.is_archived
  ), containers as materialized (
    select f.id, f.parent_id, f.type from ${files} f where ${IS_CONTAINER}
  ), above as (
    select c.id as container, c.id as ancestor from containers c
    union
    select p.parent_id, p.parent_id from ${parents} p
    union
    select a.container, c.parent_id
      from above a join containers c on c.id = a.ancestor where c.parent_id is not null
  )`;
}

/**
 * Grants by the members they reach, one row for each grant and member. `condition` is on `g`. Sigma lists a workspace's
 * grants apart, and may or may not list them with the others, too.
 */
function entries({ grants, workspaceGrants, teamMembers }: Sources, condition: string): string {
  const apart = `(
        select w.grant_id, w.workspace_id as inode_id, 'workspace'::text as inode_type, w.member_id, w.team_id, w.permission
          from ${workspaceGrants} w
         where not exists (select from ${grants} o where o.grant_id = w.grant_id))`;
  return [grants, apart]
    .map(
      (source) => `
    select g.member_id, g.grant_id, g.permission, 'direct'::text as via, null::text as team_id, g.inode_id, g.inode_type
      from ${source} g where g.member_id is not null and ${condition}
    union all
    select tm.member_id, g.grant_id, g.permission, 'team', g.team_id, g.inode_id, g.inode_type
      from ${source} g join ${teamMembers} tm on tm.team_id = g.team_id
     where ${condition} and not exists (select from archived_teams t where t.team_id = tm.team_id)`,
    )
    .join('\n    union all');
}

/** A path of access as JSON, of the entry `e`. */
function pathOf(inheritedFrom: string, inheritedType: string): string {
  return `jsonb_build_object('grant_id', e.grant_id, 'permission', e.permission, 'via', e.via, 'team_id', e.team_id,
    'inherited_from', ${inheritedFrom}, 'inherited_type', ${inheritedType})`;
}

/** Everything there is, for each administrator: a path without a grant. */
function ofAdministrators({ files, grants, members, listed }: Sources): string {
  if (listed.length === 0) return '';
  const isNoFile = (id: string): string => `not exists (select from ${files} f where f.id = ${id})`;
  const others = listed.map(
    ({ rows, id, type }) => `
        union all
        select o.${id}, ${quoteLiteral(type)}, null from ${rows} o where ${isNoFile(`o.${id}`)}`,
  );
  const isUnlisted = listed.map(
    ({ rows, id }) => `and not exists (select from ${rows} o where o.${id} = g.inode_id)`,
  );
  return `
      union all
      select a.member_id, o.id, o.type, o.grant_type, ${PERMISSIONS.indexOf('edit') + 1}, null, ${quoteLiteral(ADMINISTRATOR)}::jsonb
        from ${members} a
       cross join (
        select f.id, f.type, null::text as grant_type from ${files} f${others.join('')}
        union all
        select g.inode_id, null, max(g.inode_type) from ${grants} g
         where g.inode_id is not null and ${isNoFile('g.inode_id')} ${isUnlisted.join(' ')}
         group by g.inode_id) o
       where lower(a.member_type) = 'admin'`;
}

const ADMINISTRATOR = JSON.stringify([
  {
    ...{ grant_id: null, permission: 'edit', via: 'administrator', team_id: null },
    ...{ inherited_from: null, inherited_type: null },
  },
]);

/** The selection from `inherited` access, direct grants and owners, without its WHERE and GROUP BY. */
function strongest(name: Name, sources: Sources, inherited: string): string {
  const { files, documents, members } = sources;
  const rank = `${name('permission_rank')}(e.permission)`;
  const owner = `null, ${PERMISSIONS.indexOf('edit') + 1}, null, '[{"grant_id": null, "permission": "edit", "via": "owner", "team_id": null,
    "inherited_from": null, "inherited_type": null}]'::jsonb`;
  const ofOwners = ({ rows, id, type }: Sources['documents'][number]): string => `
      union all
      select w.owner_id, w.${id}, ${quoteLiteral(type)}, ${owner} from ${rows} w
       where w.owner_id is not null
         and not exists (select from ${files} f where f.id = w.${id} and f.owner_id = w.owner_id)`;
  return `select x.member_id, x.inode_id, coalesce(max(x.file_type), max(x.grant_type)), coalesce((${ORDER})[max(x.rank)], max(x.unranked)),
         ${name('concat_paths')}(x.paths)
    from (
      ${inherited}
      union all
      select e.member_id, e.inode_id, c.type, e.inode_type, ${rank},
             case when ${rank} = 0 then e.permission end,
             jsonb_build_array(${pathOf('null::text', 'null::text')})
        from (${entries(sources, 'g.inode_id is not null')}) e
        left join containers c on c.id = e.inode_id
      union all
      select f.owner_id, f.id, f.type, ${owner} from ${files} f where f.owner_id is not null${documents.map(ofOwners).join('')}${ofAdministrators(sources)}
    ) x
    join ${members} m on m.member_id = x.member_id and m.is_archived is not true`;
}
