/**
 * A lock on the embedded database's folder that survives a killed owner: a file that names the process and when
 * it started, so that neither a dead owner nor a later process with the same number keeps it.
 */
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LockedError } from '../../errors.ts';

interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Start time of the process in the kernel's ticks, where the system tells it. */
  readonly startedAt: string | undefined;
}

/** The holder touches its lock this often, so that another machine (a restarted container) can tell it lives. */
const HEARTBEAT_MS = 10_000;
const SILENT_AFTER_MS = 60_000;

/**
 * Takes the lock and returns the function that gives it back.
 *
 * @throws LockedError where a living process holds it; one of another machine counts as living for a minute
 * after its last sign.
 */
export async function lockDirectory(directory: string): Promise<() => void> {
  const path = join(directory, 'lock');
  const mine: Owner = { pid: process.pid, host: hostname(), startedAt: startOf(process.pid) };
  for (let attempt = 0; attempt < 50; attempt++) {
    if (create(path, mine)) {
      const heartbeat = setInterval(() => touch(path), HEARTBEAT_MS).unref();
      return () => {
        clearInterval(heartbeat);
        release(path, mine);
      };
    }
    const owner = readOwner(path);
    if (owner !== undefined && isAlive(owner, path)) {
      throw new LockedError(
        `Another process (${owner.pid} on ${owner.host}) has the embedded database in ${directory} open.`,
        {
          advice: 'Wait for it to end, or use a PostgreSQL server (DATABASE_URL) for several users at once.',
        },
      );
    }
    // One contender at a time may remove a stale lock, or it could remove the fresh lock of another.
    if (!takeOver(path)) await sleep(20);
  }
  throw new LockedError(`The lock of the embedded database in ${directory} can't be taken.`, {
    advice: `If no sigma-sync process runs, remove ${path}.`,
  });
}

/** Creates the lock with its content at once: a link appears whole or not at all. */
function create(path: string, owner: Owner): boolean {
  const draft = `${path}.${owner.pid}.${Math.random().toString(36).slice(2)}`;
  writeFileSync(draft, JSON.stringify(owner));
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function takeOver(path: string): boolean {
  const guard = `${path}.takeover`;
  try {
    mkdirSync(guard);
  } catch {
    // A contender killed inside the few microseconds of a take-over leaves the guard behind.
    const age = Date.now() - (statSync(guard, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > 10_000) rmSync(guard, { recursive: true, force: true });
    return false;
  }
  try {
    const text = readText(path);
    // If the lock is gone already, a removal could only hit the fresh lock of another contender.
    if (text === undefined) return true;
    const owner = parseOwner(text);
    if (owner === undefined || !isAlive(owner, path)) rmSync(path, { force: true });
    return true;
  } finally {
    rmSync(guard, { recursive: true, force: true });
  }
}

function release(path: string, mine: Owner): void {
  const owner = readOwner(path);
  if (owner?.pid === mine.pid && owner.host === mine.host) rmSync(path, { force: true });
}

function readOwner(path: string): Owner | undefined {
  const text = readText(path);
  return text === undefined ? undefined : parseOwner(text);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function parseOwner(text: string): Owner | undefined {
  try {
    const owner: unknown = JSON.parse(text);
    if (typeof owner !== 'object' || owner === null) return undefined;
    const { pid, host, startedAt } = owner as Partial<Owner>;
    return typeof pid === 'number' && typeof host === 'string' ? { pid, host, startedAt } : undefined;
  } catch {
    return undefined;
  }
}

function touch(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // The folder may be gone; the database itself will say so.
  }
}

function isAlive(owner: Owner, path: string): boolean {
  // A process of another machine (a shared volume, a restarted container) can only be judged by its heartbeat.
  if (owner.host !== hostname()) {
    const seen = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    return Date.now() - seen < SILENT_AFTER_MS;
  }
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  const start = startOf(owner.pid);
  return start === undefined || owner.startedAt === undefined || start === owner.startedAt;
}

/** Field 22 of /proc/PID/stat; undefined where there is no such file system or process, or it is a zombie. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? 'zombie' : fields[19];
  } catch {
    return undefined;
  }
}
