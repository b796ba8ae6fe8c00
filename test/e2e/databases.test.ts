/** Databases that the command line can't work with, or has to wait for: it says why, and it ends. */
import { describe, expect, it, vi } from 'vitest';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import { certificate } from '../support/certificates.ts';
import { envFor, runCli, scratchFolder } from '../support/cli.ts';
import { openTestDatabase } from '../support/database.ts';
import { hasPgbouncer, startPgbouncer } from '../support/pgbouncer.ts';
import { startPrivatePostgres } from '../support/postgres-server.ts';
import { startCli } from '../support/start-cli.ts';
import { withAdmin } from '../support/template.ts';
import { startTlsServer } from '../support/tls-server.ts';

const organization = { seed: 1, workbooks: 3 };

/** Runs a command to its end, which must come. */
async function run(simulator: Simulator, url: string | undefined, args: readonly string[], env = {}) {
  using folder = scratchFolder();
  const result = await runCli(args, {
    cwd: folder.path,
    env: { ...envFor(simulator, url), SIGMA_SYNC_PORT: '0', ...env },
    kill: { signal: 'SIGKILL', afterMs: 120_000 },
  });
  expect(result.signal, result.stderr).toBeUndefined();
  return result;
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';

describe.concurrent('settings that lead to no database', () => {
  it.skipIf(!hasPgbouncer)('a pooler of transactions is refused by check, sync and start', async () => {
    await using simulator = await startSimulator({ organization });
    await using server = await startPrivatePostgres();
    await using pooler = await startPgbouncer(server.url, ['pool_mode = transaction']);
    for (const command of ['check', 'sync', 'migrate', 'start']) {
      const { code, stdout, stderr } = await run(simulator, pooler.url, [command]);
      expect(code, command).toBe(1);
      // The table of check breaks its lines.
      expect((stdout + stderr).replace(/\s+/g, ' ')).toMatch(
        /is the address of a pooler .*Set DATABASE_URL to the direct address/,
      );
    }
  });

  it('a missing password is told at once', async () => {
    await using simulator = await startSimulator({ organization });
    // A server waits so long for the rest of a log-in that was given up.
    await using server = await startPrivatePostgres({ settings: ['authentication_timeout=600'] });
    const url = Object.assign(new URL(server.url), { password: '' }).href;
    for (const command of ['check', 'sync', 'start']) {
      const { code, stdout, stderr } = await run(simulator, url, [command]);
      expect(code, command).toBe(1);
      expect(stdout + stderr).toMatch(/DATABASE_URL has no password while connecting/);
    }
  });

  it('a certificate of an unknown authority is one sentence, without a warning of Node', async () => {
    await using simulator = await startSimulator({ organization });
    await using server = await startTlsServer(certificate('a server', { host: 'localhost' }));
    const { code, stderr } = await run(simulator, `${server.url}?sslmode=require`, ['sync']);
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/sslrootcert=FILE .*NODE_EXTRA_CA_CERTS .*uselibpqcompat=true/);
    expect(stderr).not.toMatch(/same command again/);
  });

  it('variables of psql alone are not passed over', async () => {
    await using simulator = await startSimulator({ organization });
    await using server = await startPrivatePostgres();
    const { hostname, port, username, password } = new URL(server.url);
    const variables = { PGHOST: hostname, PGPORT: port, PGUSER: username, PGPASSWORD: password };
    const refused = await run(simulator, undefined, ['sync', 'members'], variables);
    expect(refused.code).toBe(2);
    expect(lastLine(refused.stderr)).toMatch(
      /PGHOST is set, but DATABASE_URL is not.* Set DATABASE_URL to postgres:\/\//,
    );
    const taken = await run(simulator, 'postgres://', ['sync', 'members'], variables);
    expect(taken.code, taken.stderr).toBe(0);
    const found = await withAdmin(server.url, (admin) =>
      admin.query('select count(*)::int as n from sigma.members'),
    );
    expect(found.rows[0]).not.toEqual({ n: 0 });
  });
});

describe.concurrent('a lock that somebody else keeps', () => {
  const HELD = [
    "select pg_advisory_lock(hashtextextended('sigma-sync migrate sigma', 0))",
    'begin; lock table sigma.members in access exclusive mode',
    'begin; lock table sigma_sync.runs in access exclusive mode',
  ];
  for (const command of ['sync', 'start']) {
    it.each(HELD)(`does not keep ${command} from ending: %s`, async (sql) => {
      await using simulator = await startSimulator({ organization });
      await using test = await openTestDatabase();
      using folder = scratchFolder();
      await withAdmin(test.url ?? '', async (holder) => {
        await holder.query(sql);
        const env = { ...envFor(simulator, test.url), SIGMA_SYNC_PORT: '0' };
        await using cli = startCli([command], { cwd: folder.path, env });
        await waitsForLock(test.url ?? '');
        const began = performance.now();
        cli.signal('SIGTERM');
        const { code, signal } = await cli.ended;
        expect(signal).toBeUndefined();
        expect(code).toBe(command === 'sync' ? 130 : 0);
        expect(performance.now() - began).toBeLessThan(40_000);
        // Nothing of it is left in the queue for that lock.
        expect(await waiting(test.url ?? '')).toBe(0);
      });
    });
  }
});

async function waiting(url: string): Promise<number> {
  const { rows } = await withAdmin(url, (admin) =>
    admin.query<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity
        where wait_event_type = 'Lock' and datname = current_database()`,
    ),
  );
  return rows[0]?.n ?? 0;
}

async function waitsForLock(url: string): Promise<void> {
  await vi.waitUntil(async () => (await waiting(url)) > 0, { timeout: 90_000, interval: 200 });
}
