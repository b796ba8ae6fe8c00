/** The lines of `check` about the server and its user. */
import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { openPostgres } from '../../src/core/database/postgres.ts';
import type { CheckLine } from '../../src/operations/check/check-line.ts';
import { checkDatabase } from '../../src/operations/check/run-checks.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';

/** The lines for the user of the address. */
async function linesOf({ schemas }: TestDatabase, url: string): Promise<CheckLine[]> {
  const database = openPostgres({ url });
  try {
    const lines: CheckLine[] = [];
    for await (const line of checkDatabase(database, schemas)) lines.push(line);
    return lines;
  } finally {
    await database.close();
  }
}

it('a user who may reach the files of the server is warned of, because "query" is no barrier then', async () => {
  await using test = await openTestDatabase();
  const admin = test.url ?? '';
  const power = (lines: readonly CheckLine[]) => lines.filter(({ subject }) => subject === 'database user');
  expect(power(await linesOf(test, admin))).toMatchObject([
    { outcome: 'warning', detail: expect.stringContaining('is a superuser'), fix: expect.any(String) },
  ]);

  const name = `plain_${randomBytes(4).toString('hex')}`;
  const url = new URL(admin);
  url.username = name;
  url.password = 'plain';
  const run = (sql: string) => test.database.session((session) => session.query(sql));
  await run(`create role ${name} login password 'plain'`);
  try {
    expect(power(await linesOf(test, url.href))).toEqual([]);
    await run(`grant pg_read_server_files to ${name}`);
    expect(power(await linesOf(test, url.href))).toMatchObject([
      { outcome: 'warning', detail: expect.stringContaining('is a member of pg_read_server_files') },
    ]);
  } finally {
    await run(`drop role ${name}`);
  }
});
