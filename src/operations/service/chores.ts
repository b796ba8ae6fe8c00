/** Regular work of the process in charge beside the schedules: looking for alerts, clearing up. */
import { describeError } from '../../core/errors.ts';
import type { EventBus } from '../../core/events/bus.ts';

/** Something that is done again and again. */
export interface Chore {
  readonly name: string;
  readonly everyMs: number;
  run(): Promise<void>;
}

export type Chores = ReturnType<typeof openChores>;

/** Makes chores; nothing is done yet. */
export function openChores(events: EventBus, now: () => number) {
  const chores: Chore[] = [];
  const doneAt = new Map<string, number>();
  const underWay = new Map<string, Promise<void>>();
  return {
    add: (more: readonly Chore[]): void => void chores.push(...more),
    /**
     * Begins those that are due and not under way; a failure of one is logged, and the next time it is tried again.
     */
    tick(): void {
      for (const { name, everyMs, run } of chores) {
        const last = doneAt.get(name);
        // A clock that went back must not keep us from it.
        if (underWay.has(name) || (last !== undefined && Math.abs(now() - last) < everyMs)) continue;
        doneAt.set(name, now());
        const done = run()
          .catch((error: unknown) =>
            events.emit('chore.failed', { chore: name, error: describeError(error) }),
          )
          .finally(() => underWay.delete(name));
        underWay.set(name, done);
      }
    },
    /** Has one done at the next look, whenever it was done last. */
    hurry: (name: string): void => void doneAt.delete(name),
    /** Waits for those under way. */
    idle: async (): Promise<void> => void (await Promise.all(underWay.values())),
  };
}
