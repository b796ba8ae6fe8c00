/**
 * Two builds against one simulator: each reads it in turn by its own command line, into a database of its own, and the
 * simulator counts what it is asked.
 */
import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { runCli } from './node-child.ts';
import { fixed, note } from './output.ts';
import { type SimulatorProcess, type Sizes, startSimulatorProcess } from './simulated.ts';
import type { Target, Targets } from './target.ts';

const DAY_MS = 86_400_000;

/** Requests of one run. */
export interface Counted {
  /** As the simulator counted them. */
  readonly requests: number;
  /** By stream, as the run's report has them; tokens and `whoami` belong to none. */
  readonly streams: ReadonlyMap<string, number>;
}

/** The same moment for both builds. */
export interface Moment {
  readonly name: string;
  readonly before: Counted;
  readonly now: Counted;
}

/** Moves the clock of a process. Times lie in the past, because a database's clock can't be moved. */
function clockFlags(byMs: number): string[] {
  if (byMs === 0) return [];
  const code = `const Real = Date; globalThis.Date = class Date extends Real {
    constructor(...given) { if (given.length > 0) super(...given); else super(Real.now() + ${byMs}); }
    static now() { return Real.now() + ${byMs}; }
  };`;
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
}

/** Runs both builds through a day. @param path a checkout of the other one, with its `node_modules`. */
export async function runBoth(path: string, targets: Targets, sizes: Sizes): Promise<Moment[]> {
  const other = resolve(path);
  execFileSync(process.execPath, ['scripts/build.js'], { cwd: other });
  await using simulator = await startSimulatorProcess(sizes, { nodeFlags: clockFlags(-DAY_MS) });
  await using before = await targets.open();
  await using now = await targets.open();
  const both = async (name: string, byMs: number): Promise<Moment> => ({
    name,
    before: await count(`before: ${name}`, simulator, before, byMs, join(other, 'bin/sigma-sync.js')),
    now: await count(`now: ${name}`, simulator, now, byMs),
  });
  const change = async (): Promise<void> => {
    for (let i = 0; i < sizes.workbooks / 100; i++) await simulator.mutate({ op: 'publishVersion' });
  };
  const moments = [await both('full', -DAY_MS)];
  moments.push(await both('unchanged', -DAY_MS), await both('unchanged again', -DAY_MS));
  await change();
  moments.push(await both('1 % changed', -DAY_MS));
  await change();
  moments.push(await both('a day later, 1 % changed', 0), await both('unchanged after it', 0));
  return moments;
}

/** One run of a build. An incomplete run is reported, and is no reason to stop. */
async function count(
  name: string,
  simulator: SimulatorProcess,
  { env, folder }: Target,
  byMs: number,
  bin?: string,
): Promise<Counted> {
  await simulator.resetCounters();
  const result = await runCli(['sync', '--json'], {
    cwd: folder,
    env: { ...simulator.env, ...env },
    nodeFlags: clockFlags(byMs),
    ...(bin === undefined ? {} : { bin }),
  });
  const { requests } = await simulator.counters();
  const report = parse(result.stdout);
  if (report === undefined) throw new Error(`${name} ended with ${result.code}: ${result.stderr}`);
  note(`${name}: ${requests} requests, ${fixed(result.seconds)} s, ${report.status}`);
  return { requests, streams: new Map(report.streams.map((stream) => [stream.name, stream.requests])) };
}

interface Report {
  readonly status: string;
  readonly streams: readonly { readonly name: string; readonly requests: number }[];
}

function parse(stdout: string): Report | undefined {
  try {
    return JSON.parse(stdout) as Report;
  } catch {
    return undefined;
  }
}
