/** The log file of the command line. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { startSimulator } from '../../simulator/server.ts';
import { envFor, runCli, scratchFolder } from '../support/cli.ts';

const ORGANIZATION = { seed: 4, workbooks: 5, members: 5, teams: 2, grants: 5 };

it('has the lines of a sync with its run id, as JSON and without secrets', async () => {
  using folder = scratchFolder();
  await using simulator = await startSimulator({ organization: ORGANIZATION });
  const env = { ...envFor(simulator), SIGMA_SYNC_LOG_FILE: 'logs/sync.log' };
  const { code, stderr } = await runCli(['sync', 'members', '--log-level', 'debug'], {
    cwd: folder.path,
    env,
  });
  expect(code, stderr).toBe(0);
  const file = `${folder.path}/logs/sync.log`;
  const lines = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const started = lines.find(({ event }) => event === 'run.started');
  expect(started).toMatchObject({ command: 'sync', trigger: 'cli', streams: ['members'] });
  expect(lines.find(({ event }) => event === 'run.finished').runId).toBe(started.runId);
  expect(lines.find(({ event }) => event === 'stream.finished')).toMatchObject({
    runId: started.runId,
    stream: 'members',
  });
  expect(stderr).toContain(`run=${started.runId.slice(0, 8)}`);
  expect(stderr).not.toContain(started.runId);
  for (const text of [readFileSync(file, 'utf8'), stderr]) expect(text).not.toContain(simulator.clientSecret);
});

it('that cannot be written fails no sync', async () => {
  using folder = scratchFolder();
  await using simulator = await startSimulator({ organization: ORGANIZATION });
  writeFileSync(`${folder.path}/taken`, '');
  const env = { ...envFor(simulator), SIGMA_SYNC_LOG_FILE: 'taken/sync.log' };
  const { code, stderr } = await runCli(['sync', 'members', 'teams'], { cwd: folder.path, env });
  expect(code, stderr).toBe(0);
  expect(stderr.match(/log\.file_failed/g)).toHaveLength(1);
  expect(existsSync(`${folder.path}/.sigma-sync`)).toBe(true);
});
