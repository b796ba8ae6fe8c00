import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { MigrationContext } from './migration.ts';

/**
 * The change log, since when it is complete for each stream, and doubts about partitions. The log is partitioned by
 * month, so that old months can be dropped; what no month takes (a clock that jumped) goes to the default partition
 * rather than failing a load.
 */
export async function up(db: Kysely<unknown>, { stateSchema }: MigrationContext): Promise<void> {
  const state = db.withSchema(stateSchema).schema;
  const changes = sql.id(stateSchema, 'changes');

  const sequence = `"${stateSchema.replaceAll('"', '""')}".changes_change_id_seq`;

  await sql`create sequence ${sql.id(stateSchema, 'changes_change_id_seq')}`.execute(db);
  await sql`
    create table ${changes} (
      change_id bigint not null default nextval(${sql.lit(sequence)}),
      changed_at timestamptz not null,
      run_id text not null,
      stream text not null,
      key text[] not null,
      operation text not null,
      changed text[],
      before jsonb,
      after jsonb
    ) partition by range (changed_at)`.execute(db);
  await sql`
    create table ${sql.id(stateSchema, 'changes_default')} partition of ${changes} default`.execute(db);
  await sql`create index changes_stream_key on ${changes} (stream, key, changed_at)`.execute(db);

  await state
    .createTable('history')
    .addColumn('stream', 'text', (c) => c.primaryKey())
    .addColumn('since', 'timestamptz', (c) => c.notNull())
    .execute();
  await state
    .alterTable('partitions')
    .addColumn('doubts', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('doubtful', sql`text[]`)
    .addColumn('doubted_at', 'timestamptz')
    .execute();
}
