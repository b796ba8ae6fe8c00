/** Migrations, comments, and the snapshot of the schemas. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { migrations } from '../../migrations/index.generated.ts';
import { openPostgres } from '../../src/core/database/postgres.ts';
import { EventBus } from '../../src/core/events/bus.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { migrate, pendingMigrations } from '../../src/state/migrate.ts';
import { schemasFor } from '../../src/state/schemas.ts';
import { openTestDatabase } from '../support/database.ts';
import { dumpSchema } from '../support/schema-dump.ts';

const MIGRATIONS = Object.keys(migrations);
const SNAPSHOT = join(import.meta.dirname, '../support/schema.snapshot.txt');

describe('migrations', () => {
  test('apply once, announce themselves, and are pending before', async () => {
    await using test = await openTestDatabase({ migrated: false });
    const announced: string[] = [];
    test.events.on('migration.applied', ({ name }) => announced.push(name));
    expect(await pendingMigrations(test.database, test.schemas)).toEqual(MIGRATIONS);
    expect(await migrate(test.database, test.schemas, catalogue, test.events)).toEqual(MIGRATIONS);
    expect(await pendingMigrations(test.database, test.schemas)).toEqual([]);
    expect(await migrate(test.database, test.schemas, catalogue, test.events)).toEqual([]);
    expect(announced).toEqual(MIGRATIONS);
  });

  test('applied by several at once are applied by one', async () => {
    await using test = await openTestDatabase({ migrated: false });
    const { url } = test;
    const databases = [1, 2, 3, 4].map(() => (url === undefined ? test.database : openPostgres({ url })));
    // Several rounds, each in schemas of its own, because a collision takes some luck.
    for (let round = 1; round <= 5; round++) {
      const schemas = schemasFor(`round_${round}`);
      const applied = await Promise.all(
        databases.map((database) => migrate(database, schemas, catalogue, test.events)),
      );
      expect(applied.toSorted((a, b) => a.length - b.length)).toEqual([[], [], [], MIGRATIONS]);
    }
    if (url !== undefined) await Promise.all(databases.map((database) => database.close()));
  });

  test('live side by side in schemas of any name', async () => {
    await using test = await openTestDatabase();
    const odd = schemasFor('Odd "name" 2');
    await migrate(test.database, odd, catalogue, new EventBus());
    const [usual, other] = await test.database.session(async (session) => [
      await dumpSchema(session, test.schemas),
      await dumpSchema(session, odd),
    ]);
    // `"Odd ""name"" 2_sync".runs` and `Odd "name" 2_sync.runs` are both what was `sigma_sync.runs`.
    expect(other?.replaceAll(/"Odd ""name"" 2(_sync)?"|Odd "name" 2(_sync)?/g, 'sigma$1$2')).toBe(usual);
  });

  test('leave a comment on every table and every column', async () => {
    await using test = await openTestDatabase();
    const rows = await test.database.session((session) =>
      session.query<{ object: string; comment: string | null }>(
        `select concat_ws('.', n.nspname, c.relname, a.attname) as object, col_description(c.oid, coalesce(a.attnum, 0)) as comment
           from pg_class c
           join pg_namespace n on n.oid = c.relnamespace
           left join pg_attribute a
             on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
          where n.nspname in ($1, $2) and c.relkind in ('r', 'p') and not c.relispartition and c.relname not like 'migrations%'
          union all
         select n.nspname || '.' || c.relname, obj_description(c.oid, 'pg_class')
           from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where n.nspname in ($1, $2) and c.relkind in ('r', 'p') and not c.relispartition and c.relname not like 'migrations%'`,
        [test.schemas.target, test.schemas.state],
      ),
    );
    expect(rows.length).toBeGreaterThan(100);
    expect(rows.filter(({ comment }) => !comment).map(({ object }) => object)).toEqual([]);
  });

  test('of a newer version are told from damage', async () => {
    await using test = await openTestDatabase();
    await test.database.session((session) =>
      session.query(`insert into sigma_sync.migrations values ('9999_future', '2030-01-01T00:00:00.000Z')`),
    );
    const work = migrate(test.database, test.schemas, catalogue, test.events);
    await expect(work).rejects.toThrow('migrated by a newer sigma-sync (9999_future)');
  });

  test('agree with the declarations of the streams: columns, types, keys', async () => {
    await using test = await openTestDatabase();
    const TYPES = {
      text: 'text',
      integer: 'int4',
      number: 'float8',
      boolean: 'bool',
      timestamp: 'timestamptz',
      json: 'jsonb',
    };
    for (const stream of catalogue) {
      const rows = await test.database.session((session) =>
        session.query<{ name: string; type: string; required: boolean; key: boolean }>(
          `select a.attname as name, t.typname as type, a.attnotnull as required,
                  coalesce(a.attnum = any(i.indkey), false) as key
             from pg_attribute a
             join pg_type t on t.oid = a.atttypid
             left join pg_index i on i.indrelid = a.attrelid and i.indisprimary
            where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped`,
          [`${test.schemas.target}.${stream.name}`],
        ),
      );
      const found = rows
        .filter(({ name }) => !name.startsWith('_'))
        .map(({ name, type, required }) => ({ name, type, required }));
      const declared = stream.columns.map(({ name, type, isKey }) => ({
        name,
        type: TYPES[type],
        required: isKey,
      }));
      const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
      expect(found.sort(byName), stream.name).toEqual(declared.sort(byName));
      const key = rows.filter((row) => row.key && row.required);
      expect(key.map(({ name }) => name).sort(), stream.name).toEqual([...stream.key].sort());
      const bookkeeping = rows
        .filter(({ name }) => name.startsWith('_'))
        .map(({ name, type }) => `${name} ${type}`);
      expect(bookkeeping.sort()).toEqual([
        '_deleted_at timestamptz',
        '_first_synced_at timestamptz',
        '_raw jsonb',
        '_synced_at timestamptz',
      ]);
    }
  });

  test('make the tables of the snapshot', async () => {
    await using test = await openTestDatabase();
    const dump = await test.database.session((session) => dumpSchema(session, test.schemas));
    if (process.env['UPDATE_SNAPSHOT'] === '1') writeFileSync(SNAPSHOT, dump);
    expect(
      dump,
      'The tables differ from test/support/schema.snapshot.txt. If that is meant, run the tests once with UPDATE_SNAPSHOT=1 and commit the file.',
    ).toBe(readFileSync(SNAPSHOT, 'utf8'));
  });
});
