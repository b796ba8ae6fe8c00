/** Counts how the units of a stream ended, and gives the stream up where nothing of it answers any more. */
import { NetworkError, RateLimitError } from '../core/errors.ts';
import { isServerFault, means, statusOf } from '../sigma/status.ts';
import type { UnitOutcome } from './run-unit.ts';

/** So many failures for want of an answer, with no success between them, are enough. */
export const UNREACHABLE_AFTER = 25;

/** Fewer that fail are no sign of trouble. */
const FAILING_TOGETHER = 5;

/** Outcomes of one stream. */
export class UnitTally {
  failed = 0;
  /** Units whose parent is listed and not there. */
  parentsGone = 0;
  /** What failed last, once the stream is given up: nothing of it is answered any more. */
  gaveUp: { readonly cause: unknown } | undefined;
  /** The first failure was a refusal. */
  isRefused = false;
  #first: string | undefined;
  #unanswered = 0;
  #asked = 0;
  #failing = 0;

  /**
   * True where more than half failed of what fails where there is nothing to tell: then the API was in trouble.
   */
  get isInTrouble(): boolean {
    return this.#failing >= FAILING_TOGETHER && this.#failing > this.#asked / 2;
  }

  add(outcome: UnitOutcome): void {
    if (outcome.kind !== 'failed') {
      this.#unanswered = 0;
      if (outcome.kind === 'loaded') {
        this.#asked += outcome.summary.listings ?? 0;
        this.#failing += outcome.summary.failing ?? 0;
      }
      if (outcome.kind === 'skipped' && outcome.fate === 'gone') this.parentsGone++;
      return;
    }
    this.failed++;
    if (this.failed === 1) this.isRefused = means(statusOf(outcome.error), 'hidden');
    this.#first ??= outcome.message;
    const { error } = outcome;
    this.#unanswered = isDown(error) ? this.#unanswered + 1 : 0;
    if (this.#unanswered >= UNREACHABLE_AFTER) this.gaveUp ??= { cause: error };
  }

  message(total: number): string | undefined {
    if (this.gaveUp !== undefined)
      return `${UNREACHABLE_AFTER} partitions in a row failed, so the rest was skipped. The first error: ${this.#first}`;
    if (this.failed === 0 || total === 1) return this.#first;
    return `${this.failed} of ${total} partitions failed; the next run retries them. The first error: ${this.#first}`;
  }
}

/** True for the want of an answer: from the network, or from the API itself, which may have too many requests. */
export function isDown(error: unknown): boolean {
  return error instanceof NetworkError || error instanceof RateLimitError || isServerFault(statusOf(error));
}
