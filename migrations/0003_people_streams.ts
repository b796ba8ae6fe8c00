import type { Kysely } from 'kysely';
import type { MigrationContext } from './migration.ts';
import { AUTHORSHIP, FILE, streamTables } from './stream-table.ts';

/** The tables of the streams about people: account types, user attributes, and what members opened and marked. */
export async function up(db: Kysely<unknown>, { targetSchema }: MigrationContext): Promise<void> {
  const { table, index } = streamTables(db, targetSchema);

  await table('organization', ['organization_id'], {
    organization_id: 'text',
    member_id: 'text',
  });
  await table('account_types', ['account_type_id'], {
    account_type_id: 'text',
    account_type_name: 'text',
    description: 'text',
    is_custom: 'boolean',
  });
  await table('account_type_permissions', ['account_type_id', 'permission'], {
    account_type_id: 'text',
    permission: 'text',
    description: 'text',
  });
  await table('user_attributes', ['user_attribute_id'], {
    user_attribute_id: 'text',
    name: 'text',
    description: 'text',
    default_value: 'jsonb',
    ...AUTHORSHIP,
  });
  await table('user_attribute_members', ['user_attribute_id', 'member_id'], {
    user_attribute_id: 'text',
    member_id: 'text',
    value: 'jsonb',
    ...AUTHORSHIP,
  });
  await table('user_attribute_teams', ['user_attribute_id', 'team_id'], {
    user_attribute_id: 'text',
    team_id: 'text',
    value: 'jsonb',
    priority: 'double precision',
    ...AUTHORSHIP,
  });
  await table('member_recent_files', ['member_id', 'file_id'], {
    member_id: 'text',
    file_id: 'text',
    ...FILE,
    last_interaction_at: 'timestamptz',
  });
  await table('member_favorites', ['member_id', 'file_id'], {
    member_id: 'text',
    file_id: 'text',
    ...FILE,
  });

  await index('user_attribute_members', 'member_id');
  await index('user_attribute_teams', 'team_id');
  await index('member_recent_files', 'file_id');
  await index('member_favorites', 'file_id');
}
