/** An organization with many grants, written straight into the tables: no API and no sync, only what access is made of. */
import { type Database, quoteTable, type Session } from '../../src/core/database/database.ts';
import type { Schemas } from '../../src/state/schemas.ts';
import { type Insert, id, inserter, pick, TIMES } from './made-rows.ts';

/** Sizes of the organization. */
export interface AccessSizes {
  readonly members: number;
  readonly teams: number;
  readonly teamSize: number;
  readonly workspaces: number;
  readonly folders: number;
  /** Levels of folders below the workspaces. */
  readonly depth: number;
  readonly workbooks: number;
  readonly grants: number;
}

/** The time at which 1 % of grants and memberships changed, after all times that the benchmark looks at. */
export const CHANGED_AT = '2026-11-20T00:00:00Z';

/**
 * Fills the tables, the change log and `history`, and gathers statistics, or leaves that to the caller. Everything there was at the first sync is in
 * the log as inserted before.
 */
export async function fillOrganization(
  database: Database,
  schemas: Schemas,
  sizes: AccessSizes,
  statistics: 'all' | 'none' = 'all',
): Promise<void> {
  await database.session(async (session) => {
    const insert = inserter(session, schemas, 'to_jsonb(r)');
    await fillPeople(insert, sizes);
    await fillFiles(insert, sizes, quoteTable(schemas.target, 'files'));
    await fillGrants(insert, sizes);
    await log(session, schemas);
    if (statistics === 'all') await session.query('vacuum analyze');
  });
}

const authorship = `${id('m', '1')} as created_by, ${TIMES} as created_at, ${TIMES} as updated_at`;
const stamps = ['created_by', 'created_at', 'updated_at'];

async function fillPeople(
  insert: Insert,
  { members, teams, teamSize, workspaces }: AccessSizes,
): Promise<void> {
  await insert(
    'members',
    ['member_id', 'first_name', 'email', 'is_archived', ...stamps],
    `select ${id('m', 'n')} as member_id, 'Member ' || n as first_name, 'm' || n || '@example.com' as email,
              n % 50 = 0 as is_archived, ${authorship} from generate_series(1, ${members}) n`,
  );
  await insert(
    'teams',
    ['team_id', 'name', 'is_archived', ...stamps],
    `select ${id('t', 'n')} as team_id, 'Team ' || n as name, false as is_archived, ${authorship}
         from generate_series(1, ${teams}) n`,
  );
  await insert(
    'team_members',
    ['team_id', 'member_id'],
    `select distinct ${id('t', 't')} as team_id, ${id('m', pick('tm', `t || '/' || n`, members))} as member_id
         from generate_series(1, ${teams}) t, generate_series(1, ${teamSize}) n`,
  );
  await insert(
    'workspaces',
    ['workspace_id', 'name', ...stamps],
    `select ${id('w', 'n')} as workspace_id, 'Workspace ' || n as name, ${authorship}
         from generate_series(1, ${workspaces}) n`,
  );
}

/** The id of any of so many, by the number `n`. */
const anyOf = (kind: string, seed: string, count: number): string => id(kind, pick(seed, 'n', count));

async function fillFiles(
  insert: Insert,
  { members, workspaces, folders, depth, workbooks }: AccessSizes,
  table: string,
): Promise<void> {
  const perLevel = Math.max(1, Math.ceil(folders / depth));
  const folderAbove = `case when n <= ${perLevel} then ${anyOf('w', 'fw', workspaces)}
      else md5('f' || ((n - 1) / ${perLevel} - 1) * ${perLevel} + ${pick('ff', 'n', perLevel)})::uuid::text end`;
  const folderOrWorkspace = `case when ${pick('wf', 'n', 10)} = 1 then ${anyOf('w', 'ww', workspaces)}
      else ${anyOf('f', 'wp', folders)} end`;
  const file = ['id', 'name', 'type', 'parent_id', 'owner_id', 'is_archived', ...stamps];
  const files = (kind: string, type: string, parent: string, count: number): Promise<unknown> =>
    insert(
      'files',
      file,
      `select ${id(kind, 'n')} as id, '${type} ' || n as name, '${type}' as type, ${parent} as parent_id,
                ${type === 'workspace' ? 'null' : id('m', pick('owner', `'${kind}' || n`, members))} as owner_id,
                false as is_archived, ${authorship} from generate_series(1, ${count}) n`,
    );
  await files('w', 'workspace', `md5('root')`, workspaces);
  await files('f', 'folder', folderAbove, folders);
  await files('b', 'workbook', folderOrWorkspace, workbooks);
  await insert(
    'workbooks',
    ['workbook_id', 'name', 'owner_id', 'is_archived', 'latest_version', ...stamps],
    `select f.id as workbook_id, f.name, f.owner_id, false as is_archived, 1 as latest_version,
              f.created_by, f.created_at, f.updated_at
         from ${table} f where f.type = 'workbook'`,
  );
}

async function fillGrants(
  insert: Insert,
  { members, teams, workspaces, folders, workbooks, grants }: AccessSizes,
): Promise<void> {
  await insert(
    'grants',
    ['grant_id', 'inode_id', 'inode_type', 'member_id', 'team_id', 'permission', ...stamps],
    `select ${id('g', 'n')} as grant_id,
              case when n % 4 > 0 then ${anyOf('b', 'gb', workbooks)}
                   when ${pick('gc', 'n', workspaces + folders)} <= ${workspaces} then ${anyOf('w', 'gw', workspaces)}
                   else ${anyOf('f', 'gf', folders)} end as inode_id,
              case when n % 4 > 0 then 'workbook' else 'folder' end as inode_type,
              case when ${pick('gt', 'n', 10)} > 4 then ${anyOf('m', 'gm', members)} end as member_id,
              case when ${pick('gt', 'n', 10)} <= 4 then ${anyOf('t', 'gi', teams)} end as team_id,
              (array['view', 'explore', 'organize', 'edit'])[${pick('gp', 'n', 4)}] as permission, ${authorship}
         from generate_series(1, ${grants}) n`,
  );
}

/** The first sync in the log, and a later one that gave 1 % of the grants another permission and dropped 1 % of the memberships. */
async function log(session: Session, schemas: Schemas): Promise<void> {
  const changes = quoteTable(schemas.state, 'changes');
  const keys = {
    members: ['member_id'],
    teams: ['team_id'],
    team_members: ['team_id', 'member_id'],
    workspaces: ['workspace_id'],
    files: ['id'],
    workbooks: ['workbook_id'],
    grants: ['grant_id'],
  };
  for (const [stream, key] of Object.entries(keys)) {
    await session.query(
      `insert into ${changes} (changed_at, run_id, stream, key, operation, after)
       select ${TIMES}, 'first', '${stream}', array[${key.join(', ')}], 'insert', jsonb_strip_nulls(_raw)
         from ${quoteTable(schemas.target, stream)}`,
    );
    await session.query(`insert into ${quoteTable(schemas.state, 'history')} values ('${stream}', ${TIMES})`);
  }
  await session.query(
    `with changed as (
       update ${quoteTable(schemas.target, 'grants')} set permission = 'view'
        where permission <> 'view' and hashtext(grant_id) % 75 = 0 returning grant_id)
     insert into ${changes} (changed_at, run_id, stream, key, operation, changed, before, after)
     select '${CHANGED_AT}', 'second', 'grants', array[grant_id], 'update', array['permission'],
            jsonb_build_object('permission', g.permission), '{"permission": "view"}'
       from changed join ${quoteTable(schemas.target, 'grants')} g using (grant_id)`,
  );
  await session.query(
    `with gone as (
       update ${quoteTable(schemas.target, 'team_members')} set _deleted_at = '${CHANGED_AT}'
        where hashtext(team_id || member_id) % 100 = 0 returning *)
     insert into ${changes} (changed_at, run_id, stream, key, operation, before)
     select '${CHANGED_AT}', 'second', 'team_members', array[team_id, member_id], 'delete',
            to_jsonb(gone) - '{_raw,_first_synced_at,_synced_at,_deleted_at}'::text[] from gone`,
  );
}
