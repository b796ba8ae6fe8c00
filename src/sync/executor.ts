/** Runs units. The engine hands over units of plain data, so another executor (a job queue) can take this place. */
import PQueue from 'p-queue';
import type { Unit } from '../extractors/unit.ts';

/** Runs units. */
export interface Executor {
  /**
   * Runs `work` for each unit until there are no more or `signal` aborts; then waits for those under way.
   *
   * @throws the first error of `work`, after which no further unit is started.
   */
  run(units: AsyncIterable<Unit>, work: (unit: Unit) => Promise<void>, signal: AbortSignal): Promise<void>;
}

/**
 * Runs units in this process, `concurrency` at a time, and reads the plan little faster than they finish. The pacing
 * of requests is the client's; a little more concurrency than it has keeps its lane filled.
 */
export function inProcessExecutor(concurrency: number): Executor {
  return {
    async run(units, work, signal) {
      const queue = new PQueue({ concurrency });
      const failure: { error?: unknown } = {};
      for await (const unit of units) {
        // Waiting costs p-queue more than a unit does, so the plan is read in bursts.
        if (queue.size >= 20 * concurrency) await queue.onSizeLessThan(10 * concurrency);
        if (signal.aborted || 'error' in failure) break;
        queue
          .add(async () => {
            if (signal.aborted || 'error' in failure) return;
            await work(unit);
          })
          .catch((error: unknown) => {
            if (!('error' in failure)) failure.error = error;
          });
      }
      await queue.onIdle();
      if ('error' in failure) throw failure.error;
    },
  };
}
