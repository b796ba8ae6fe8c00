import type { Kysely } from 'kysely';
import type { MigrationContext } from './migration.ts';
import { AUTHORSHIP, FILE, streamTables } from './stream-table.ts';

/** The tables of the core streams, with an index for every column that partitions are looked up by. */
export async function up(db: Kysely<unknown>, { targetSchema }: MigrationContext): Promise<void> {
  const { table, index, partialIndex } = streamTables(db, targetSchema);

  await table('members', ['member_id'], {
    member_id: 'text',
    organization_id: 'text',
    member_type: 'text',
    first_name: 'text',
    last_name: 'text',
    email: 'text',
    profile_img_url: 'text',
    home_folder_id: 'text',
    user_kind: 'text',
    is_archived: 'boolean',
    is_inactive: 'boolean',
    ...AUTHORSHIP,
  });
  await table('teams', ['team_id'], {
    team_id: 'text',
    name: 'text',
    description: 'text',
    visibility: 'text',
    is_archived: 'boolean',
    ...AUTHORSHIP,
  });
  await table('team_members', ['team_id', 'member_id'], {
    team_id: 'text',
    member_id: 'text',
    is_team_admin: 'boolean',
    added_by: 'text',
  });
  await table('workspaces', ['workspace_id'], {
    workspace_id: 'text',
    name: 'text',
    ...AUTHORSHIP,
  });
  await table('files', ['id'], {
    id: 'text',
    ...FILE,
  });
  await table('workbooks', ['workbook_id'], {
    workbook_id: 'text',
    workbook_url_id: 'text',
    name: 'text',
    url: 'text',
    path: 'text',
    latest_version: 'integer',
    owner_id: 'text',
    description: 'text',
    is_archived: 'boolean',
    tags: 'jsonb',
    ...AUTHORSHIP,
  });
  await table('workbook_pages', ['workbook_id', 'page_id'], {
    workbook_id: 'text',
    page_id: 'text',
    name: 'text',
    hidden: 'boolean',
  });
  await table('workbook_elements', ['workbook_id', 'element_id'], {
    workbook_id: 'text',
    page_id: 'text',
    element_id: 'text',
    name: 'text',
    type: 'text',
    visualization_type: 'text',
    columns: 'jsonb',
    error: 'text',
  });
  await table('grants', ['grant_id'], {
    grant_id: 'text',
    inode_id: 'text',
    inode_type: 'text',
    organization_id: 'text',
    member_id: 'text',
    team_id: 'text',
    permission: 'text',
    ...AUTHORSHIP,
  });

  for (const column of ['member_id', 'team_id', 'inode_id']) await partialIndex('grants', column);
  await index('team_members', 'member_id');
  await index('files', 'parent_id');
  await index('workbooks', 'owner_id');
}
