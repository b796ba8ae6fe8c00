/**
 * Shared parts of the migrations that create tables of streams. Released migrations are frozen, so this file is, too:
 * a change here would change their result.
 */
import type { ColumnDataType, Kysely } from 'kysely';
import { sql } from 'kysely';

/** Columns in order, with their types. */
export type Columns = Readonly<Record<string, ColumnDataType>>;

/** The columns of who made and last changed an entry, and when. */
export const AUTHORSHIP: Columns = {
  created_by: 'text',
  updated_by: 'text',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
};

/** The columns of a file besides its id, in whichever listing it stands. */
export const FILE: Columns = {
  url_id: 'text',
  name: 'text',
  type: 'text',
  parent_id: 'text',
  parent_url_id: 'text',
  permission: 'text',
  path: 'text',
  badge: 'text',
  is_archived: 'boolean',
  description: 'text',
  owner_id: 'text',
  ...AUTHORSHIP,
};

/** The columns of a grant on an object of one kind. */
export const GRANT: Columns = {
  grant_id: 'text',
  inode_id: 'text',
  organization_id: 'text',
  member_id: 'text',
  team_id: 'text',
  permission: 'text',
  ...AUTHORSHIP,
};

/** Creates tables and indexes in one schema. */
export interface StreamTables {
  /** A table with `columns`, the four bookkeeping columns, and `key` as its primary key. */
  table(name: string, key: readonly string[], columns: Columns): Promise<void>;
  /** An index on one column. */
  index(table: string, column: string): Promise<void>;
  /** An index on one column that leaves out the rows in which it is null. */
  partialIndex(table: string, column: string): Promise<void>;
}

/** For the migrations: `const { table, index } = streamTables(db, targetSchema)`. */
export function streamTables(db: Kysely<unknown>, targetSchema: string): StreamTables {
  const target = db.withSchema(targetSchema).schema;
  return {
    async table(name, key, columns) {
      let create = target.createTable(name);
      for (const [column, type] of Object.entries(columns)) {
        create = create.addColumn(column, type, (c) => (key.includes(column) ? c.notNull() : c));
      }
      await create
        .addColumn('_raw', 'jsonb', (c) => c.notNull())
        .addColumn('_first_synced_at', 'timestamptz', (c) => c.notNull())
        .addColumn('_synced_at', 'timestamptz', (c) => c.notNull())
        .addColumn('_deleted_at', 'timestamptz')
        .addPrimaryKeyConstraint(`${name}_pkey`, [...key] as never)
        .execute();
    },
    async index(table, column) {
      await target.createIndex(`${table}_${column}`).on(table).column(column).execute();
    },
    async partialIndex(table, column) {
      await target
        .createIndex(`${table}_${column}`)
        .on(table)
        .column(column)
        .where(sql.ref(column), 'is not', null)
        .execute();
    },
  };
}
