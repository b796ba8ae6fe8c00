import type { Kysely } from 'kysely';
import type { MigrationContext } from './migration.ts';
import { AUTHORSHIP, GRANT, streamTables } from './stream-table.ts';

/** The tables of the streams about access besides the grants of `/v2/grants`. */
export async function up(db: Kysely<unknown>, { targetSchema }: MigrationContext): Promise<void> {
  const { table, index, partialIndex } = streamTables(db, targetSchema);

  await table('workspace_grants', ['grant_id'], {
    workspace_id: 'text',
    ...GRANT,
  });
  await table('connection_grants', ['grant_id'], {
    connection_id: 'text',
    ...GRANT,
  });
  await table('connection_path_grants', ['grant_id'], {
    url_id: 'text',
    ...GRANT,
  });
  await table('allowed_ips', ['ip_allowlist_entry_id'], {
    ip_allowlist_entry_id: 'text',
    ip: 'text',
    scope: 'text',
    description: 'text',
    ...AUTHORSHIP,
  });
  await table('tenants', ['tenant_organization_id'], {
    tenant_organization_id: 'text',
    parent_organization_id: 'text',
    tenant_organization_name: 'text',
    tenant_organization_slug: 'text',
    shared_at: 'timestamptz',
    ...AUTHORSHIP,
  });

  // The first column of each is the one its partitions are looked up by.
  for (const [name, partition] of [
    ['workspace_grants', 'workspace_id'],
    ['connection_grants', 'connection_id'],
    ['connection_path_grants', 'url_id'],
  ] as const) {
    await index(name, partition);
    for (const column of ['member_id', 'team_id', 'inode_id']) await partialIndex(name, column);
  }
}
