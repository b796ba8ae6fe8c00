/** A fresh database, which is made in one step, is the one that the migrations make. */
import { expect, it } from 'vitest';
import { migrations } from '../../migrations/index.generated.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { migrate, pendingMigrations } from '../../src/state/migrate.ts';
import { schemasFor } from '../../src/state/schemas.ts';
import { openTestDatabase } from '../support/database.ts';
import { madeBothWays } from '../support/whole-schema.ts';

const RENEW = 'migrations/fresh.generated.ts is not what the migrations make. Run: npm run docs';

it.each(['sigma', `Odd "name's" 2\\n`])(
  'schemas made in one step equal those that the migrations make: %s',
  async (name) => {
    await using test = await openTestDatabase({ migrated: false });
    const { atOnce, byMigrations } = await madeBothWays(test.database, schemasFor(name));
    expect(atOnce.length).toBeGreaterThan(2000);
    expect(atOnce, RENEW).toEqual(byMigrations);
  },
);

it('nothing is made where something stands in the way, and the message names it', async () => {
  await using test = await openTestDatabase({ migrated: false });
  const ask = (sql: string) => test.database.session((session) => session.query(sql));
  await ask('create schema sigma');
  await ask('create table sigma.workbooks (mine text)');
  const work = migrate(test.database, test.schemas, catalogue, test.events);
  await expect(work).rejects.toThrow(/while making the tables: relation "workbooks" already exists/);
  expect(await pendingMigrations(test.database, test.schemas)).toEqual(Object.keys(migrations));
  const left = await ask(
    `select schemaname || '.' || tablename as name from pg_tables where schemaname ~ '^sigma'`,
  );
  expect(left).toEqual([{ name: 'sigma.workbooks' }]);
});
