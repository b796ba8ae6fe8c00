import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { MigrationContext } from './migration.ts';

/** Runs, per-stream state, per-partition cursors, and rows that wait for their tombstone. */
export async function up(db: Kysely<unknown>, { stateSchema }: MigrationContext): Promise<void> {
  const state = db.withSchema(stateSchema).schema;

  await state
    .createTable('runs')
    .addColumn('run_id', 'text', (c) => c.primaryKey())
    .addColumn('command', 'text', (c) => c.notNull())
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('resumable', 'boolean', (c) => c.notNull().defaultTo(false))
    .addColumn('full', 'boolean', (c) => c.notNull().defaultTo(false))
    .addColumn('cycle_id', 'text', (c) => c.notNull())
    .addColumn('cycle_started_at', 'timestamptz', (c) => c.notNull())
    .addColumn('resumed_from', 'text')
    .addColumn('started_at', 'timestamptz', (c) => c.notNull())
    .addColumn('finished_at', 'timestamptz')
    .addColumn('requests', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('retries', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('rate_limited', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('error', 'text')
    .execute();
  await state.createIndex('runs_started_at').on('runs').column('started_at').execute();

  await state
    .createTable('run_streams')
    .addColumn('run_id', 'text', (c) =>
      c.notNull().references(`${stateSchema}.runs.run_id`).onDelete('cascade'),
    )
    .addColumn('stream', 'text', (c) => c.notNull())
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('mode', 'text', (c) => c.notNull())
    .addColumn('partitions', 'integer', (c) => c.notNull())
    .addColumn('partitions_failed', 'integer', (c) => c.notNull())
    .addColumn('requests', 'integer', (c) => c.notNull())
    .addColumn('read', 'integer', (c) => c.notNull())
    .addColumn('inserted', 'integer', (c) => c.notNull())
    .addColumn('updated', 'integer', (c) => c.notNull())
    .addColumn('unchanged', 'integer', (c) => c.notNull())
    .addColumn('deleted', 'integer', (c) => c.notNull())
    .addColumn('error', 'text')
    .addColumn('started_at', 'timestamptz', (c) => c.notNull())
    .addColumn('finished_at', 'timestamptz', (c) => c.notNull())
    .addPrimaryKeyConstraint('run_streams_pkey', ['run_id', 'stream'])
    .execute();

  await state
    .createTable('streams')
    .addColumn('stream', 'text', (c) => c.primaryKey())
    .addColumn('last_run_id', 'text', (c) => c.notNull())
    .addColumn('last_status', 'text', (c) => c.notNull())
    .addColumn('last_attempt_at', 'timestamptz', (c) => c.notNull())
    .addColumn('last_success_at', 'timestamptz')
    .addColumn('error', 'text')
    .execute();

  await state
    .createTable('partitions')
    .addColumn('stream', 'text', (c) => c.notNull())
    .addColumn('partition', 'text', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('signal', 'text')
    .addColumn('run_id', 'text', (c) => c.notNull())
    .addColumn('cycle_id', 'text')
    .addColumn('completed_at', 'timestamptz')
    .addColumn('attempts', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('error', 'text')
    .addColumn('request_id', 'text')
    .addPrimaryKeyConstraint('partitions_pkey', ['stream', 'partition'])
    .execute();

  await state
    .createTable('absences')
    .addColumn('stream', 'text', (c) => c.notNull())
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('partition', 'text', (c) => c.notNull())
    .addColumn('confirmed', 'boolean', (c) => c.notNull())
    .addColumn('run_id', 'text', (c) => c.notNull())
    .addColumn('noted_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addPrimaryKeyConstraint('absences_pkey', ['stream', 'key'])
    .execute();
}
