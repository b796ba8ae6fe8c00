import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { MigrationContext } from './migration.ts';

/**
 * Tables of unattended service: who is in charge, the turns that were served, the events of each run, and the alerts
 * that were sent.
 */
export async function up(db: Kysely<unknown>, { stateSchema }: MigrationContext): Promise<void> {
  const state = db.withSchema(stateSchema).schema;

  await state
    .alterTable('runs')
    .addColumn('trigger', 'text', (c) => c.notNull().defaultTo('cli'))
    .addColumn('schedule', 'text')
    .addColumn('throttled_ms', 'bigint', (c) => c.notNull().defaultTo(0))
    .execute();
  await state
    .alterTable('run_streams')
    .addColumn('retries', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('rate_limited', 'integer', (c) => c.notNull().defaultTo(0))
    .execute();

  await state
    .createTable('run_events')
    .addColumn('event_id', 'bigint', (c) => c.generatedAlwaysAsIdentity().primaryKey())
    .addColumn('run_id', 'text', (c) =>
      c.notNull().references(`${stateSchema}.runs.run_id`).onDelete('cascade'),
    )
    .addColumn('at', 'timestamptz', (c) => c.notNull())
    .addColumn('event', 'text', (c) => c.notNull())
    .addColumn('stream', 'text')
    .addColumn('detail', 'text', (c) => c.notNull())
    .addColumn('request_id', 'text')
    .execute();
  await state.createIndex('run_events_run_id').on('run_events').column('run_id').execute();

  await state
    .createTable('leases')
    .addColumn('lease', 'text', (c) => c.primaryKey())
    .addColumn('holder', 'text', (c) => c.notNull())
    .addColumn('fence', 'bigint', (c) => c.notNull())
    .addColumn('acquired_at', 'timestamptz', (c) => c.notNull())
    .addColumn('expires_at', 'timestamptz', (c) => c.notNull())
    .execute();

  await state
    .createTable('schedules')
    .addColumn('schedule', 'text', (c) => c.primaryKey())
    .addColumn('served_turn', 'timestamptz')
    .addColumn('attempts', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('retry_at', 'timestamptz')
    .addColumn('fence', 'bigint', (c) => c.notNull())
    .addColumn('last_run_id', 'text')
    .addColumn('last_status', 'text')
    .addColumn('last_started_at', 'timestamptz')
    .addColumn('last_finished_at', 'timestamptz')
    .addColumn('error', 'text')
    .execute();

  await state
    .createTable('alerts')
    .addColumn('alert_id', 'bigint', (c) => c.generatedAlwaysAsIdentity().primaryKey())
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('subject', 'text', (c) => c.notNull())
    .addColumn('detail', 'text', (c) => c.notNull())
    .addColumn('run_id', 'text')
    .addColumn('raised_at', 'timestamptz', (c) => c.notNull())
    .addColumn('last_seen_at', 'timestamptz', (c) => c.notNull())
    .addColumn('settled_at', 'timestamptz')
    .execute();
  // One alert of a kind at a time: that it lasts is no news.
  await state
    .createIndex('alerts_open')
    .unique()
    .on('alerts')
    .column('key')
    .where(sql.ref('settled_at'), 'is', null)
    .execute();

  await state
    .createTable('alert_messages')
    .addColumn('alert_id', 'bigint', (c) =>
      c.notNull().references(`${stateSchema}.alerts.alert_id`).onDelete('cascade'),
    )
    .addColumn('receiver', 'text', (c) => c.notNull())
    .addColumn('told_at', 'timestamptz')
    .addColumn('recovery_told_at', 'timestamptz')
    .addColumn('attempts', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('retry_at', 'timestamptz')
    .addColumn('error', 'text')
    .addPrimaryKeyConstraint('alert_messages_pkey', ['alert_id', 'receiver'])
    .execute();

  // The change log is read backwards in time, too, and not only row by row.
  await state.createIndex('changes_changed_at').on('changes').columns(['changed_at', 'change_id']).execute();

  await state
    .createTable('table_sizes')
    .addColumn('schema_name', 'text', (c) => c.notNull())
    .addColumn('table_name', 'text', (c) => c.notNull())
    .addColumn('day', 'date', (c) => c.notNull())
    .addColumn('rows', 'bigint', (c) => c.notNull())
    .addColumn('bytes', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('table_sizes_pkey', ['schema_name', 'table_name', 'day'])
    .execute();
}
