/** The messages that docs/operations.md explains are those that are printed: each is provoked here, or where it says. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import { openPostgres } from '../../src/core/database/postgres.ts';
import { runLock } from '../../src/state/lock.ts';
import { envFor, runCli, scratchFolder } from '../support/cli.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { schemas } from '../support/template.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** First cells of the table of messages. */
const MESSAGES = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8')
  .split('## Messages and their fixes')[1]
  ?.split('\n')
  .flatMap((line) => /^\| `(.+?)` \|/.exec(line)?.[1] ?? []) as string[];

interface Scene {
  readonly simulator: Simulator;
  readonly test: TestDatabase;
  readonly cwd: string;
}

interface Attempt {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Undone by what it returns. */
  readonly before?: () => Promise<() => Promise<void>>;
}

/** A command that prints the message that begins so. */
const PROVOKED: Readonly<Record<string, (scene: Scene) => Attempt>> = {
  'SIGMA_REGION (or': () => ({ args: ['sync'], env: {} }),
  '… must be one of': () => ({ args: ['sync'], env: { SIGMA_REGION: 'aws-us-wst' } }),
  '… names the file': () => ({ args: ['sync'], env: { SIGMA_CLIENT_SECRET_FILE: '/nowhere' } }),
  'Sigma refused': ({ simulator, test }) => ({
    args: ['sync', 'members'],
    env: { ...envFor(simulator, test.url), SIGMA_CLIENT_SECRET: 'another-secret' },
  }),
  'SIGMA_REGION is': ({ simulator }) => ({
    args: ['sync'],
    env: { ...envFor(simulator), SIGMA_REGION: 'aws-us-west' },
  }),
  'SIGMA_BASE_URL would': ({ simulator }) => ({
    args: ['sync'],
    env: { ...envFor(simulator), SIGMA_BASE_URL: 'http://sigma.example.com' },
  }),
  'DATABASE_URL must': ({ simulator }) => ({ args: ['sync'], env: envFor(simulator, 'mysql://host/db') }),
  'No database server': ({ simulator }) => ({
    args: ['sync', 'members'],
    env: envFor(simulator, 'postgres://u@127.0.0.1:1/d'),
  }),
  'The database host': ({ simulator }) => ({
    args: ['sync', 'members'],
    env: envFor(simulator, 'postgres://u@nowhere.invalid/d'),
  }),
  'The database does not exist': ({ simulator, test }) => ({
    args: ['sync', 'members'],
    env: envFor(simulator, `${test.url?.replace(/\/[^/?]+(\?.*)?$/, '')}/nothing_like_it`),
  }),
  'The database user lacks': ({ simulator, test }) => ({
    args: ['migrate'],
    env: envFor(simulator, withOption(test.url, 'role=pg_monitor')),
  }),
  'The database is read-only': ({ simulator, test }) => ({
    args: ['sync', 'members'],
    env: envFor(simulator, withOption(test.url, 'default_transaction_read_only=on')),
  }),
  'The database was migrated': ({ simulator, test }) => ({
    args: ['sync', 'members'],
    env: envFor(simulator, test.url),
    before: async () => {
      const change = (sql: string): Promise<unknown> =>
        test.database.session((session) => session.query(sql));
      await change(
        `insert into sigma_sync.migrations (name, timestamp) values ('9999_from_the_future', '2040-01-01')`,
      );
      return async () => void (await change(`delete from sigma_sync.migrations where name like '9999%'`));
    },
  }),
  'Another run holds': ({ simulator, test }) => ({
    args: ['sync', 'members'],
    env: envFor(simulator, test.url),
    before: async () => {
      const holder = openPostgres({ url: test.url ?? '' });
      const lock = await holder.tryLock(runLock(schemas), () => undefined);
      expect(lock).toBeDefined();
      return () => holder.close();
    },
  }),
  'Another process (': ({ simulator, cwd }) => ({
    args: ['sync', 'members'],
    env: envFor(simulator),
    before: async () => {
      const stop = new AbortController();
      let isOpen = false;
      const other = runCli(['start'], {
        cwd,
        env: { ...envFor(simulator), SIGMA_SYNC_PORT: '0' },
        kill: { signal: 'SIGTERM', when: () => stop.signal.aborted },
        onStderr: (text) => {
          isOpen ||= text.includes('lease.acquired');
        },
      });
      while (!isOpen) await new Promise((done) => setTimeout(done, 20));
      return async () => {
        stop.abort();
        await other;
      };
    },
  }),
  'There is no stream': ({ simulator }) => ({ args: ['sync', 'membrs'], env: envFor(simulator) }),
  'SIGMA_SYNC_HOST is': ({ simulator }) => ({
    args: ['start'],
    env: { ...envFor(simulator), SIGMA_SYNC_HOST: '0.0.0.0' },
  }),
  "The page can't listen": ({ simulator, test }) => ({
    args: ['start'],
    env: { ...envFor(simulator, test.url), SIGMA_SYNC_PORT: new URL(simulator.url).port },
  }),
  'The settings have no receivers': ({ simulator }) => ({ args: ['alert', 'test'], env: envFor(simulator) }),
  'The settings have no exports': ({ simulator }) => ({ args: ['exports', 'run'], env: envFor(simulator) }),
};

/** Messages that need more than a command to come about, and the test that has it. */
const EMBEDDED = 'test/integration/database-pglite.test.ts';

const ELSEWHERE: Readonly<Record<string, readonly [file: string, text: RegExp]>> = {
  '…/pgdata holds files, but no whole database': [EMBEDDED, /holds files, but no whole database/],
  "The embedded database in … can't be started": [EMBEDDED, /can't be started, because files are damaged/],
  'The embedded database in … is one of PostgreSQL …': [EMBEDDED, /is one of PostgreSQL 17/],
  'The database refused the password': [
    'test/integration/database-postgres.test.ts',
    /refused the password|28P01/,
  ],
  'Sigma asks for no more requests until': ['test/unit/sigma-throttled.test.ts', /no more requests until/],
  "Sigma's answer was not read to its end": ['test/unit/sigma-bounds.test.ts', /larger than 3/],
  'The listing continues after': ['test/unit/sigma-bounds.test.ts', /continues after 30 pages/],
  '…: nothing was read of': ['test/integration/hostile-api.test.ts', /nothing was read of 1 parent/],
  '… rows vanished': ['test/long/absences.test.ts', /deletion_guard/],
  '… rows name an object that no listing has': ['test/integration/object-ids.test.ts', /unknownObjects/],
};

describe('docs/operations.md', () => {
  it('explains twenty messages and more, each provoked here or elsewhere', () => {
    expect(MESSAGES.length).toBeGreaterThanOrEqual(20);
    const known = [...Object.keys(PROVOKED), ...Object.keys(ELSEWHERE)];
    const unknown = MESSAGES.filter((message) => !known.some((start) => message.startsWith(start)));
    expect(unknown).toEqual([]);
    expect(known.filter((start) => !MESSAGES.some((message) => message.startsWith(start)))).toEqual([]);
    for (const [file, text] of Object.values(ELSEWHERE))
      expect(readFileSync(join(ROOT, file), 'utf8'), file).toMatch(text);
  });

  it('has them as they are printed', async () => {
    await using simulator = await startSimulator({ organization: { members: 5, workbooks: 2 } });
    await using test = await openTestDatabase();
    for (const [start, attempt] of Object.entries(PROVOKED)) {
      using folder = scratchFolder();
      const cwd = join(folder.path, 'here');
      mkdirSync(cwd);
      const { args, env, before } = attempt({ simulator, test, cwd });
      const undo = await before?.();
      const result = await runCli(args, { cwd, env });
      await undo?.();
      expect(result.code, start).not.toBe(0);
      const message = MESSAGES.find((one) => one.startsWith(start)) ?? '';
      const pattern = message
        .split('…')
        .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        .join('[\\s\\S]*?');
      expect(result.stderr, start).toMatch(new RegExp(pattern));
    }
  }, 180_000);
});

function withOption(url: string | undefined, option: string): string {
  const parsed = new URL(url ?? '');
  parsed.searchParams.set('options', `-c ${option}`);
  return parsed.href;
}
