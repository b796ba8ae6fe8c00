/** A queue and its workers in one process, as they are in processes of their own, and what they did. */
import type { FleetConfig } from '../../src/config/fleet.ts';
import {
  type JobData,
  keyOf,
  openQueue,
  PRIORITY,
  QUEUE,
  sendOptions,
} from '../../src/operations/fleet/queue.ts';
import { stoppedBy, takeJobs } from '../../src/operations/fleet/work.ts';

/** Settings of runs that are short. */
export const SHORT = { sync: { streams: ['members', 'workbooks'] }, analytics: { enabled: false } };
/** Patience with workers, which look for jobs every two seconds. */
export const WAIT = { timeout: 45_000, interval: 100 };

/** Jobs as a worker had them: the organization, and when it was opened and closed. */
export interface Turn {
  readonly organization: string;
  readonly worker: string;
  readonly from: number;
  to: number;
}

/** A queue, workers as they are in processes of their own, and what they did. */
export async function startQueue(config: FleetConfig) {
  const stop = new AbortController();
  const turns: Turn[] = [];
  const unknown: string[] = [];
  const open = async (name: string) =>
    openQueue(config, { name, plans: false, concurrency: 2, onError: () => undefined });
  const boss = await open('planner');
  const bosses = [boss];
  return {
    ...{ boss, turns, unknown },
    send: (organization: string, job: string, priority: number = PRIORITY.scheduled) =>
      boss.send(QUEUE, { organization, job }, sendOptions({ organization, job }, priority)),
    async worker(name: string, concurrency: number, settings = config): Promise<void> {
      const own = await open(name);
      bosses.push(own);
      const onOpen = ({ name: organization }: { readonly name: string }) => {
        const turn = { organization, worker: name, from: performance.now(), to: Number.POSITIVE_INFINITY };
        turns.push(turn);
        return () => {
          turn.to = performance.now();
        };
      };
      const onUnknown = (job: JobData) => void unknown.push(keyOf(job));
      const options = { config: () => settings, boss: own, signal: stop.signal, onOpen, onUnknown };
      await takeJobs(options, concurrency);
    },
    /** Organizations by the state of their jobs. */
    async jobs(state: string): Promise<string[]> {
      const found = await boss.findJobs<{ organization: string; job: string }>(QUEUE);
      return found
        .filter((job) => job.state === state)
        .map(({ data }) => `${data.organization}/${data.job}`)
        .sort();
    },
    async [Symbol.asyncDispose]() {
      stop.abort(stoppedBy('the end of the test'));
      for (const one of bosses) await one.stop({ graceful: true, timeout: 20_000 });
    },
  };
}
