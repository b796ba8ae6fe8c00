/** Waits for a database that is away: a process that starts while it restarts has the same right to wait as one that runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { toDatabaseError } from '../../core/database/database-error.ts';
import { DatabaseError, describeError } from '../../core/errors.ts';
import type { Logger } from '../../core/logging/logger.ts';
import { networkFailure } from '../../core/network.ts';

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;
const NO_ANSWER = new Set(['refused', 'dns', 'timeout']);

/** Dependencies of {@link untilReachable}. */
export interface PatienceOptions {
  /** Aborts when the process is to end. */
  readonly signal: AbortSignal;
  readonly logger: Pick<Logger, 'warn' | 'info'>;
  /** Takes secrets out of a text. */
  readonly redact: (text: string) => string;
}

/**
 * Repeats work until the database no longer keeps it from its end.
 *
 * @returns undefined if the process is to end before.
 * @throws DatabaseError if it answers and refuses, or if only other settings help; every other error of `work`
 */
export async function untilReachable<T>(
  work: () => Promise<T>,
  { signal, logger, redact }: PatienceOptions,
): Promise<T | undefined> {
  let waitMs = FIRST_WAIT_MS;
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      const done = await work();
      if (failures > 0) logger.info('service.recovered', {});
      return done;
    } catch (thrown) {
      const error = toDatabaseError(thrown, 'opening the queue');
      if (!isAway(error)) throw error;
      if (failures === 0) logger.warn('service.unreachable', { error: redact(describeError(error)) });
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
      waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
    }
  }
  return undefined;
}

/** True if the database can't be reached, or is busy with itself. */
function isAway(error: unknown): boolean {
  if (!(error instanceof DatabaseError) || error.inSettings) return false;
  return error.kind === 'passing' || NO_ANSWER.has(networkFailure(error.cause));
}
