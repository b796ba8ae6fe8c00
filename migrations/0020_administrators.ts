import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import { quoteLiteral, quoteTable } from '../src/core/database/database.ts';
import { createAsOf } from './0008_as_of.ts';
import { accessSql, type ListedObject, type OwnedDocument, WORKBOOKS } from './effective-access.ts';
import type { MigrationContext } from './migration.ts';

export const REPORTS: OwnedDocument = {
  stream: 'reports',
  id: 'report_id',
  type: 'report',
  isOptional: true,
};

/**
 * Objects that administrators see beside files: documents of others, and objects that older APIs list nowhere else.
 */
export const LISTED: readonly ListedObject[] = [
  WORKBOOKS,
  REPORTS,
  { stream: 'data_models', id: 'data_model_id', type: 'data-model', isOptional: true },
  { stream: 'datasets', id: 'dataset_id', type: 'dataset', isOptional: true },
  { stream: 'workspaces', id: 'workspace_id', type: 'workspace', isOptional: true },
];

const ABOUT =
  'Who may do what with which object: one row per member and object, with the strongest permission and every path it ' +
  'came by (grant_id, permission, via: direct, team, owner or administrator, team_id, inherited_from and ' +
  'inherited_type, null where the grant is on the object itself). Grants on folders and workspaces apply to everything ' +
  'below. Administrators (members of the type admin) may edit every object, without a grant. Archived members and ' +
  'archived teams have no access; archived objects are kept. Conditions on member_id and inode_id are fast.';

/** `effective_access(at)` knows administrators, now and at earlier times, which takes the objects of then. */
export async function up(db: Kysely<unknown>, context: MigrationContext): Promise<void> {
  const access = quoteTable(context.targetSchema, 'effective_access');
  const run = (text: string): Promise<unknown> => sql.raw(text).execute(db);
  await createAsOf(db, context, 'data_models', ['data_model_id']);
  await createAsOf(db, context, 'datasets', ['dataset_id']);
  await run(
    `create or replace function ${access}(at timestamptz default now())
       returns table (member_id text, inode_id text, inode_type text, permission text, paths jsonb)
       language sql stable parallel safe
       as ${accessSql(context, [WORKBOOKS, REPORTS], LISTED)}`,
  );
  await run(`comment on function ${access}(timestamptz) is ${quoteLiteral(ABOUT)}`);
}
