/** Counts how the units of a stream ended, and gives up where nothing answers any more. */
import { ApiError, NetworkError } from '../errors.ts';
import type { UnitOutcome } from './run-unit.ts';

/** So many failures for want of an answer, with no success between them, mean that the API is down. */
const UNREACHABLE_AFTER = 25;

/** See above. */
export class Tally {
  failed = 0;
  #first: string | undefined;
  #unanswered = 0;

  add(outcome: UnitOutcome): void {
    if (outcome.kind !== 'failed') {
      this.#unanswered = 0;
      return;
    }
    this.failed++;
    this.#first ??= outcome.message;
    const { error } = outcome;
    const down =
      error instanceof NetworkError || (error instanceof ApiError && (error.context.status ?? 0) >= 500);
    this.#unanswered = down ? this.#unanswered + 1 : 0;
    if (this.#unanswered >= UNREACHABLE_AFTER) {
      throw new NetworkError(`The API stopped answering: ${UNREACHABLE_AFTER} partitions in a row failed.`, {
        cause: error,
        advice: 'What was loaded is kept; run the same command again when the API answers.',
      });
    }
  }

  message(total: number): string | undefined {
    if (this.failed === 0 || total === 1) return this.#first;
    return `${this.failed} of ${total} partitions failed and are retried by the next run; the first: ${this.#first}`;
  }
}
