/** `emit` and `tap-sigma-sync` as a user runs them. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { startSimulator } from '../../simulator/server.ts';
import { BIN, type CliResult, envFor, runCli, scratchFolder } from '../support/cli.ts';
import { runProgram } from '../support/run-program.ts';

const ORGANIZATION = { seed: 3, workbooks: 8, reports: 2, members: 8, teams: 2, grants: 20, folders: 3 };
const STREAMS = ['members', 'workbooks'];
const TAP = join(dirname(BIN), 'tap-sigma-sync.js');
const PYTHON = resolve(import.meta.dirname, '../../.tmp/targets/duckdb/bin/python');

interface Manifest {
  readonly files: readonly { readonly file: string; readonly mode: string; readonly rows: number }[];
  readonly state: { readonly streams: object };
}

const tap = (args: readonly string[], cwd: string): ReturnType<typeof runProgram> =>
  runProgram(process.execPath, [TAP, ...args], { cwd, env: { HOME: cwd } });

const linesOf = (path: string): Record<string, unknown>[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

it('emit fills a folder with every row, and the next one with what changed', async () => {
  using folder = scratchFolder();
  await using simulator = await startSimulator({ organization: ORGANIZATION });
  const options = { cwd: folder.path, env: envFor(simulator) };
  const emit = (name: string): Promise<CliResult> =>
    runCli(['emit', ...STREAMS, '--format', 'jsonl', '--output', name, '--state', 'state.json'], options);
  const manifestOf = (name: string): Manifest =>
    JSON.parse(readFileSync(join(folder.path, name, 'manifest.json'), 'utf8')) as Manifest;

  const first = await emit('first');
  expect(first.code, first.stderr).toBe(0);
  expect(readdirSync(join(folder.path, 'first')).sort()).toEqual([
    'manifest.json',
    'members.jsonl',
    'workbooks.jsonl',
  ]);
  const { files, state } = manifestOf('first');
  expect(files).toMatchObject([
    { file: 'members.jsonl', mode: 'full', rows: simulator.organization.truth('members').length },
    { file: 'workbooks.jsonl', mode: 'full' },
  ]);
  expect(JSON.parse(readFileSync(join(folder.path, 'state.json'), 'utf8'))).toEqual(state);
  expect(linesOf(join(folder.path, 'first/members.jsonl'))[0]).toMatchObject({
    email: expect.stringContaining('@'),
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
    _deleted_at: null,
  });

  const again = await emit('first');
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('first is not empty.')]);

  simulator.organization.mutate(40);
  expect((await emit('second')).code).toBe(0);
  for (const { mode } of manifestOf('second').files) expect(mode).toBe('changes');
  const third = await emit('third');
  expect(third.stderr).toContain('Sent 0 rows of 0 streams.');
});

it('Parquet comes from the files, with the types of the manifest', async ({ skip }) => {
  if (!existsSync(PYTHON)) skip('duckdb is not installed: scripts/install-python.sh');
  using folder = scratchFolder();
  await using simulator = await startSimulator({ organization: ORGANIZATION });
  const options = { cwd: folder.path, env: envFor(simulator) };
  const script = resolve(import.meta.dirname, '../../integrations/duckdb/to_parquet.py');
  const rowsOf = async (name: string, ...more: string[]): Promise<string> => {
    const files = ['--format', 'jsonl', '--output', name, '--state', 'state.json'];
    const { code, stderr } = await runCli(['emit', ...STREAMS, ...files, ...more], options);
    expect(code, stderr).toBe(0);
    const made = await runProgram(PYTHON, [script, name, `lake/${name}`], { cwd: folder.path });
    expect(made.code, made.stderr).toBe(0);
    return made.stdout;
  };
  const members = simulator.organization.truth('members').length;
  expect(await rowsOf('first')).toMatch(new RegExp(`members ${members}\\nworkbooks \\d+\\n`));
  // Files without a row as well.
  expect(await rowsOf('second', '--no-sync')).toBe('members 0\nworkbooks 0\n');
  const ask = `import duckdb
base = duckdb.connect()
print([str(type) for name, type, *_ in base.execute("describe from 'lake/%s/members.parquet'" % folder).fetchall() if name in ('email', 'created_at', '_deleted_at', 'is_archived')])`;
  for (const name of ['first', 'second']) {
    const { stdout } = await runProgram(PYTHON, ['-c', ask.replace('% folder', `% '${name}'`)], {
      cwd: folder.path,
    });
    expect(stdout).toContain('TIMESTAMP WITH TIME ZONE');
    expect(stdout).toContain('VARCHAR');
    expect(stdout).not.toContain('JSON');
  }
});

it('the tap discovers, sends what its catalog selects, and goes on from a state', async () => {
  using folder = scratchFolder();
  await using simulator = await startSimulator({ organization: ORGANIZATION });
  const at = (name: string): string => join(folder.path, name);
  const { clientId: client_id, clientSecret: client_secret, url: base_url } = simulator;
  const settings = { sigma: { client_id, client_secret, base_url }, analytics: { enabled: false } };
  writeFileSync(at('config.json'), JSON.stringify(settings));

  const discovered = await tap(['--config', 'config.json', '--discover'], folder.path);
  expect(discovered.code, discovered.stderr).toBe(0);
  const catalog = JSON.parse(discovered.stdout) as {
    streams: {
      tap_stream_id: string;
      metadata: { breadcrumb: string[]; metadata: { selected?: boolean } }[];
    }[];
  };
  for (const { tap_stream_id: name, metadata } of catalog.streams)
    for (const { breadcrumb, metadata: one } of metadata)
      if (breadcrumb.length === 0) one.selected = name === 'members';
      else if (['email', 'member_id', '_synced_at'].includes(breadcrumb[1] ?? '')) one.selected = false;
  writeFileSync(at('catalog.json'), JSON.stringify(catalog));

  const run = await tap(['--config', 'config.json', '--catalog', 'catalog.json'], folder.path);
  expect(run.code, run.stderr).toBe(0);
  const messages = run.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; stream?: string; record?: object; value?: object });
  expect(messages.map(({ type }) => type)).toEqual([
    'SCHEMA',
    'STATE',
    ...simulator.organization.truth('members').map(() => 'RECORD'),
    'ACTIVATE_VERSION',
    'STATE',
  ]);
  // The key and our own columns are always sent, whatever is selected.
  expect(Object.keys(messages[2]?.record ?? {})).toEqual(expect.arrayContaining(['member_id', '_synced_at']));
  expect(JSON.stringify(messages.map(({ record }) => record))).not.toContain('@');

  writeFileSync(at('state.json'), JSON.stringify(messages.at(-1)?.value));
  const next = await tap(
    ['--config', 'config.json', '--catalog', 'catalog.json', '--state', 'state.json'],
    folder.path,
  );
  expect([next.code, next.stdout.includes('"RECORD"')]).toEqual([0, false]);
  const about = await tap(['--about', '--format', 'json'], folder.path);
  expect(JSON.parse(about.stdout)).toMatchObject({ name: 'tap-sigma-sync', settings: { type: 'object' } });
});

it.each([
  [['emit', '--format', 'jsonl', '--no-sync'], '--format jsonl needs a folder.'],
  [['emit', 'workbook', '--no-sync'], 'There is no stream "workbook".'],
  [['emit', '--state', 'nowhere.json', '--no-sync'], "--state nowhere.json can't be read"],
  [['emit', '--catalog', 'nowhere.json', '--no-sync'], "--catalog nowhere.json can't be read"],
])('%j is refused before anything is asked', async (args, said) => {
  using folder = scratchFolder();
  const { code, stdout, stderr } = await runCli(args, { cwd: folder.path });
  expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining(said)]);
});

it('has nothing to send before the first sync', async () => {
  using folder = scratchFolder();
  const { code, stdout, stderr } = await runCli(['emit', '--no-sync'], { cwd: folder.path });
  expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining('Nothing is stored yet.')]);
});

it('ends with a sentence where its reader goes away', async () => {
  using folder = scratchFolder();
  await using simulator = await startSimulator({ organization: { ...ORGANIZATION, grants: 20_000 } });
  const options = { cwd: folder.path, env: envFor(simulator) };
  await runCli(['sync', 'grants'], options);
  const command = `"${process.execPath}" "${BIN}" emit grants --no-sync | head -c 100 >/dev/null; exit \${PIPESTATUS[0]}`;
  const { code, stderr } = await runProgram('bash', ['-c', command], {
    cwd: folder.path,
    env: { HOME: folder.path, ...options.env },
  });
  expect([code, stderr]).toEqual([
    130,
    expect.stringContaining('The program that reads the output has ended.'),
  ]);
  expect(stderr).not.toMatch(/\n\s+at /);
});
