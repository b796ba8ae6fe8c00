/** An organization with many grants, written straight into the tables: no API and no sync, only what access is made of. */
import { type Database, quoteTable, type Session } from '../../src/core/database/database.ts';
import type { Schemas } from '../../src/state/schemas.ts';

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

/** When the first sync ended. Everything there was is in the log as inserted before. */
export const FIRST_SYNC = '2026-10-01T00:00:00Z';
/** When 1 % of grants and memberships changed, after what the benchmark looks at. */
export const CHANGED_AT = '2026-11-20T00:00:00Z';

/** The n-th id of a kind: `kind` and `n` are SQL. */
export const id = (kind: string, n: string): string => `md5('${kind}' || (${n}))::uuid::text`;
/** A whole number from 1 to `most`, the same for the same seed and n. */
export const pick = (seed: string, n: string, most: number): string =>
  `(1 + abs(hashtext('${seed}' || (${n})) % ${most}))`;
const TIMES = `'${FIRST_SYNC}'::timestamptz`;

/** Fills the tables, the change log and `history`, and gathers statistics. */
export async function fillOrganization(
  database: Database,
  schemas: Schemas,
  sizes: AccessSizes,
): Promise<void> {
  await database.session(async (session) => {
    const insert = (table: string, columns: readonly string[], from: string): Promise<unknown> =>
      session.query(
        `insert into ${quoteTable(schemas.target, table)} (${columns.join(', ')}, _raw, _first_synced_at, _synced_at)
         select ${columns.map((name) => `r.${name}`).join(', ')}, to_jsonb(r), ${TIMES}, ${TIMES} from (${from}) r`,
      );
    const { members, teams, teamSize, workspaces, folders, depth, workbooks, grants } = sizes;
    const authorship = `${id('m', '1')} as created_by, ${TIMES} as created_at, ${TIMES} as updated_at`;
    const stamps = ['created_by', 'created_at', 'updated_at'];

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

    const perLevel = Math.max(1, Math.ceil(folders / depth));
    const anyWorkspace = (seed: string): string => id('w', pick(seed, 'n', workspaces));
    const folderAbove = `case when n <= ${perLevel} then ${anyWorkspace('fw')}
      else md5('f' || ((n - 1) / ${perLevel} - 1) * ${perLevel} + ${pick('ff', 'n', perLevel)})::uuid::text end`;
    const folderOrWorkspace = `case when ${pick('wf', 'n', 10)} = 1 then ${anyWorkspace('ww')}
      else ${id('f', pick('wp', 'n', folders))} end`;
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
         from ${quoteTable(schemas.target, 'files')} f where f.type = 'workbook'`,
    );
    await insert(
      'grants',
      ['grant_id', 'inode_id', 'inode_type', 'member_id', 'team_id', 'permission', ...stamps],
      `select ${id('g', 'n')} as grant_id,
              case when n % 4 > 0 then ${id('b', pick('gb', 'n', workbooks))}
                   when ${pick('gc', 'n', workspaces + folders)} <= ${workspaces} then ${anyWorkspace('gw')}
                   else ${id('f', pick('gf', 'n', folders))} end as inode_id,
              case when n % 4 > 0 then 'workbook' else 'folder' end as inode_type,
              case when ${pick('gt', 'n', 10)} > 4 then ${id('m', pick('gm', 'n', members))} end as member_id,
              case when ${pick('gt', 'n', 10)} <= 4 then ${id('t', pick('gi', 'n', teams))} end as team_id,
              (array['view', 'explore', 'organize', 'edit'])[${pick('gp', 'n', 4)}] as permission, ${authorship}
         from generate_series(1, ${grants}) n`,
    );
    await log(session, schemas);
    await session.query('vacuum analyze');
  });
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
