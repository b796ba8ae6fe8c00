/** Every supported PostgreSQL, and a pooler in front of one: the tables are those of the organization. */
import { describe, expect, it } from 'vitest';
import { startField } from '../support/field.ts';
import { hasServer } from '../support/native-server.ts';
import { hasPgbouncer, startPgbouncer } from '../support/pgbouncer.ts';
import { startPrivatePostgres } from '../support/postgres-server.ts';
import { withAdmin } from '../support/template.ts';

const MAJORS = [13, 14, 15, 16, 17, 18];
const missing = MAJORS.filter((major) => !hasServer(major));
if (missing.length > 0)
  console.warn(`PostgreSQL ${missing.join(', ')} skipped: scripts/install-servers.sh installs them`);

/** A first sync, and a second one after the organization changed. */
async function syncTwice(url: string): Promise<void> {
  await using field = await startField({ url });
  const first = await field.sync();
  expect(first.streams.reduce((sum, { inserted }) => sum + inserted, 0)).toBeGreaterThan(500);
  expect(await field.differences()).toEqual([]);
  field.simulator.organization.mutate(10);
  await field.sync();
  expect(await field.differences()).toEqual([]);
}

describe('PostgreSQL', () => {
  for (const major of MAJORS) {
    it.skipIf(!hasServer(major))(`${major}`, async () => {
      await using server = await startPrivatePostgres({ major });
      await syncTwice(server.url);
    });
  }
});

describe.skipIf(!hasPgbouncer)('pgbouncer', () => {
  it('with a connection for each client', async () => {
    await using server = await startPrivatePostgres();
    await using pooler = await startPgbouncer(server.url, ['pool_mode = session']);
    await syncTwice(pooler.url);
  });

  it.each([
    ['transaction', 'pool_mode = transaction'],
    ['transaction, in turn', 'pool_mode = transaction\nserver_round_robin = 1'],
    ['transaction, one connection', 'pool_mode = transaction\ndefault_pool_size = 1'],
    ['statement', 'pool_mode = statement'],
  ])('with a connection for each %s is refused, and keeps nothing of ours', async (_, settings) => {
    await using server = await startPrivatePostgres();
    await using pooler = await startPgbouncer(server.url, settings.split('\n'));
    await expect(startField({ url: pooler.url })).rejects.toThrow(
      /is the address of a pooler .* Set DATABASE_URL to the direct address of the server, or one whose pool_mode is session/,
    );
    const left = await withAdmin(server.url, (admin) =>
      admin.query("select 1 from pg_locks where locktype = 'advisory'"),
    );
    expect(left.rows).toEqual([]);
    // Other users of the pool find its connections as they were.
    const others = await withAdmin(pooler.url, (client) => client.query('show search_path'));
    expect(others.rows).toEqual([{ search_path: '"$user", public' }]);
  });
});
