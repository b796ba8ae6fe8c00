/**
 * The token limit (one request a second) belongs to the credentials, not to the process: a process that is killed
 * and started again, or a `check` beside a running sync, must not ask in the same second. The time of the last
 * request is kept as the mtime of an empty file whose name is a hash.
 */
import { createHash } from 'node:crypto';
import { closeSync, futimesSync, mkdirSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from './clock.ts';
import type { Credentials } from './token.ts';

/**
 * Makes the gate that waits for this process's turn.
 *
 * @param directory for the files; where it can't be written, the gate stands open.
 */
export function openTokenGate(
  directory: string,
  intervalMs: number,
  baseUrl: string,
  credentials: () => Credentials,
  clock: Clock,
): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    const name = createHash('sha256')
      .update(`${baseUrl}\n${credentials().clientId}`)
      .digest('hex')
      .slice(0, 32);
    const path = join(directory, `token-${name}`);
    const last = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    const wait = last + intervalMs - clock.now();
    // A time in the future is another clock's; nobody waits for that.
    if (wait > 0 && wait <= intervalMs) await clock.sleep(wait, signal);
    stamp(directory, path, clock.now() / 1000);
  };
}

function stamp(directory: string, path: string, at: number): void {
  try {
    mkdirSync(directory, { recursive: true });
    const file = openSync(path, 'a', 0o600);
    try {
      futimesSync(file, at, at);
    } finally {
      closeSync(file);
    }
  } catch {
    // A read-only system: this process's own lane still keeps to the limit.
  }
}
