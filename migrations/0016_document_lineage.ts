import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { MigrationContext } from './migration.ts';
import { streamTables } from './stream-table.ts';

const LINEAGE = {
  element_id: 'text',
  source: 'text',
  target: 'text',
  type: 'text',
  source_type: 'text',
  source_node: 'jsonb',
  target_node: 'jsonb',
  connection_id: 'text',
  definition: 'text',
} as const;

/**
 * Lineage by document, types of columns, ids of custom SQL, and places of tables. Facts in the stored entries are
 * filled in, because no partition is due for them.
 */
export async function up(
  db: Kysely<unknown>,
  { targetSchema, stateSchema }: MigrationContext,
): Promise<void> {
  const { table, index, partialIndex } = streamTables(db, targetSchema);
  const target = db.withSchema(targetSchema).schema;

  await table('data_model_lineage', ['data_model_id', 'element_id', 'source', 'target', 'type'], {
    data_model_id: 'text',
    ...LINEAGE,
  });
  await index('data_model_lineage', 'source');
  await table('source_tables', ['inode_id'], { inode_id: 'text', connection_id: 'text', path: 'jsonb' });
  await index('source_tables', 'connection_id');

  await target
    .alterTable('workbook_lineage')
    .addColumn('source_type', 'text')
    .addColumn('connection_id', 'text')
    .addColumn('definition', 'text')
    .execute();
  await index('workbook_lineage', 'source');
  for (const name of ['workbook_columns', 'report_columns'])
    await target.alterTable(name).addColumn('type', 'text').addColumn('type_detail', 'jsonb').execute();
  await target.alterTable('data_model_columns').addColumn('type_detail', 'jsonb').execute();
  for (const name of ['workbook_columns', 'report_columns', 'data_model_columns'])
    await fillTypes(db, targetSchema, name);
  for (const name of ['workbook_sources', 'report_sources', 'data_model_sources']) {
    await target
      .alterTable(name)
      .addColumn('custom_sql_id', 'text')
      .addColumn('connection_id', 'text')
      .addColumn('definition', 'text')
      .execute();
    await partialIndex(name, 'custom_sql_id');
  }
  for (const document of ['workbook', 'report', 'data_model']) {
    await nameCustomSql(db, targetSchema, stateSchema, `${document}_sources`, `${document}_id`);
    await forgetUnnamedSql(db, targetSchema, stateSchema, document);
  }
  await forgetLineage(db, targetSchema, stateSchema);
}

async function fillTypes(db: Kysely<unknown>, schema: string, name: string): Promise<void> {
  await sql`
    update ${sql.id(schema, name)} t
       set type = (t._raw -> 'type') ->> 'type',
           type_detail = case when (t._raw -> 'type') - 'type'::text <> '{}'::jsonb then t._raw -> 'type' end
     where jsonb_typeof(t._raw -> 'type') = 'object'
       and jsonb_typeof((t._raw -> 'type') -> 'type') = 'string'`.execute(db);
}

/**
 * Custom SQL that came with an id is named by that from now on, here and in the change log, so that its next edit is a
 * change. Earlier texts of it, which were noted as deleted, keep the names they had.
 */
async function nameCustomSql(
  db: Kysely<unknown>,
  schema: string,
  stateSchema: string,
  name: string,
  parent: string,
): Promise<void> {
  const rows = sql.id(schema, name);
  await sql`
    update ${rows} t
       set custom_sql_id = t._raw ->> 'customSqlId', connection_id = t._raw ->> 'connectionId',
           definition = t._raw ->> 'definition'
     where t.type = 'custom-sql'`.execute(db);
  await sql`
    create temporary table renamed on commit drop as
    select distinct on (t.${sql.ref(parent)}, t.custom_sql_id)
           t.${sql.ref(parent)} as parent, t.source_key as before, t.type || ':' || t.custom_sql_id as after
      from ${rows} t
     where t.type = 'custom-sql' and t.custom_sql_id <> '' and t._deleted_at is null
     order by t.${sql.ref(parent)}, t.custom_sql_id, t._synced_at desc`.execute(db);
  await sql`
    update ${rows} t set source_key = r.after from renamed r
     where t.${sql.ref(parent)} = r.parent and t.source_key = r.before`.execute(db);
  await sql`
    update ${sql.id(stateSchema, 'changes')} c
       set key = array[r.parent, r.after],
           before = case when c.before ? 'source_key' then c.before || jsonb_build_object('source_key', r.after) else c.before end,
           after = case when c.after ? 'source_key' then c.after || jsonb_build_object('source_key', r.after) else c.after end
      from renamed r
     where c.stream = ${sql.lit(name)} and c.key = array[r.parent, r.before]`.execute(db);
  await sql`drop table renamed`.execute(db);
}

/**
 * Custom SQL that was read before the API told its id is named by that as soon as it is read again, and nothing tells now
 * which id it has. So it goes without a tombstone, and the next run reads the sources of those documents. Those of archived
 * ones stay, because they are not read.
 */
async function forgetUnnamedSql(
  db: Kysely<unknown>,
  schema: string,
  stateSchema: string,
  document: string,
): Promise<void> {
  const [name, id] = [`${document}_sources`, sql.ref(`${document}_id`)];
  await sql`
    create temporary table unnamed on commit drop as
    select t.${id} as parent, t.source_key
      from ${sql.id(schema, name)} t
      join ${sql.id(schema, `${document}s`)} d on d.${id} = t.${id}
     where t.type = 'custom-sql' and coalesce(t.custom_sql_id, '') = '' and t._deleted_at is null
       and d._deleted_at is null and d.is_archived is not true`.execute(db);
  await sql`
    delete from ${sql.id(schema, name)} t using unnamed u
     where t.${id} = u.parent and t.source_key = u.source_key`.execute(db);
  await sql`
    delete from ${sql.id(stateSchema, 'changes')} c using unnamed u
     where c.stream = ${sql.lit(name)} and c.key = array[u.parent, u.source_key]`.execute(db);
  for (const table of ['partitions', 'absences'])
    await sql`
      delete from ${sql.id(stateSchema, table)} s
       where s.stream = ${sql.lit(name)} and s.partition in (select u.parent from unnamed u)`.execute(db);
  await sql`drop table unnamed`.execute(db);
}

/**
 * Edges have other names now: elements their own ids, tables their long ones, and each edge the element it leads to.
 * Stored edges go without a tombstone, since nothing was deleted at Sigma. Their log is forgotten, and their history
 * begins with the next run, which reads all of it.
 */
async function forgetLineage(db: Kysely<unknown>, schema: string, stateSchema: string): Promise<void> {
  await sql`truncate ${sql.id(schema, 'workbook_lineage')}`.execute(db);
  for (const name of ['partitions', 'absences', 'changes', 'history'])
    await sql`delete from ${sql.id(stateSchema, name)} where stream = 'workbook_lineage'`.execute(db);
}
