/** Places for connections: a caller waits for a place first, so that the pool itself never has to wait. */

/** A place that is taken. */
export interface Slot {
  /** Gives it back, once. */
  give(): void;
}

/** See {@link openSlots}. */
export interface Slots {
  /**
   * Waits for a place, and does `use` the moment it is had. Those who keep it `long` leave one for the others.
   */
  take<T>(long: boolean, use: (slot: Slot) => Promise<T>): Promise<T>;
  /** Looks again whether those who wait may begin. */
  look(): void;
  /** No more than those that are taken now; at least one. A minute later it is as many as before. */
  makeDo(): void;
  /** Places there are. */
  readonly size: number;
  /** Places that are taken. */
  readonly taken: number;
  /** Ends all waiting. */
  refuse(error: Error): void;
}

/** A connection that was refused may be there a minute later. */
const SCARCE_MS = 60_000;

interface Waiting {
  readonly since: number;
  readonly long: boolean;
  begin(slot: Slot): void;
  fail(error: Error): void;
}

/** Interval of looking for requests that have waited long enough, in milliseconds. */
const LOOK_MS = 5;

/** Makes so many places. @param hasRoom whether one may be taken already by somebody who has waited so long */
export function openSlots(most: number, hasRoom: (waitedMs: number) => boolean): Slots {
  let size = most;
  let taken = 0;
  let longOnes = 0;
  let refusal: Error | undefined;
  const queue: Waiting[] = [];
  let isLooking = false;

  function next(): void {
    let isTooSoon = false;
    for (let place = 0; place < queue.length && taken < size; ) {
      const one = queue[place];
      if (one === undefined) break;
      const hasPlace = !one.long || longOnes < Math.max(1, size - 1);
      if (!hasPlace || !hasRoom(performance.now() - one.since)) {
        isTooSoon ||= hasPlace;
        place++;
        continue;
      }
      queue.splice(place, 1);
      one.begin(occupy(one.long));
    }
    if (!isTooSoon || isLooking) return;
    isLooking = true;
    setTimeout(lookAgain, LOOK_MS);
  }

  function lookAgain(): void {
    isLooking = false;
    next();
  }

  function occupy(long: boolean): Slot {
    taken++;
    if (long) longOnes++;
    let isGiven = false;
    return {
      give() {
        if (isGiven) return;
        isGiven = true;
        taken--;
        if (long) longOnes--;
        next();
      },
    };
  }

  return {
    get size() {
      return size;
    },
    get taken() {
      return taken;
    },
    take(long, use) {
      if (refusal !== undefined) return Promise.reject(refusal);
      return new Promise((resolve, fail) => {
        queue.push({ long, since: performance.now(), begin: (slot) => resolve(use(slot)), fail });
        next();
      });
    },
    look: next,
    makeDo() {
      // The request that could not be served counts among those taken.
      size = Math.max(1, Math.min(size, taken - 1));
      setTimeout(() => {
        size = most;
        next();
      }, SCARCE_MS).unref();
    },
    refuse(error) {
      refusal = error;
      for (const one of queue.splice(0)) one.fail(error);
    },
  };
}
