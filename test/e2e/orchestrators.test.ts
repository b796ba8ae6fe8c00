/**
 * The examples of integrations/orchestrators, loaded and run by Dagster and Airflow themselves over the command line.
 * `scripts/install-python.sh` installs them; without it these are skipped.
 */
import { chmodSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { BIN, envFor, runCli, scratchFolder } from '../support/cli.ts';
import { startHolder } from '../support/holder.ts';
import { runProgram } from '../support/run-program.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const EXAMPLES = join(ROOT, 'integrations/orchestrators');
const DAGSTER = join(ROOT, '.tmp/peers/dagster/bin/dagster');
const AIRFLOW = join(ROOT, '.tmp/airflow/bin/airflow');
const ORGANIZATION = { seed: 3, workbooks: 4, reports: 1, members: 5, teams: 2, grants: 10, folders: 2 };
const SLOW = { timeout: 1_500_000 };

type Env = Readonly<Record<string, string>>;

/** A folder with the examples and a `sigma-sync`, and the environment to run them in. */
function settle(folder: string, simulator: Simulator): Env {
  for (const name of ['sigma_sync_cli.py', 'dagster_definitions.py', 'airflow_dag.py'])
    copyFileSync(join(EXAMPLES, name), join(folder, name));
  const program = join(folder, 'sigma-sync');
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${BIN}" "$@"\n`);
  chmodSync(program, 0o755);
  return {
    ...envFor(simulator),
    ...{ HOME: folder, SIGMA_SYNC_DIRECTORY: join(folder, 'database'), SIGMA_SYNC_ANALYTICS: 'false' },
    ...{ SIGMA_SYNC_PROGRAM: program, SIGMA_SYNC_RETRY_SECONDS: '1', SIGMA_SYNC_RETRIES: '1' },
    ...{ DAGSTER_DISABLE_TELEMETRY: '1' },
    ...{ AIRFLOW_HOME: join(folder, 'airflow'), AIRFLOW__CORE__DAGS_FOLDER: folder },
    ...{ AIRFLOW__CORE__LOAD_EXAMPLES: 'False' },
  };
}

const count = (text: string, part: RegExp): number => [...text.matchAll(part)].length;

it('the groups have every stream that is synced by default', async () => {
  const print = 'import json, sigma_sync_cli; print(json.dumps(sigma_sync_cli.GROUPS))';
  const env = { PYTHONPATH: EXAMPLES, PYTHONDONTWRITEBYTECODE: '1' };
  const { stdout, stderr } = await runProgram('python3', ['-c', print], { env });
  expect(stderr).toBe('');
  const names = Object.values(JSON.parse(stdout) as Record<string, string[]>).flat();
  const wanted = catalogue.filter(({ optIn }) => optIn !== true).map(({ name }) => name);
  expect(names.sort()).toEqual(wanted.sort());
});

/** An orchestrator: runs everything, or the checks of freshness alone, and says how often it tried again. */
interface Orchestrator {
  readonly name: string;
  readonly program: string;
  prepare(env: Env, cwd: string): Promise<void>;
  run(env: Env, cwd: string, part?: 'fresh'): Promise<{ isWell: boolean; retries: number; said: string }>;
}

const dagster: Orchestrator = {
  name: 'Dagster',
  program: DAGSTER,
  async prepare(env, cwd) {
    const args = ['definitions', 'validate', '-f', 'dagster_definitions.py'];
    const { code, stderr } = await runProgram(DAGSTER, args, { cwd, env });
    expect(code, stderr).toBe(0);
  },
  async run(env, cwd, part) {
    // In the fresh part, only one group is materialized again.
    const select = part === 'fresh' ? 'key:"sigma/people"' : '*';
    const args = ['asset', 'materialize', '--select', select, '-f', 'dagster_definitions.py'];
    const { code, stdout, stderr } = await runProgram(DAGSTER, args, { cwd, env });
    const said = stdout + stderr;
    return { isWell: code === 0, retries: count(said, / STEP_UP_FOR_RETRY /g), said };
  },
};

const airflow: Orchestrator = {
  name: 'Airflow',
  program: AIRFLOW,
  async prepare(env, cwd) {
    const { code, stderr } = await runProgram(AIRFLOW, ['db', 'migrate'], { cwd, env });
    expect(code, stderr).toBe(0);
  },
  async run(env, cwd, part) {
    const some = part === 'fresh' ? ['--mark-success-pattern', '^sync_'] : [];
    const args = ['dags', 'test', 'sigma', ...some];
    const { code, stdout, stderr } = await runProgram(AIRFLOW, args, { cwd, env });
    const said = stdout + stderr;
    return { isWell: code === 0, retries: count(said, /new_state=up_for_retry/g), said };
  },
};

it.each([dagster, airflow])('$name runs all groups, and tries again as exit codes say', SLOW, async (one) => {
  if (!existsSync(one.program))
    return console.warn(`${one.name} is not installed: scripts/install-python.sh`);
  using folder = scratchFolder();
  await using simulator = await startSimulator({ organization: ORGANIZATION });
  const env = settle(folder.path, simulator);
  await one.prepare(env, folder.path);

  // One team can't be read: partial at the first and at the last attempt, and no failure in the end.
  const before = await runCli(['sync', 'team_members'], { cwd: folder.path, env });
  expect(before.code, before.stderr).toBe(0);
  const [team] = simulator.organization.truth('teams');
  simulator.faults.set({ forbid: [`^/v2/teams/${team?.['teamId']}/`] });
  const partial = await one.run(env, folder.path);
  expect([partial.isWell, partial.retries], partial.said.slice(-5000)).toEqual([true, 1]);
  expect(partial.said).toContain('Not complete: team_members');
  simulator.faults.set({ forbid: [] });

  // The database is open in another process: tried again, and failed in the end.
  mkdirSync(env['SIGMA_SYNC_DIRECTORY'] ?? '', { recursive: true });
  await using holder = await startHolder('lock', env['SIGMA_SYNC_DIRECTORY'] ?? '');
  const locked = await one.run(env, folder.path);
  expect([locked.isWell, locked.retries], locked.said.slice(-5000)).toEqual([false, 1]);
  expect(locked.said).toContain('exit code 4');
  await holder.kill();

  // Wrong settings are as wrong at the next attempt.
  const wrong = await one.run({ ...env, SIGMA_CLIENT_ID: '' }, folder.path);
  expect([wrong.isWell, wrong.retries], wrong.said.slice(-5000)).toEqual([false, 0]);
  expect(wrong.said).toContain('SIGMA_CLIENT_ID');

  // Nothing is read for too long.
  const stale = await one.run({ ...env, SIGMA_SYNC_FRESH_HOURS: '0' }, folder.path, 'fresh');
  expect(stale.said).toMatch(one.name === 'Dagster' ? /'fresh' on '\S+' did not pass/ : /stale: /);
});
