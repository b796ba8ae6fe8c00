/** Queues for the one connection. */
import { isUrgent } from '../urgency.ts';

/** Gives the connection to one after the other. */
export interface Turns {
  /** Waits for it, and keeps it for the length of `work`: first those that are urgent, then those that wait longest. */
  take<T>(work: () => Promise<T>): Promise<T>;
  /** For its holder: lets others have it for the length of `work`, and waits for it again. */
  lend<T>(work: () => Promise<T>): Promise<T>;
}

/** Nobody has it yet. */
export function openTurns(): Turns {
  const urgent: (() => void)[] = [];
  const others: (() => void)[] = [];
  let isTaken = false;

  async function enter(): Promise<void> {
    if (isTaken) {
      const queue = isUrgent() ? urgent : others;
      await new Promise<void>((begin) => queue.push(begin));
    }
    isTaken = true;
  }
  /** Handed over and not given back, so that nobody gets in between. */
  function handOver(): void {
    const next = urgent.shift() ?? others.shift();
    if (next === undefined) isTaken = false;
    else next();
  }
  function leave(): void {
    // Most pages ask more than once: the next question must not wait for work that began between two.
    if (isUrgent() && urgent.length === 0) setImmediate(handOver);
    else handOver();
  }
  return {
    async take(work) {
      await enter();
      try {
        return await work();
      } finally {
        leave();
      }
    },
    async lend(work) {
      leave();
      try {
        return await work();
      } finally {
        await enter();
      }
    },
  };
}
