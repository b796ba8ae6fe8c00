import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import { quoteTable } from '../src/core/database/database.ts';
import type { MigrationContext } from './migration.ts';

/** Streams whose rows name an object. */
const REFERRING = ['grants', 'workspace_grants', 'connection_grants', 'connection_path_grants'] as const;

/** Objects and the column of their short id. */
const OBJECTS = [
  ['workbooks', 'workbook_url_id'],
  ['workspaces', 'workspace_url_id'],
  ['files', 'url_id'],
  ['data_models', 'data_model_url_id'],
  ['datasets', 'dataset_url_id'],
  ['templates', 'template_url_id'],
] as const;

/**
 * The short id of a grant's object beside the long one, and indexes by which either is found. Stored grants have the
 * id that the API sent: if that is the short one, it is kept as such, and the next sync finds the long one.
 */
export async function up(
  db: Kysely<unknown>,
  { targetSchema, stateSchema }: MigrationContext,
): Promise<void> {
  const target = db.withSchema(targetSchema).schema;
  const run = (text: string): Promise<unknown> => sql.raw(text).execute(db);

  await target.alterTable('workspaces').addColumn('workspace_url_id', 'text').execute();
  await target.alterTable('datasets').addColumn('dataset_url_id', 'text').execute();
  // The end of the last part of the address, as the declaration has it, so that the next sync finds nothing changed.
  await run(
    `update ${quoteTable(targetSchema, 'datasets')}
        set dataset_url_id = substring(regexp_replace(url, '[?#].*$', '') from '(?:/|-)([0-9A-Za-z]{18,22})$')
      where url is not null`,
  );
  for (const [table, column] of OBJECTS)
    await target.createIndex(`${table}_${column}`).on(table).column(column).execute();

  // Objects were asked for by these ids, which the API refuses; nothing will ask for them again.
  for (const table of ['partitions', 'absences'])
    await run(
      `delete from ${quoteTable(stateSchema, table)} where stream = 'grants' and partition ~ '^inode:[0-9A-Za-z]+$'`,
    );

  for (const table of REFERRING) {
    const name = quoteTable(targetSchema, table);
    await target.alterTable(table).addColumn('inode_url_id', 'text').execute();
    await run(`update ${name} set inode_url_id = inode_id where inode_id ~ '^[0-9A-Za-z]+$'`);
    await run(
      `create index ${table}_lacking_ids on ${name} (inode_id) where inode_id = inode_url_id or inode_url_id is null`,
    );
  }
}
