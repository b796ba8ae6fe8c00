/** Runs the built command line in a process of its own, whose memory is measured from inside. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { onProcessEnd } from '../../test/support/process-end.ts';

const BIN = resolve(import.meta.dirname, '../../bin/sigma-sync.js');

/** The report of a process about itself when it exits; memory in bytes. */
export interface Memory {
  /** Peak resident memory: VmHWM, or the like where there is no /proc. */
  readonly peak: number;
  /** Processor seconds, of the system on its behalf included. */
  readonly cpuSeconds: number;
  /** With `heap`: the most that lived through a full collection, and the largest heap before one. */
  readonly live?: number;
  readonly heap?: number;
  readonly collections?: number;
}

/** The result of a run of the command line. */
export interface RunResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
  /** Undefined where it was killed, and without `measure`. */
  readonly memory: Memory | undefined;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Measure memory; `heap` also looks at every collection, which costs some memory itself. */
  readonly measure?: 'peak' | 'heap';
  /** Flags for V8. */
  readonly nodeFlags?: readonly string[];
  readonly killAfterMs?: number;
  /** The command line of another checkout. */
  readonly bin?: string;
}

/**
 * Written to descriptor 3 as the process exits. `maxRSS` begins at the size of the process that started this one,
 * so it is only the second choice.
 */
const PROBE = `
import { readFileSync, writeSync } from 'node:fs';
import { GCProfiler } from 'node:v8';
const profiler = HEAP ? new GCProfiler() : undefined;
profiler?.start();
process.on('exit', () => {
  const collections = (profiler?.stop().statistics ?? []).filter((gc) => gc.gcType === 'MarkSweepCompact');
  const most = (values) => values.reduce((a, b) => Math.max(a, b), 0);
  let peak = process.resourceUsage().maxRSS * 1024;
  try { peak = Number(/VmHWM:\\s*(\\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024; } catch {}
  const heap = profiler === undefined ? {} : {
    live: most(collections.map((gc) => gc.afterGC.heapStatistics.usedHeapSize)),
    heap: most(collections.map((gc) => gc.beforeGC.heapStatistics.totalPhysicalSize)),
    collections: collections.length,
  };
  const { user, system } = process.cpuUsage();
  writeSync(3, JSON.stringify({ peak, cpuSeconds: (user + system) / 1e6, ...heap }));
});`;

/** Runs `sigma-sync` to its end. */
export async function runCli(args: readonly string[], options: RunOptions): Promise<RunResult> {
  const { measure, killAfterMs } = options;
  const started = performance.now();
  const probe = PROBE.replace('HEAP', String(measure === 'heap'));
  const flags =
    measure === undefined ? [] : ['--import', `data:text/javascript,${encodeURIComponent(probe)}`];
  const child = start([...flags, ...(options.nodeFlags ?? [])], args, options);
  const [, stdout, stderr, report] = child.stdio;
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  const ended = new Promise<[number | null, NodeJS.Signals | null]>((done, fail) => {
    child.once('error', fail).once('exit', (...result) => done(result));
  });
  const read = (stream: unknown): Promise<string> => text(stream as NodeJS.ReadableStream);
  const [[code, signal], out, err, memory] = await Promise.all([
    ended,
    read(stdout),
    read(stderr),
    read(report),
  ]);
  clearTimeout(timer);
  const seconds = (performance.now() - started) / 1000;
  return {
    ...{ code, signal, stdout: out, stderr: err, seconds },
    memory: memory === '' ? undefined : (JSON.parse(memory) as Memory),
  };
}

/** Like `runCli`, for runs that must succeed. @throws Error with what the run said */
export async function runCliWell(args: readonly string[], options: RunOptions): Promise<RunResult> {
  const result = await runCli(args, options);
  if (result.code !== 0) {
    throw new Error(
      `sigma-sync ${args.join(' ')} ended with ${result.code ?? result.signal}: ${result.stderr}`,
    );
  }
  return result;
}

/** Starts it; it ends at the latest with this process. */
export function start(
  nodeFlags: readonly string[],
  args: readonly string[],
  { cwd, env, bin = BIN }: Pick<RunOptions, 'cwd' | 'env' | 'bin'>,
): ChildProcess {
  const child = spawn(process.execPath, [...nodeFlags, bin, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: cwd, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const cancel = onProcessEnd(() => void child.kill('SIGKILL'));
  child.once('exit', cancel);
  return child;
}

/** Processor seconds a process has used so far; undefined where there is no /proc. */
export function cpuSeconds(pid: number | undefined): number | undefined {
  try {
    // The name, in parentheses, may hold spaces; user and system time are the 14th and 15th field, in 1/100 s.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, 'name').split(' ');
    return (Number(fields[12]) + Number(fields[13])) / 100;
  } catch {
    return undefined;
  }
}
