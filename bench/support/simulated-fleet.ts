/** Many simulated organizations in a few processes, the settings that name them, and the processes that work on them. */
import { type ChildProcess, fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { onProcessEnd } from '../../test/support/process-end.ts';
import { type RunningCli, startCli } from '../../test/support/start-cli.ts';
import { cpuSeconds } from './node-child.ts';
import type { Target } from './target.ts';

/** The address and credentials of an organization, as in the settings. */
export type Place = Readonly<Record<'base_url' | 'client_id' | 'client_secret', string>>;

/** See {@link startSimulatedFleet}. */
export interface SimulatedFleet extends AsyncDisposable {
  readonly places: readonly Place[];
  /** Processor seconds of all of them so far. */
  cpu(): number;
  /** Requests that all of them were sent so far. */
  requests(): Promise<number>;
}

/** Sizes of a simulated fleet. */
export interface FleetSizes {
  readonly organizations: number;
  readonly workbooks: number;
  readonly latencyMs: number;
  readonly processes: number;
}

/** Starts them. @throws Error where one does not start */
export async function startSimulatedFleet(sizes: FleetSizes): Promise<SimulatedFleet> {
  const { organizations, workbooks, latencyMs, processes } = sizes;
  const each = Math.ceil(organizations / processes);
  const firsts = Array.from({ length: Math.ceil(organizations / each) }, (_, index) => index * each);
  const children = firsts.map((first) => {
    const count = Math.min(each, organizations - first);
    return forkSimulators([first, count, workbooks, latencyMs]);
  });
  const places = await Promise.all(children.map((child) => nextMessage<readonly Place[]>(child)));
  return {
    places: places.flat(),
    cpu: () => children.reduce((sum, { pid }) => sum + (cpuSeconds(pid) ?? Number.NaN), 0),
    async requests() {
      const counts = await Promise.all(
        children.map((child) => {
          const next = nextMessage<number>(child);
          child.send('requests');
          return next;
        }),
      );
      return counts.reduce((sum, count) => sum + count, 0);
    },
    async [Symbol.asyncDispose]() {
      for (const child of children) child.kill('SIGKILL');
    },
  };
}

function forkSimulators(numbers: readonly number[]): ChildProcess {
  const script = join(import.meta.dirname, 'simulated-fleet-child.ts');
  const child = fork(script, numbers.map(String), { execArgv: ['--max-old-space-size=8192'] });
  const cancel = onProcessEnd(() => void child.kill('SIGKILL'));
  child.once('exit', cancel);
  return child;
}

async function nextMessage<T>(child: ChildProcess): Promise<T> {
  return new Promise((done, fail) => {
    const onExit = (code: number | null): void => fail(new Error(`the simulators ended with ${code}`));
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('exit', onExit);
      done(message as T);
    });
  });
}

/** Name of the organization of that number. */
export const nameOf = (index: number): string => `tenant_${index}`;

/** Settings that all organizations share. */
export interface FleetSettings {
  /** Requests of an organization at once. */
  readonly concurrency?: number;
  /** Streams that are synced; without them all. */
  readonly streams?: readonly string[] | undefined;
}

/** Writes the settings of these organizations into the folder of a target. */
export function writeFleet(
  { folder }: Target,
  places: readonly Place[],
  { concurrency = 8, streams }: FleetSettings = {},
): void {
  const organizations = places.map((sigma, index) => ({ name: nameOf(index), sigma }));
  const shared = {
    sigma: { concurrency },
    service: { port: 0 },
    ...(streams === undefined ? {} : { sync: { streams } }),
  };
  writeFileSync(join(folder, 'settings.yaml'), stringify({ ...shared, organizations }));
}

/** Starts a command on these settings. */
export function startFleetCli({ folder, env }: Target, ...args: readonly string[]): RunningCli {
  return startCli(['--config', 'settings.yaml', ...args], { cwd: folder, env });
}

/** Seconds that all processors of the machine were at work, and could have been, for any process. */
export function machineSeconds(): { readonly busy: number; readonly all: number } {
  const sum = { busy: 0, all: 0 };
  for (const { times } of cpus()) {
    const all = times.user + times.nice + times.sys + times.idle + times.irq;
    sum.all += all / 1000;
    sum.busy += (all - times.idle) / 1000;
  }
  return sum;
}
