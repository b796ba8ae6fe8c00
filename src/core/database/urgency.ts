/** Statements that a person waits for go first, where statements wait for each other. */
import { AsyncLocalStorage } from 'node:async_hooks';

const urgency = new AsyncLocalStorage<true>();

/** Runs `work`, whose sessions and transactions go before those of runs. */
export function urgently<T>(work: () => T): T {
  return urgency.run(true, work);
}

/** True within {@link urgently}. */
export function isUrgent(): boolean {
  return urgency.getStore() === true;
}
