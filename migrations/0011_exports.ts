import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { MigrationContext } from './migration.ts';

/** Exports of element data: watermarks, what the columns of each table stand for, and what each run loaded. */
export async function up(db: Kysely<unknown>, { stateSchema }: MigrationContext): Promise<void> {
  const state = db.withSchema(stateSchema).schema;

  await state
    .alterTable('runs')
    .addColumn('rows', 'bigint')
    .addColumn('bytes', 'bigint')
    .addColumn('windows', 'integer')
    .addColumn('query_ids', sql`text[]`)
    .execute();

  await state
    .createTable('exports')
    .addColumn('export', 'text', (c) => c.primaryKey())
    .addColumn('table_name', 'text', (c) => c.notNull())
    .addColumn('mode', 'text', (c) => c.notNull())
    .addColumn('watermark', 'timestamptz')
    .addColumn('last_run_id', 'text', (c) => c.notNull())
    .addColumn('last_status', 'text', (c) => c.notNull())
    .addColumn('last_attempt_at', 'timestamptz', (c) => c.notNull())
    .addColumn('last_success_at', 'timestamptz')
    .addColumn('error', 'text')
    .execute();

  await state
    .createTable('export_columns')
    .addColumn('export', 'text', (c) => c.notNull())
    .addColumn('column_name', 'text', (c) => c.notNull())
    .addColumn('label', 'text', (c) => c.notNull())
    .addColumn('occurrence', 'integer', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('sql_type', 'text', (c) => c.notNull())
    .addColumn('added_at', 'timestamptz', (c) => c.notNull())
    .addColumn('missing_since', 'timestamptz')
    .addPrimaryKeyConstraint('export_columns_pkey', ['export', 'column_name'])
    .execute();

  await state
    .createTable('export_runs')
    .addColumn('export_run', 'bigint', (c) => c.generatedAlwaysAsIdentity().primaryKey())
    .addColumn('run_id', 'text', (c) =>
      c.notNull().references(`${stateSchema}.runs.run_id`).onDelete('cascade'),
    )
    .addColumn('export', 'text', (c) => c.notNull())
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('rows', 'bigint', (c) => c.notNull().defaultTo(0))
    .addColumn('inserted', 'bigint', (c) => c.notNull().defaultTo(0))
    .addColumn('updated', 'bigint', (c) => c.notNull().defaultTo(0))
    .addColumn('unchanged', 'bigint', (c) => c.notNull().defaultTo(0))
    .addColumn('deleted', 'bigint', (c) => c.notNull().defaultTo(0))
    .addColumn('rejected', 'bigint', (c) => c.notNull().defaultTo(0))
    .addColumn('bytes', 'bigint', (c) => c.notNull().defaultTo(0))
    .addColumn('windows', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('query_ids', sql`text[]`, (c) => c.notNull().defaultTo(sql`'{}'`))
    .addColumn('drift', 'jsonb')
    .addColumn('rejections', 'jsonb')
    .addColumn('waited_ms', 'bigint', (c) => c.notNull().defaultTo(0))
    .addColumn('loaded_ms', 'bigint', (c) => c.notNull().defaultTo(0))
    .addColumn('error', 'text')
    .addColumn('started_at', 'timestamptz', (c) => c.notNull())
    .addColumn('finished_at', 'timestamptz')
    .execute();
  await state.createIndex('export_runs_run_id').on('export_runs').column('run_id').execute();

  await state
    .createTable('export_windows')
    .addColumn('export', 'text', (c) => c.notNull())
    .addColumn('window_from', 'timestamptz', (c) => c.notNull())
    .addColumn('window_to', 'timestamptz', (c) => c.notNull())
    .addColumn('export_run', 'bigint', (c) => c.notNull())
    .addColumn('rows', 'bigint', (c) => c.notNull())
    .addColumn('bytes', 'bigint', (c) => c.notNull())
    .addColumn('query_ids', sql`text[]`, (c) => c.notNull())
    .addColumn('loaded_at', 'timestamptz', (c) => c.notNull())
    .addPrimaryKeyConstraint('export_windows_pkey', ['export', 'window_from', 'window_to'])
    .execute();

  // Says of a value whether a type takes it, for the rows that a failed cast does not name.
  await sql`
    create function ${sql.id(stateSchema, 'castable')}(value text, type text) returns boolean
    language plpgsql as $$
    begin
      execute format('select $1::%s', type) using value;
      return true;
    exception when data_exception or integrity_constraint_violation or statement_too_complex then
      return false;
    end $$`.execute(db);
  await sql`
    comment on function ${sql.id(stateSchema, 'castable')}(text, text) is 'True where a value can be cast to a type'`.execute(
    db,
  );
}
