/** The looks at clock and records, which drive everything: again and again, or until all that is due has been run once. */
import { DatabaseError, LockedError } from '../../core/errors.ts';
import { LEASE_MS } from '../../state/lease.ts';
import { claimAll } from './begin.ts';
import { keepLease } from './hand-over.ts';
import type { JobOutcome } from './job-run.ts';
import type { Parts } from './service-parts.ts';
import { within } from './within.ts';

const TICK_MS = 1000;
/** A database that is away is not asked every second. */
const UNREACHABLE_TICK_MS = 5000;
/** A database that takes so long for a look at a few records does not answer. */
const ANSWER_MS = 30_000;

/** Looks at the clock, one after the other. */
export interface Looks {
  /** One that is under way: it may be about to begin a job. */
  readonly underWay: Promise<void> | undefined;
  /** One look at the clock. It never throws; one that is under way is not joined by another. */
  tick(): Promise<void>;
  /**
   * Looks until the service is to stop.
   *
   * @throws LockedError where another process has the embedded database; a server that is away is waited for.
   */
  serve(): Promise<void>;
  /** Runs what is due, each job once, and returns what became of them. @throws LockedError, DatabaseError */
  once(): Promise<readonly JobOutcome[]>;
}

/** Makes the looks of a service; none is begun. */
export function openLooks(parts: Parts): Looks {
  const { clock, connection, leadership, records, runner, chores } = parts;
  const { signal } = parts.stop;
  let underWay: Promise<void> | undefined;

  const writeRecords = async (): Promise<void> =>
    records.flush(await connection.open(), parts.settled.app.schemas);

  const look = async (): Promise<void> => {
    try {
      if (parts.runsSchedules) await keepLease(parts);
      else await connection.ready();
      if (leadership.lease !== undefined) {
        await writeRecords();
        await claimAll(parts);
        if (!signal.aborted) chores.tick();
      }
      connection.reached();
    } catch (error) {
      connection.missed(error);
    }
  };

  const tick = async (): Promise<void> => {
    underWay ??= look().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };

  /** Whoever had the lease may have died a moment ago: it is waited for as long as it can last. */
  const waitForLease = async (): Promise<void> => {
    const waitUntil = clock.now() + LEASE_MS + 5 * TICK_MS;
    await keepLease(parts);
    while (leadership.lease === undefined && clock.now() < waitUntil) {
      await clock.sleep(TICK_MS, signal);
      leadership.doubt();
      await keepLease(parts);
    }
    if (leadership.lease === undefined)
      throw new LockedError('Another process runs the schedules.', { advice: 'Leave it to that one.' });
  };

  return {
    get underWay() {
      return underWay;
    },
    tick,
    async serve() {
      await connection.open().catch((error: unknown) => {
        if (error instanceof LockedError) throw error;
      });
      while (!signal.aborted) {
        // A connection that is dead but not closed would have it wait for a quarter of an hour.
        if (!(await within(tick(), ANSWER_MS, signal)) && !signal.aborted)
          connection.missed(new DatabaseError(`The database did not answer for ${ANSWER_MS / 1000} s.`));
        const ms = connection.unreachable === undefined ? TICK_MS : UNREACHABLE_TICK_MS;
        await clock.sleep(ms, signal).catch(() => undefined);
      }
    },
    async once() {
      await waitForLease();
      underWay = claimAll(parts);
      await underWay;
      const begun = [...runner.active.values()].map(({ done }) => done);
      let isDone = false;
      const all = Promise.all(begun).finally(() => {
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
      await writeRecords();
      chores.tick();
      await chores.settle();
      return all;
    },
  };
}
