import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import { quoteLiteral, quoteTable } from '../src/core/database/database.ts';
import { accessSql, IS_CONTAINER, ORDER, PERMISSIONS, WORKBOOKS } from './effective-access.ts';
import type { MigrationContext } from './migration.ts';

const ABOUT =
  'Who may do what with which object: one row per member and object, with the strongest permission and every path it ' +
  'came by (grant_id, permission, via: direct, team or owner, team_id, inherited_from and inherited_type, null where ' +
  'the grant is on the object itself). Grants on folders and workspaces apply to everything below. Archived members ' +
  'and archived teams have no access; archived objects are kept. Conditions on member_id and inode_id are fast.';

/** `effective_access(at)`, with what it needs. */
export async function up(db: Kysely<unknown>, context: MigrationContext): Promise<void> {
  const { targetSchema } = context;
  const name = (object: string): string => quoteTable(targetSchema, object);
  const run = (text: string): Promise<unknown> => sql.raw(text).execute(db);

  // A member's and a team's grants on the folders above an object are looked up by both columns.
  for (const column of ['member_id', 'team_id']) {
    await run(`drop index ${name(`grants_${column}`)}`);
    await run(`create index grants_${column}_inode_id on ${name('grants')} (${column}, inode_id)
                where ${column} is not null`);
  }
  await run(`create index files_owner_id on ${name('files')} (owner_id)`);
  await run(`create index files_containers on ${name('files')} (id, parent_id) where ${IS_CONTAINER}`);

  const rank = name('permission_rank');
  const strengths = PERMISSIONS.map((permission, i) => `${permission} ${i + 1}`).join(', ');
  await run(
    `create function ${rank}(permission text) returns integer language sql immutable parallel safe
         as ${quoteLiteral(`select coalesce(array_position(${ORDER}, $1), 0)`)}`,
  );
  await run(`comment on function ${rank}(text) is 'Strength of a permission: ${strengths}, any other 0.'`);
  await run(`create aggregate ${name('concat_paths')}(jsonb) (sfunc = jsonb_concat, stype = jsonb)`);
  await run(`comment on aggregate ${name('concat_paths')}(jsonb) is 'Joins JSON arrays into one.'`);

  const access = name('effective_access');
  await run(
    `create function ${access}(at timestamptz default now())
       returns table (member_id text, inode_id text, inode_type text, permission text, paths jsonb)
       language sql stable parallel safe
       as ${accessSql(context, [WORKBOOKS])}`,
  );
  await run(`comment on function ${access}(timestamptz) is ${quoteLiteral(ABOUT)}`);
}
