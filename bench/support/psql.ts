/** The system's `psql`, the yardstick of loading a file. */
import { spawnSync } from 'node:child_process';

/** Its version; undefined where it is not installed. */
export function psqlVersion(): string | undefined {
  const { status, stdout } = spawnSync('psql', ['--version'], { encoding: 'utf8' });
  return status === 0 ? /\d+(?:\.\d+)*/.exec(stdout)?.[0] : undefined;
}

/** Runs commands, each on its own, in one process. @returns seconds. @throws Error with what it said */
export function runPsql(url: string, commands: readonly string[]): number {
  const args = ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', url, ...commands.flatMap((sql) => ['-c', sql])];
  const started = performance.now();
  const { status, stderr, error } = spawnSync('psql', args, { encoding: 'utf8' });
  const seconds = (performance.now() - started) / 1000;
  if (status !== 0) throw new Error(`psql failed: ${error?.message ?? stderr}`);
  return seconds;
}
