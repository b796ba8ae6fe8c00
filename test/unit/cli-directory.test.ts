/** `--directory`: every command that opens the embedded database takes it, and it wins over the configured one. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterEach, expect, it, vi } from 'vitest';
import { fleetFor } from '../../src/cli/command-context.ts';
import { program } from '../../src/cli/main.ts';
import { requireDatabase } from '../../src/cli/require-database.ts';
import type { FleetConfig } from '../../src/config/fleet.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { scratchFolder } from '../support/cli.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Commands that open no database, or a server alone. */
const WITHOUT = [
  ...['init', 'probe', 'streams', 'exports preview', 'exports download', 'analytics models', 'alert test'],
  ...['simulate', 'organizations', 'worker'],
];

function leaves(command: Command, path = ''): [path: string, command: Command][] {
  return command.commands.flatMap((inner): [string, Command][] => {
    const name = `${path} ${inner.name()}`.trim();
    return inner.commands.length > 0 ? leaves(inner, name) : [[name, inner]];
  });
}

it.each(leaves(program()))('%s takes it, or opens no database', (path, command) => {
  const takes = command.options.some(({ long }) => long === '--directory');
  expect(takes).toBe(!WITHOUT.includes(path));
});

/** The database that a command line leads to. */
async function databaseOf(...args: string[]): Promise<{ url?: string | undefined; directory: string }> {
  const root = program();
  let found: { url?: string | undefined; directory: string } | undefined;
  for (const [, command] of leaves(root))
    command.action((...given: unknown[]) => {
      found = fleetFor(given.at(-1) as Command).base.database;
    });
  await root.parseAsync(['node', 'sigma-sync', ...args]);
  if (found === undefined) throw new Error('no command ran');
  return found;
}

it('wins over the servers and folders of the environment and the file', async () => {
  using folder = scratchFolder();
  const file = join(folder.path, 's.yaml');
  const wanted = join(folder.path, 'mine');
  const secret = join(folder.path, 'url');
  writeFileSync(secret, 'postgres://from-a-file/x');
  for (const text of [
    'database: {url: "postgres://configured/x"}',
    `database: {url_file: ${secret}, schema: other}`,
    'database: {directory: elsewhere}',
    'log: {level: warn}',
  ]) {
    writeFileSync(file, text);
    for (const env of [
      {},
      { DATABASE_URL: 'postgres://environment/x' },
      { DATABASE_URL_FILE: secret },
      { DATABASE_URL: 'not an address' },
      { PGHOST: 'somewhere' },
      { SIGMA_SYNC_DIRECTORY: 'third' },
    ]) {
      for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
      const database = await databaseOf('--config', file, 'status', '--directory', wanted);
      expect(database, `${text} ${JSON.stringify(env)}`).toMatchObject({ directory: wanted });
      expect(database.url).toBeUndefined();
      vi.unstubAllEnvs();
    }
  }
  // Without it the settings count, and its other settings always do.
  writeFileSync(file, 'database: {url: "postgres://configured/x", schema: other}');
  expect(await databaseOf('--config', file, 'runs')).toMatchObject({ url: 'postgres://configured/x' });
  expect(await databaseOf('--config', file, 'runs', '--directory', wanted)).toMatchObject({
    schema: 'other',
  });
});

it('wins for each of several organizations', async () => {
  using folder = scratchFolder();
  const file = join(folder.path, 's.yaml');
  const wanted = join(folder.path, 'mine');
  for (const place of ['url: "postgres://configured/x"', 'url_file: none', 'directory: elsewhere']) {
    writeFileSync(file, `database: {${place}}\norganizations: [{name: acme}, {name: globex}]\n`);
    const root = program();
    const found: FleetConfig[] = [];
    for (const [, command] of leaves(root))
      command.action((...given: unknown[]) => {
        found.push(fleetFor(given.at(-1) as Command));
      });
    await root.parseAsync(['node', 'sigma-sync', '--config', file, 'status', '--directory', wanted]);
    const databases = found.flatMap(({ organizations }) =>
      organizations.map(({ config }) => config.database),
    );
    expect(databases, place).toMatchObject([
      { directory: wanted, schema: 'sigma_acme' },
      { directory: wanted, schema: 'sigma_globex' },
    ]);
    expect(databases.map(({ url }) => url)).toEqual([undefined, undefined]);
  }
});

it.each([
  ['runs'],
  ['alert list'],
  ['history members x'],
  ['diff --from 2026-01-01'],
  ['report'],
  ['query select'],
])('%s creates no database', async (words) => {
  using folder = scratchFolder();
  const directory = join(folder.path, '.sigma-sync');
  await expect(
    program().parseAsync(['node', 'sigma-sync', ...words.split(' '), '--directory', directory]),
  ).rejects.toThrow(`Nothing has synced yet: there is no embedded database in ${directory}.`);
  expect(existsSync(directory)).toBe(false);
});

it('status of a folder without a database creates none', async () => {
  using folder = scratchFolder();
  const directory = join(folder.path, '.sigma-sync');
  const written: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  try {
    for (const more of [[], ['--json']])
      await program().parseAsync(['node', 'sigma-sync', 'status', '--directory', directory, ...more]);
  } finally {
    spy.mockRestore();
  }
  const [text = '', ...json] = written;
  expect(text).toContain(`Nothing has synced yet: there is no embedded database in ${directory}.`);
  const { streams } = JSON.parse(json.join('')) as { streams: { status: string }[] };
  expect(new Set(streams.map(({ status }) => status))).toEqual(new Set(['never']));
  expect(existsSync(directory)).toBe(false);
});

it('a folder without a database beside that of the demo says so', () => {
  using folder = scratchFolder();
  mkdirSync(join(folder.path, '.sigma-sync/demo/pgdata/base'), { recursive: true });
  const { database } = loadConfig({ cwd: folder.path, env: {} });
  expect(() => requireDatabase({ database })).toThrow(
    expect.objectContaining({
      advice: expect.stringContaining('.sigma-sync/demo: add --directory') as unknown,
    }),
  );
});
