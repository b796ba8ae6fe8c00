/** Singer targets that others wrote: how each learns where to load, and how its live rows are read. */
import { join, resolve } from 'node:path';
import type { TestDatabase } from './database.ts';
import { runProgram } from './run-program.ts';

/** The folder in which `scripts/install-python.sh` installs them. */
export const TARGETS = resolve(import.meta.dirname, '../../.tmp/targets');

/** A row as a target has it. */
export type Row = Readonly<Record<string, unknown>>;

/** See the head of this file. */
export interface SingerTarget {
  readonly name: string;
  readonly program: string;
  /** Number of nights: more where a load takes less time. */
  readonly nights: number;
  /** Empty texts are null in it. */
  readonly losesEmptyTexts?: true;
  config(test: TestDatabase, folder: string): object;
  /** The step that a user must take before a column gets another type. */
  beforeNewType?(test: TestDatabase, tables: readonly string[], column: string): Promise<void>;
  /** Live rows of tables, as JSON objects. */
  rows(
    test: TestDatabase,
    folder: string,
    tables: readonly string[],
  ): Promise<Record<string, readonly Row[]>>;
  /** The one row of a table, with each value as its text. */
  texts(test: TestDatabase, folder: string, table: string): Promise<Record<string, string | null>>;
  /** Texts of values that others have in another way. */
  readonly odd: Readonly<Record<string, string>>;
}

const SCHEMA = 'loaded';

/** Loads into the database that it is sent from, in a schema of its own. */
export const MELTANOLABS: SingerTarget = {
  name: 'meltanolabs',
  program: join(TARGETS, 'meltanolabs/bin/target-postgres'),
  nights: 10,
  config({ url = '' }) {
    const { hostname, port, username, password, pathname } = new URL(url);
    return {
      ...{ host: hostname, port: Number(port), user: username, password, database: pathname.slice(1) },
      ...{ default_target_schema: SCHEMA, hard_delete: false },
    };
  },
  odd: { exact: '12345678901234567890.123456789', day: '2026-03-01', zoned: '2026-03-01T10:00:00' },
  async texts({ database }, _, table) {
    const [row] = await database.session((session) =>
      session.query<{ texts: Record<string, string | null> }>(
        `select jsonb_object_agg(key, value) as texts from ${SCHEMA}."${table}" t cross join lateral jsonb_each_text(to_jsonb(t))`,
      ),
    );
    return row?.texts ?? {};
  },
  async beforeNewType({ database }, tables, column) {
    for (const name of tables)
      await database.session((session) =>
        session.query(`alter table ${SCHEMA}."${name}" drop column "${column}"`),
      );
  },
  async rows({ database }, _, tables) {
    return database.session(async (session) => {
      const found: Record<string, readonly Row[]> = {};
      for (const name of tables) {
        const rows = await session.query<{ row: Row }>(
          `select to_jsonb(t) as row from ${SCHEMA}."${name}" t where _sdc_deleted_at is null`,
        );
        found[name] = rows.map(({ row }) => row);
      }
      return found;
    });
  },
};

const READ_DUCKDB = `
import duckdb, json, sys
base = duckdb.connect(sys.argv[1])
def rows(name):
    found = base.execute('select * from main."%s" where _sdc_deleted_at is null' % name)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row)) for row in found.fetchall()]
print(json.dumps({name: rows(name) for name in sys.argv[2:]}, default=lambda value: value.isoformat()))
`;

const READ_TEXTS = `
import duckdb, json, sys
found = duckdb.connect(sys.argv[1]).execute('select columns(*)::varchar from main."%s"' % sys.argv[2])
print(json.dumps(dict(zip([column[0] for column in found.description], found.fetchone()))))
`;

/** Loads into a file. */
export const DUCKDB: SingerTarget = {
  name: 'duckdb',
  program: join(TARGETS, 'duckdb/bin/target-duckdb'),
  nights: 20,
  losesEmptyTexts: true,
  odd: { exact: '1.2345678901234567e+19', day: '2026-03-01', zoned: '2026-03-01 10:00:00' },
  config: (_, folder) => ({
    ...{ filepath: join(folder, 'loaded.duckdb'), default_target_schema: 'main' },
    // Else it confirms rows that it has not written, where one stream fills a batch.
    flush_all_streams: true,
  }),
  async rows(_, folder, tables) {
    const python = join(TARGETS, 'duckdb/bin/python');
    const file = join(folder, 'loaded.duckdb');
    const { stdout, stderr } = await runProgram(python, ['-c', READ_DUCKDB, file, ...tables]);
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout) as Record<string, readonly Row[]>;
  },
  async texts(_, folder, table) {
    const python = join(TARGETS, 'duckdb/bin/python');
    const args = ['-c', READ_TEXTS, join(folder, 'loaded.duckdb'), table];
    return JSON.parse((await runProgram(python, args)).stdout) as Record<string, string | null>;
  },
};
