/** Temporary folders that carry the number of the process they serve, so that a later run can clear them away. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { onProcessEnd } from './process-end.ts';

const PREFIX = `sigma-sync-test-${hostname()}-`;

/** A folder that is removed with `remove`, at the latest when this process ends. */
export interface RunFolder {
  readonly path: string;
  remove(): void;
}

/** Makes one, after removing those of processes that were killed. */
export function createRunFolder(): RunFolder {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(PREFIX) || isRunning(Number.parseInt(name.slice(PREFIX.length), 10))) continue;
    removeLeftover(join(tmpdir(), name));
  }
  const path = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const removeNow = (): void => removeWhole(path);
  const cancel = onProcessEnd(removeNow);
  const remove = (): void => {
    cancel();
    removeNow();
  };
  return { path, remove };
}

/** `rmSync` gives up in silence where a server that is shutting down removes files of its own meanwhile. */
function removeWhole(path: string): void {
  for (let attempt = 1; attempt <= 20; attempt++) {
    rmSync(path, { recursive: true, force: true, maxRetries: 5 });
    if (!existsSync(path)) return;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 25);
  }
}

/** A server that still runs on it stops itself once its data is gone. */
function removeLeftover(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // It belongs to another user of this machine, who will clear it away.
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
