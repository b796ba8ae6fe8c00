/**
 * Singer targets that others wrote load what is emitted, unmodified: their live rows equal ours after every night.
 * `scripts/install-python.sh` installs them; without it these are skipped.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { emitChanges } from '../../src/operations/emit/emission.ts';
import { type EmissionState, parseState } from '../../src/operations/emit/emission-state.ts';
import { emittedTable } from '../../src/operations/emit/emitted-table.ts';
import { singerFormat } from '../../src/operations/emit/singer.ts';
import { resetStream } from '../../src/state/reset-stream.ts';
import { scratchFolder } from '../support/cli.ts';
import { plain, wantedRows } from '../support/naive-target.ts';
import { runProgram } from '../support/run-program.ts';
import { type Rig, startRig } from '../support/rig.ts';

const TARGETS = resolve(import.meta.dirname, '../../.tmp/targets');
const STREAMS = catalogue.filter(({ optIn }) => optIn !== true);
const TABLES = STREAMS.map(emittedTable);
const ORGANIZATION = { seed: 8, workbooks: 12, reports: 3, members: 10, teams: 3, grants: 40, folders: 4 };

/** A target, how it is told where to load, and how its live rows are read. */
interface Target {
  readonly name: string;
  readonly program: string;
  readonly nights: number;
  /** Empty texts are null in it. */
  readonly losesEmptyTexts?: true;
  config(rig: Rig, folder: string): object;
  /** Live rows of each table, as JSON objects. */
  rows(rig: Rig, folder: string): Promise<Readonly<Record<string, readonly Row[]>>>;
}

type Row = Readonly<Record<string, unknown>>;

const SCHEMA = 'loaded';

const MELTANOLABS: Target = {
  name: 'meltanolabs',
  program: 'target-postgres',
  nights: 6,
  config({ test }) {
    const url = new URL(test.url ?? '');
    return {
      ...{ host: url.hostname, port: Number(url.port), user: url.username, password: url.password },
      ...{ database: url.pathname.slice(1), default_target_schema: SCHEMA, hard_delete: false },
    };
  },
  async rows({ test }) {
    const found: Record<string, readonly Row[]> = {};
    for (const { name } of TABLES) {
      const rows = await test.database.session((session) =>
        session.query<{ row: Row }>(
          `select to_jsonb(t) as row from ${SCHEMA}."${name}" t where _sdc_deleted_at is null`,
        ),
      );
      found[name] = rows.map(({ row }) => row);
    }
    return found;
  },
};

const READ_DUCKDB = `
import duckdb, json, sys
base = duckdb.connect(sys.argv[1])
tables = [name for (name,) in base.execute("select table_name from information_schema.tables").fetchall()]
def rows(name):
    found = base.execute('select * from main."%s" where _sdc_deleted_at is null' % name)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row)) for row in found.fetchall()]
print(json.dumps({name: rows(name) for name in tables}, default=lambda value: value.isoformat()))
`;

const DUCKDB: Target = {
  name: 'duckdb',
  program: 'target-duckdb',
  nights: 6,
  losesEmptyTexts: true,
  config: (_, folder) => ({ filepath: join(folder, 'loaded.duckdb'), default_target_schema: 'main' }),
  async rows(_, folder) {
    const python = join(TARGETS, 'duckdb/bin/python');
    const { stdout } = await runProgram(python, ['-c', READ_DUCKDB, join(folder, 'loaded.duckdb')]);
    return JSON.parse(stdout) as Record<string, readonly Row[]>;
  },
};

const inputOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

async function emission({ test }: Rig, state: EmissionState | undefined): Promise<string[]> {
  const texts: string[] = [];
  const format = singerFormat(
    async (more) => void texts.push(more),
    () => new Date(),
  );
  const request = { tables: TABLES, state, signal: new AbortController().signal, rulesOf: () => undefined };
  await emitChanges(test, request, format);
  return texts.join('').split('\n').slice(0, -1);
}

/** Streams whose live rows the target and we do not share. */
async function differences(rig: Rig, target: Target, folder: string): Promise<string[]> {
  const loaded = await target.rows(rig, folder);
  const found: string[] = [];
  for (const stream of STREAMS) {
    const { name, columns } = emittedTable(stream);
    const theirs = (loaded[name] ?? []).map((row) => plain(row, columns, (text) => JSON.parse(text))).sort();
    const all = await wantedRows(rig, stream);
    const ours =
      target.losesEmptyTexts === true ? all.map((row) => row.replaceAll(',""]', ',null]')).sort() : all;
    const missing = ours.filter((row) => !theirs.includes(row));
    if (missing.length > 0 || theirs.length !== ours.length)
      found.push(`${name}: ${theirs.length} rows instead of ${ours.length}; missing: ${missing[0]}`);
  }
  return found;
}

it.concurrent.each([MELTANOLABS, DUCKDB])(
  '$name has our live rows after every night',
  { timeout: 300_000 },
  async (target) => {
    const path = join(TARGETS, target.name, 'bin', target.program);
    if (!existsSync(path)) return console.warn(`${target.name} is not installed: scripts/install-python.sh`);
    using folder = scratchFolder();
    await using rig = await startRig({ organization: ORGANIZATION, streams: STREAMS });
    // This target keeps times without a zone, as the server's zone has them.
    await rig.test.database.session((session) =>
      session.query(
        `do $$ begin execute format('alter database %I set timezone = ''UTC''', current_database()); end $$`,
      ),
    );
    const config = join(folder.path, 'target.json');
    writeFileSync(config, JSON.stringify(target.config(rig, folder.path)));
    let state: EmissionState | undefined;
    const load = async (lines: readonly string[]): Promise<void> => {
      const { code, stdout, stderr } = await runProgram(path, ['--config', config], {
        input: inputOf(lines),
      });
      expect(code, stderr.slice(-3000)).toBe(0);
      const last = stdout.trim().split('\n').at(-1);
      if (last !== undefined && last !== '') state = parseState(last, 'the state of the target');
    };

    await rig.sync();
    await load(await emission(rig, undefined));
    expect(await differences(rig, target, folder.path)).toEqual([]);
    for (let night = 1; night <= target.nights; night++) {
      rig.simulator.organization.mutate(30);
      await rig.sync({ acceptDeletions: true });
      const stream = STREAMS.find(({ name }) => name === 'workbook_elements');
      if (night === 2 && stream !== undefined) await resetStream(rig.test.database, rig.test.schemas, stream);
      const lines = await emission(rig, state);
      if (night % 3 === 0) {
        // The emission was cut off, and begins again with the state that the target wrote.
        await load(lines.slice(0, Math.floor(lines.length / 2)));
        await load(await emission(rig, state));
      } else await load(lines);
      expect(await differences(rig, target, folder.path), `night ${night}`).toEqual([]);
    }
  },
);

it('singer-tools finds every message valid', async ({ skip }) => {
  const path = join(TARGETS, 'singer-tools/bin/singer-check-tap');
  if (!existsSync(path)) skip('singer-tools are not installed: scripts/install-python.sh');
  await using rig = await startRig({ organization: ORGANIZATION, streams: STREAMS });
  await rig.sync();
  const { code, stdout, stderr } = await runProgram(path, [], {
    input: inputOf(await emission(rig, undefined)),
  });
  expect(code, stderr).toBe(0);
  expect(stdout).toContain('The output is valid.');
  expect(stdout).toContain(`for ${STREAMS.length} streams`);
});
