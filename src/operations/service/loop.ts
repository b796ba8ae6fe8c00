/** The loop of a service, which drives everything: it looks at clock and records, for ever or until all that is due has been run once. */
import { DatabaseError, LockedError } from '../../core/errors.ts';
import { within } from '../../core/within.ts';
import { LEASE_MS } from '../../state/lease.ts';
import { claimAll } from './begin.ts';
import { keepLease } from './hand-over.ts';
import type { JobOutcome } from './job-run.ts';
import type { Parts } from './service-parts.ts';

const TICK_MS = 1000;
/** A database that is away is not asked every second. */
const UNREACHABLE_TICK_MS = 5000;
/** A database that takes so long for a look at a few records does not answer. */
const ANSWER_MS = 30_000;

export type ServiceLoop = ReturnType<typeof openLoop>;

/** Makes the loop of a service; nothing is begun. */
export function openLoop(parts: Parts) {
  let underWay: Promise<void> | undefined;
  const tick = async (): Promise<void> => {
    underWay ??= look(parts).finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
  return {
    /** A look that is under way: it may be about to begin a job. */
    get underWay() {
      return underWay;
    },
    tick,
    serve: () => serve(parts, tick),
    async once(): Promise<readonly JobOutcome[]> {
      await waitForLease(parts);
      underWay = claimAll(parts);
      await underWay;
      return untilDone(parts);
    },
  };
}

async function look(parts: Parts): Promise<void> {
  const { connection, leadership, chores } = parts;
  try {
    if (parts.runsSchedules) await keepLease(parts);
    else await connection.readyToShow();
    if (leadership.lease !== undefined) {
      await writeRecords(parts);
      await claimAll(parts);
      if (!parts.stop.signal.aborted) chores.tick();
    }
    connection.reached();
  } catch (error) {
    connection.missed(error);
  }
}

async function writeRecords(parts: Parts): Promise<void> {
  const database = await parts.connection.open();
  await parts.records.flush(database, parts.inForce.app.schemas);
}

async function serve({ clock, connection, stop }: Parts, tick: () => Promise<void>): Promise<void> {
  const { signal } = stop;
  await connection.open().catch((error: unknown) => {
    if (error instanceof LockedError) throw error;
  });
  let isFirst = true;
  while (!signal.aborted) {
    // A connection that is dead but not closed would have it wait for a quarter of an hour.
    if (!(await within(tick(), ANSWER_MS, signal)) && !signal.aborted)
      connection.missed(new DatabaseError(`The database did not answer for ${ANSWER_MS / 1000} s.`));
    // Nobody would see that it waits for what can't come; later on it has work that it knows of.
    if (isFirst && connection.hopeless !== undefined) throw connection.hopeless;
    isFirst = false;
    const ms = connection.unreachable === undefined ? TICK_MS : UNREACHABLE_TICK_MS;
    await clock.sleep(ms, signal).catch(() => undefined);
  }
}

/** Whoever had the lease may have died a moment ago: it is waited for as long as it can last. */
async function waitForLease(parts: Parts): Promise<void> {
  const { clock, leadership } = parts;
  const waitUntil = clock.now() + LEASE_MS + 5 * TICK_MS;
  await keepLease(parts);
  while (leadership.lease === undefined && clock.now() < waitUntil) {
    await clock.sleep(TICK_MS, parts.stop.signal);
    leadership.doubt();
    await keepLease(parts);
  }
  if (leadership.lease === undefined)
    throw new LockedError('Another process runs the schedules.', {
      advice: 'Leave the schedules to that process.',
    });
}

/** Keeps the lease until the jobs that were begun are done, and the chores after them. */
async function untilDone(parts: Parts): Promise<readonly JobOutcome[]> {
  const { clock, connection, runner, chores } = parts;
  const { signal } = parts.stop;
  let isDone = false;
  const all = Promise.all([...runner.active.values()].map(({ done }) => done)).finally(() => {
    isDone = true;
  });
  while (!isDone) {
    await Promise.race([all, clock.sleep(TICK_MS)]);
    if (!signal.aborted)
      await keepLease(parts).then(
        () => connection.reached(),
        (error: unknown) => connection.missed(error),
      );
  }
  // What the run says of its end is to be read by the chores, and by the next process.
  if (signal.aborted) return all;
  await writeRecords(parts);
  chores.tick();
  await chores.idle();
  return all;
}
