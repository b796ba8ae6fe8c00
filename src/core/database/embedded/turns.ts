/** Queues for the one connection. */
import { isUrgent } from '../urgency.ts';

/** Gives the connection to one after the other. */
export interface Turns {
  /** Waits for it, and keeps it for the length of `work`: first those that are urgent, then those that wait longest. */
  take<T>(work: () => Promise<T>): Promise<T>;
}

/** Nobody has it yet. */
export function openTurns(): Turns {
  const urgent: (() => void)[] = [];
  const others: (() => void)[] = [];
  let isTaken = false;
  return {
    async take(work) {
      if (isTaken) {
        const queue = isUrgent() ? urgent : others;
        await new Promise<void>((begin) => queue.push(begin));
      }
      isTaken = true;
      try {
        return await work();
      } finally {
        // Handed over and not given back, so that nobody gets in between.
        const next = urgent.shift() ?? others.shift();
        if (next === undefined) isTaken = false;
        else next();
      }
    },
  };
}
