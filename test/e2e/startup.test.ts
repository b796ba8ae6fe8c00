/** The modules that each command loads: a module that nobody needs is time that everybody waits. */
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startSimulator } from '../../simulator/server.ts';
import { type CliResult, envFor, runCli, scratchFolder } from '../support/cli.ts';
import { openTestDatabase } from '../support/database.ts';

/** Writes down each module of ours and of packages as it is loaded, imported or required. */
const NOTE_MODULES = `
import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
const loaded = [];
registerHooks({
  load(url, context, next) {
    if (url.startsWith('file:')) loaded.push(url);
    return next(url, context);
  },
});
process.on('exit', () => writeFileSync(process.env.LOADED, loaded.join('\\n')));`;

interface Loaded extends CliResult {
  /** Names of packages. */
  readonly packages: readonly string[];
  /** Files of ours, by their paths in the build. */
  readonly own: readonly string[];
  /** Modules of all. */
  readonly files: number;
}

/** The modules that are in a file, by their addresses: many in one of the bundle. */
function modulesIn(url: string): string[] {
  const map = new URL(`${url}.map`);
  // A file that only leads to others has no map.
  if (!url.includes('/dist/program/') || !existsSync(map)) return [url];
  const { sources } = JSON.parse(readFileSync(map, 'utf8')) as { readonly sources: readonly string[] };
  return sources.map((source) => new URL(source, url).href);
}

async function load(
  args: readonly string[],
  { cwd, env }: { cwd: string; env?: Readonly<Record<string, string>> },
): Promise<Loaded> {
  const list = join(cwd, 'loaded.txt');
  const NODE_OPTIONS = `--import data:text/javascript,${encodeURIComponent(NOTE_MODULES)}`;
  const result = await runCli(args, { cwd, env: { ...env, LOADED: list, NODE_OPTIONS } });
  const urls = readFileSync(list, 'utf8').split('\n').flatMap(modulesIn);
  const packages = urls.flatMap((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []);
  const own = urls.filter((url) => !url.includes('/node_modules/'));
  return {
    ...result,
    packages: [...new Set(packages)].sort(),
    own: own.map((url) => url.replace(/^.*\/(?=dist\/|bin\/)/, '')),
    files: urls.length,
  };
}

/** The modules of node-postgres. */
const PG = ['pg', 'pg-connection-string', 'pg-int8', 'pg-pool', 'pg-protocol', 'pg-types', 'postgres-array'];
const PG_TYPES = ['postgres-bytea', 'postgres-date', 'postgres-interval', 'xtend'];
/** In its file of the bundle, though it runs only where there is no password. */
const PG_PASSWORDS = ['pgpass', 'split2'];
/** The modules that every command with settings and a database needs. */
const NEEDED = [
  ...['commander', 'eventemitter3', 'node-cron', 'p-queue', 'p-timeout', 'zod'],
  ...[...PG, ...PG_TYPES, ...PG_PASSWORDS],
];

it.concurrent.each([
  [['--version'], 0],
  [['--help'], 0],
  [['sync', '--help'], 0],
  [['exports', 'download', '--help'], 0],
  [['nonsense'], 2],
  [['sync', '--nonsense'], 2],
  [['diff'], 2],
  [['runs', '--limit', 'many'], 2],
])('%j loads the table of commands alone', async (args, code) => {
  using folder = scratchFolder();
  const loaded = await load(args, { cwd: folder.path });
  expect(loaded.code, loaded.stderr).toBe(code);
  expect(loaded.packages).toEqual(['commander']);
  expect(loaded.files).toBeLessThanOrEqual(30);
});

it.concurrent('compiled code is kept where nobody else can write it, and nowhere else', async () => {
  using folder = scratchFolder();
  const kept = join(folder.path, '.cache/sigma-sync/code');
  const version = async (HOME: string) => {
    const { code, stdout, stderr } = await runCli(['--version'], { cwd: folder.path, env: { HOME } });
    expect([code, stderr]).toEqual([0, '']);
    return stdout;
  };
  const first = await version(folder.path);
  expect(statSync(kept).mode & 0o777).toBe(0o700);
  expect(await version(folder.path)).toBe(first);

  using shared = scratchFolder();
  chmodSync(shared.path, 0o1777);
  expect(await version(shared.path)).toBe(first);
  expect(existsSync(join(shared.path, '.cache'))).toBe(false);
  chmodSync(shared.path, 0o700);
  writeFileSync(join(shared.path, 'file'), '');
  for (const home of ['file', 'missing']) expect(await version(join(shared.path, home))).toBe(first);
});

it.concurrent('streams loads the streams', async () => {
  using folder = scratchFolder();
  const loaded = await load(['streams'], { cwd: folder.path });
  expect(loaded.code, loaded.stderr).toBe(0);
  expect(loaded.packages).toEqual(['commander']);
  expect(loaded.files).toBeLessThanOrEqual(140);
});

it('status and an unchanged sync load what they use', async () => {
  await using test = await openTestDatabase({ migrated: false });
  await using simulator = await startSimulator({ organization: { seed: 1, workbooks: 3, members: 3 } });
  using folder = scratchFolder();
  const env = { ...envFor(simulator, test.url), SIGMA_SYNC_ANALYTICS: 'true' };
  const options = { cwd: folder.path, env };
  const first = await load(['sync'], options);
  expect(first.code, first.stderr).toBe(0);

  const status = await load(['status'], options);
  expect(status.code, status.stderr).toBe(0);
  expect(status.stdout).toContain('complete');
  expect(status.packages.filter((name) => !NEEDED.includes(name))).toEqual([]);
  expect(status.files).toBeLessThanOrEqual(380);
  expect(status.own.filter((path) => /operations|analytics\/models|migrations\/\d/.test(path))).toEqual([]);

  const again = await load(['sync'], options);
  expect(again.code, again.stderr).toBe(0);
  const unused = /^(@electric-sql|@opentelemetry|@hono|hono|kysely|nodemailer|papaparse|prom-client|yaml)\b/;
  expect(again.packages.filter((name) => unused.test(name))).toEqual([]);
  expect(
    again.own.filter((path) => /simulator\/(?!http\/novelties)|operations|migrations\/\d/.test(path)),
  ).toEqual([]);
  expect(again.files).toBeLessThanOrEqual(720);
});
