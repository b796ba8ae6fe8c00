/** Standard output that can't be written: what was done is recorded, one sentence says so, and the exit code tells. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { startSimulator } from '../../simulator/server.ts';
import { BIN, envFor, runCli, scratchFolder } from '../support/cli.ts';

/** A device on which there is never any space. */
const FULL = '/dev/full';
const SENTENCE =
  'sigma-sync: The output could not be written: no space left on device. Everything done so far is kept.\n';

/** Runs a command whose output goes to a full device. */
async function intoFull(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly stderr: string }> {
  const full = openSync(FULL, 'w');
  try {
    const child = spawn(process.execPath, [BIN, '--log-level', 'error', ...args], {
      cwd,
      env: { PATH: process.env['PATH'], HOME: cwd, ...env },
      stdio: ['ignore', full, 'pipe'],
    });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    const stderr = child.stderr === null ? '' : await text(child.stderr);
    return { code: await ended, stderr };
  } finally {
    closeSync(full);
  }
}

describe.skipIf(!existsSync(FULL))('output that cannot be written', () => {
  it('fails a sync that did well otherwise, and the run is recorded', async () => {
    using folder = scratchFolder();
    await using simulator = await startSimulator({ organization: { workbooks: 3 } });
    const env = envFor(simulator);
    expect(await intoFull(['sync', 'members', '--json'], folder.path, env)).toEqual({
      code: 1,
      stderr: SENTENCE,
    });
    const { stdout } = await runCli(['runs', '--json'], { cwd: folder.path, env });
    expect(JSON.parse(stdout)).toMatchObject({ runs: [{ status: 'complete' }] });

    // Tables are many writes, and none of them is reported twice.
    for (const args of [['sync', 'members', '--full'], ['status'], ['runs', '--json'], ['query', 'select 1']])
      expect(await intoFull(args, folder.path, env), args.join(' ')).toEqual({ code: 1, stderr: SENTENCE });
  });

  it('of a command that needs nothing is told, too, and a failure keeps its own code', async () => {
    using folder = scratchFolder();
    for (const args of [['streams'], ['--help'], ['--version'], ['sync', '--help']])
      expect(await intoFull(args, folder.path, {}), args.join(' ')).toEqual({ code: 1, stderr: SENTENCE });
    expect((await intoFull(['reset', 'nonsense'], folder.path, {})).code).toBe(2);
    const asJson = await intoFull(['--log-format', 'json', 'status'], folder.path, {});
    expect(JSON.parse(asJson.stderr)).toMatchObject({ level: 'error', event: 'output.failed' });
  });
});

it('a reader that went away ends a command in silence, whatever it is told', async () => {
  using folder = scratchFolder();
  const child = spawn(process.execPath, [BIN, 'streams'], {
    cwd: folder.path,
    env: { PATH: process.env['PATH'], HOME: folder.path },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  expect(await text(child.stderr)).toBe('');
  expect(await ended).toBe(0);
});
