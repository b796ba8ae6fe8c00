import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import { quoteTable } from '../src/core/database/database.ts';
import { createAsOf } from './0008_as_of.ts';
import { LISTED, REPORTS } from './0020_administrators.ts';
import { accessSql, WORKBOOKS } from './effective-access.ts';
import type { MigrationContext } from './migration.ts';

/** Tables with a function `…_as_of(at)`, and their keys. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  members: ['member_id'],
  teams: ['team_id'],
  team_members: ['team_id', 'member_id'],
  workspaces: ['workspace_id'],
  files: ['id'],
  workbooks: ['workbook_id'],
  reports: ['report_id'],
  data_models: ['data_model_id'],
  datasets: ['dataset_id'],
  grants: ['grant_id'],
  workspace_grants: ['grant_id'],
};

/** `…_as_of(at)` and `effective_access(at)` refuse a time to come, instead of answering with the present. */
export async function up(db: Kysely<unknown>, context: MigrationContext): Promise<void> {
  for (const [name, key] of Object.entries(TABLES)) await createAsOf(db, context, name, key, true);
  await sql
    .raw(
      `create or replace function ${quoteTable(context.targetSchema, 'effective_access')}(at timestamptz default now())
         returns table (member_id text, inode_id text, inode_type text, permission text, paths jsonb)
         language sql stable parallel safe
         as ${accessSql(context, [WORKBOOKS, REPORTS], LISTED, true)}`,
    )
    .execute(db);
}
