import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { MigrationContext } from './migration.ts';

/**
 * The basis of an emission besides the change log. Some rows are rewritten without a change of the organization (an
 * object's other id became known, a privacy rule). They are no entry of the log, but a destination must get them:
 * `rewrites` names them, in the same sequence as the log. `database_id` tells a state of this database from one of
 * another.
 */
export async function up(db: Kysely<unknown>, { stateSchema }: MigrationContext): Promise<void> {
  const sequence = `"${stateSchema.replaceAll('"', '""')}".changes_change_id_seq`;
  await sql`
    create table ${sql.id(stateSchema, 'rewrites')} (
      change_id bigint primary key default nextval(${sql.lit(sequence)}),
      rewritten_at timestamptz not null default clock_timestamp(),
      stream text not null,
      key text[]
    )`.execute(db);
  await sql`
    create table ${sql.id(stateSchema, 'database_id')} (id uuid primary key default gen_random_uuid())`.execute(
    db,
  );
  await sql`insert into ${sql.id(stateSchema, 'database_id')} default values`.execute(db);
  await sql`create index changes_change_id on ${sql.id(stateSchema, 'changes')} (change_id)`.execute(db);
}
