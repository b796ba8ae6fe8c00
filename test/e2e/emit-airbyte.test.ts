/** The Airbyte source, by hand and by PyAirbyte into DuckDB, unmodified: `scripts/install-python.sh` installs that. */
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { emittedTable } from '../../src/operations/emit/emitted-table.ts';
import { BIN, runCli, scratchFolder } from '../support/cli.ts';
import { plain } from '../support/naive-target.ts';
import { runProgram } from '../support/run-program.ts';

const SOURCE = join(dirname(BIN), 'source-sigma-sync.js');
const PYTHON = resolve(import.meta.dirname, '../../.tmp/targets/airbyte/bin/python');
const ORGANIZATION = { seed: 3, workbooks: 8, reports: 2, members: 8, teams: 2, grants: 30, folders: 3 };
const STREAMS = ['members', 'workbooks', 'workbook_versions', 'workbook_columns', 'grants'];

type Row = Readonly<Record<string, unknown>>;

interface Message {
  readonly type: string;
  readonly record?: { readonly stream: string; readonly data: Row };
  readonly state?: object;
  readonly trace?: { readonly type: string; readonly error?: object };
  readonly connectionStatus?: object;
  readonly catalog?: { readonly streams: readonly (Row & { readonly name: string })[] };
}

/** Settings of a source, in `config.json` of a folder. */
function configure(folder: string, { clientId, clientSecret, url }: Simulator): void {
  const sigma = { client_id: clientId, client_secret: clientSecret, base_url: url };
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ sigma, analytics: { enabled: false } }));
}

async function source(
  args: readonly string[],
  cwd: string,
): Promise<{ code: number | null; said: Message[] }> {
  const { code, stdout } = await runProgram(process.execPath, [SOURCE, ...args], { cwd, env: { HOME: cwd } });
  const lines = stdout.split('\n').filter((line) => line !== '');
  return { code, said: lines.map((line) => JSON.parse(line) as Message) };
}

it('speaks the protocol: spec, check, discover, read whole and incrementally', async () => {
  using folder = scratchFolder();
  await using simulator = await startSimulator({ organization: ORGANIZATION });
  configure(folder.path, simulator);
  const ask = (...args: string[]): ReturnType<typeof source> => source(args, folder.path);
  const config = ['--config', 'config.json'];

  expect((await ask('spec')).said).toMatchObject([
    {
      type: 'SPEC',
      spec: { connectionSpecification: { properties: { sigma: { type: ['object', 'null'] } } } },
    },
  ]);
  expect((await ask('check', ...config)).said).toEqual([
    { type: 'CONNECTION_STATUS', connectionStatus: { status: 'SUCCEEDED' } },
  ]);
  const [discovered] = (await ask('discover', ...config)).said;
  const streams = (discovered?.catalog?.streams ?? []).filter(({ name }) =>
    ['members', 'teams'].includes(name),
  );
  expect(streams.map(({ source_defined_primary_key: key }) => key)).toEqual([[['member_id']], [['team_id']]]);
  const configured = {
    streams: streams.map((stream) => ({
      stream,
      sync_mode: stream.name === 'members' ? 'incremental' : 'full_refresh',
      destination_sync_mode: 'append',
    })),
  };
  writeFileSync(join(folder.path, 'catalog.json'), JSON.stringify(configured));

  const first = await ask('read', ...config, '--catalog', 'catalog.json');
  expect(first.code).toBe(0);
  const count = (said: readonly Message[], name: string): number =>
    said.filter(({ record }) => record?.stream === name).length;
  const members = simulator.organization.truth('members').length;
  expect(count(first.said, 'members')).toBe(members);
  const states = first.said.flatMap(({ state }) => (state === undefined ? [] : [state]));
  // One as each stream begins, and one that covers its rows.
  expect(states).toHaveLength(4);
  writeFileSync(join(folder.path, 'state.json'), JSON.stringify(states));
  const second = await ask('read', ...config, '--catalog', 'catalog.json', '--state', 'state.json');
  expect([count(second.said, 'members'), count(second.said, 'teams')]).toEqual([
    0,
    simulator.organization.truth('teams').length,
  ]);
});

it('says what is wrong as messages of the protocol', async () => {
  using folder = scratchFolder();
  await using simulator = await startSimulator({ organization: ORGANIZATION });
  configure(folder.path, { ...simulator, clientSecret: 'not-the-secret-of-it' });
  const { said } = await source(['check', '--config', 'config.json'], folder.path);
  expect(said).toMatchObject([
    { connectionStatus: { status: 'FAILED', message: expect.stringContaining('credentials: ') } },
  ]);
  const read = await source(['read', '--config', 'config.json', '--catalog', 'none.json'], folder.path);
  expect([read.code, read.said]).toMatchObject([
    2,
    [{ type: 'TRACE', trace: { type: 'ERROR', error: { failure_type: 'config_error' } } }],
  ]);
  expect(JSON.stringify([said, read.said])).not.toContain('not-the-secret-of-it');
});

const READ = `
import json, sys, airbyte
from airbyte.caches import DuckDBCache
source = airbyte.get_source("source-sigma-sync", config=json.load(open("config.json")), local_executable=sys.argv[1], install_if_missing=False)
source.check()
source.select_streams(sys.argv[2:])
source.read(cache=DuckDBCache(db_path="loaded.duckdb"))
`;

const ROWS = `
import duckdb, json, sys
base = duckdb.connect("loaded.duckdb")
def rows(name):
    found = base.execute('select * from main."%s" where _ab_cdc_deleted_at is null' % name)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row)) for row in found.fetchall()]
print(json.dumps({name: rows(name) for name in sys.argv[1:]}, default=str))
`;

it('PyAirbyte has our live rows after every night', { timeout: 900_000 }, async ({ skip }) => {
  if (!existsSync(PYTHON)) skip('PyAirbyte is not installed: scripts/install-python.sh');
  using folder = scratchFolder();
  await using simulator = await startSimulator({ organization: ORGANIZATION });
  configure(folder.path, simulator);
  const env = { HOME: folder.path, DO_NOT_TRACK: '1', AIRBYTE_OFFLINE_MODE: '1' };
  const python = async (code: string, args: readonly string[]): Promise<string> => {
    const {
      code: exit,
      stdout,
      stderr,
    } = await runProgram(PYTHON, ['-c', code, ...args], { cwd: folder.path, env });
    expect(exit, `${stdout.slice(-2000)} ${stderr.slice(-2000)}`).toBe(0);
    return stdout;
  };
  for (let night = 0; night < 3; night++) {
    if (night > 0) simulator.organization.mutate(40);
    await python(READ, [SOURCE, ...STREAMS]);
    const theirs = JSON.parse(await python(ROWS, STREAMS)) as Record<string, Row[]>;
    for (const stream of catalogue.filter(({ name }) => STREAMS.includes(name))) {
      const { name, columns } = emittedTable(stream);
      const sql = `select to_jsonb(t) as row from sigma.${name} t where _deleted_at is null`;
      const options = { cwd: folder.path, env: { HOME: folder.path } };
      const { stdout } = await runCli(['--config', 'config.json', 'query', sql, '--json'], options);
      const ours = (JSON.parse(stdout) as { row: Row }[]).map(({ row }) =>
        plain(
          Object.fromEntries(columns.map((column) => [column.name, row[column.source]])),
          columns,
          (value) => value,
        ),
      );
      const loaded = (theirs[name] ?? []).map((row) => plain(row, columns, (text) => JSON.parse(text)));
      expect(loaded.sort(), `${name}, night ${night}`).toEqual(ours.sort());
    }
  }
});
