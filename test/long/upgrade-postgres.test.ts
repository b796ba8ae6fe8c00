/**
 * A database that an older version filled is right after the first sync of this one: as the organization is, with its
 * history, and without a deletion that never was.
 *
 * The dump was made by commit 0ab4a27: its simulator with the organization below, a sync, 30 changes, a sync --full,
 * and `pg_dump --inserts --no-owner --no-privileges` without the lines that are psql's.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import pg from 'pg';
import { expect, it } from 'vitest';
import { createOrganization } from '../../simulator/organization.ts';
import { startSimulator } from '../../simulator/server.ts';
import { createSync } from '../../src/runs/create-sync.ts';
import { envFor, scratchFolder } from '../support/cli.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { differences } from '../support/truth.ts';

const DUMP = join(import.meta.dirname, '../fixtures/database-of-0ab4a27.sql.gz');
const ORGANIZATION = {
  drawnShortIds: true,
  ...{ seed: 77, workbooks: 24, members: 14, teams: 4, grants: 90, folders: 6, elements: 60 },
  // The simulator of then had no reports, and draws the same changes only without them.
  ...{ connections: 2, dataModels: 4, datasets: 4, reports: 0 },
};

/** The grants at the end of the first run, before the 30 changes; older versions knew no administrators. */
const ACCESS_THEN = `
  select a.member_id, a.inode_id, max(sigma.permission_rank(p.value ->> 'permission')) as rank,
         count(*)::integer as paths
    from sigma.effective_access((select min(finished_at) from sigma_sync.runs)) a
   cross join lateral jsonb_array_elements(a.paths) p
   where p.value ->> 'via' <> 'administrator'
   group by 1, 2 order by 1, 2`;

async function restore({ url = '' }: TestDatabase): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(gunzipSync(readFileSync(DUMP)).toString());
  } finally {
    await client.end();
  }
}

it('a database of an older version is right after the first sync', async () => {
  await using test = await openTestDatabase({ migrated: false });
  await restore(test);
  const ask = (sql: string) => test.database.session((session) => session.query(sql));
  const organization = createOrganization(ORGANIZATION);
  organization.mutate(30);
  for (let i = 0; i < 4; i++) organization.addReport();
  await using simulator = await startSimulator({ organization });
  using folder = scratchFolder();
  const accessBefore = await ask(ACCESS_THEN);
  expect(accessBefore.length).toBeGreaterThan(100);
  const newest = 'select max(change_id) as id from sigma_sync.changes';
  const [before] = await ask(newest);

  // The dump grows old, and must not lose its history for that.
  const file = join(folder.path, 'settings.yaml');
  writeFileSync(file, 'history: { retention_months: 1200 }\n');
  await using sync = createSync({ env: envFor(simulator, test.url), cwd: folder.path, file });
  const { status, report } = await sync.run({ full: true });
  expect(status, JSON.stringify(report.streams.filter(({ error }) => error))).toBe('complete');
  expect(await differences(test.database, test.schemas, organization)).toEqual([]);
  // Nothing was deleted since, so nothing is to be.
  expect(report.streams.filter(({ deleted }) => deleted > 0)).toEqual([]);
  expect(
    await ask(
      `select stream, key from sigma_sync.changes where change_id > ${String(before?.['id'])} and operation = 'delete'`,
    ),
  ).toEqual([]);
  expect(await ask(ACCESS_THEN)).toEqual(accessBefore);
});
