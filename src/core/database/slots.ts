/** Places for connections: whoever needs one waits for a place first, so that the pool itself never has to wait. */

/** A place that is taken. */
export interface Slot {
  /** Gives it back, once. */
  give(): void;
}

/** See {@link openSlots}. */
export interface Slots {
  /** Waits for a place. Those who keep it `long` leave one for the others. */
  take(long: boolean): Promise<Slot>;
  /** No more than those that are taken now; at least one. A minute later it is as many as before. */
  makeDo(): void;
  /** Places there are. */
  readonly size: number;
  /** Places that are taken. */
  readonly taken: number;
  /** Ends all waiting. */
  refuse(error: Error): void;
}

/** What could not be had may be there a minute later. */
const SCARCE_MS = 60_000;

interface Waiting {
  readonly long: boolean;
  begin(slot: Slot): void;
  fail(error: Error): void;
}

/** Makes so many places. */
export function openSlots(most: number): Slots {
  let size = most;
  let taken = 0;
  let longOnes = 0;
  let refusal: Error | undefined;
  const queue: Waiting[] = [];

  const mayBegin = ({ long }: Waiting): boolean =>
    taken < size && (!long || longOnes < Math.max(1, size - 1));

  function next(): void {
    for (let place = 0; place < queue.length; ) {
      const one = queue[place];
      if (one === undefined || taken >= size) return;
      if (!mayBegin(one)) {
        place++;
        continue;
      }
      queue.splice(place, 1);
      one.begin(occupy(one.long));
    }
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
    take(long) {
      if (refusal !== undefined) return Promise.reject(refusal);
      return new Promise<Slot>((begin, fail) => {
        queue.push({ long, begin, fail });
        next();
      });
    },
    makeDo() {
      // Whoever could not be served is among those taken.
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
