/** A long-lived process of the built command line, with its log as events. */
import { spawn } from 'node:child_process';
import { BIN, type CliResult } from './cli.ts';
import { onProcessEnd } from './process-end.ts';

/** A line of the log of a process that was started with `--log-format json`. */
export interface LogLine {
  readonly time: string;
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly event: string;
  readonly [field: string]: unknown;
}

/** Options of {@link startCli}. */
export interface StartCliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A program and its arguments that become the process in the end, such as `unshare`. */
  readonly through?: readonly string[];
}

/** See {@link startCli}. */
export interface RunningCli extends AsyncDisposable {
  readonly pid: number;
  /** Its log so far. */
  readonly log: readonly LogLine[];
  stdout(): string;
  stderr(): string;
  /** Lines of an event so far. */
  all(event: string): LogLine[];
  /**
   * The first line of an event, or of several, that `matches`; of those so far, or to come.
   *
   * @throws Error with the log, where it does not come in time or the process ends first.
   */
  event(event: string | readonly string[], options?: WaitOptions): Promise<LogLine>;
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<CliResult>;
}

export interface WaitOptions {
  readonly matches?: (line: LogLine) => boolean;
  /** Lines before this one do not count. */
  readonly after?: LogLine | undefined;
  /** Default 30 s. */
  readonly withinMs?: number;
}

/** Starts `sigma-sync --log-format json …`. Leaving the scope kills it. */
export function startCli(args: readonly string[], options: StartCliOptions): RunningCli {
  const command = [...(options.through ?? []), process.execPath, BIN, '--log-format', 'json', ...args];
  const child = spawn(command[0] as string, command.slice(1), {
    cwd: options.cwd,
    env: { PATH: process.env['PATH'], HOME: options.cwd, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log: LogLine[] = [];
  const waiting = new Set<() => void>();
  let stdout = '';
  let stderr = '';
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    log.push(...lines.map(parseLine));
    for (const look of [...waiting]) look();
  });
  const cancel = onProcessEnd(() => void child.kill('SIGKILL'));
  let isOver = false;
  const ended = new Promise<CliResult>((done) => {
    child.on('close', (code, signal) => {
      cancel();
      isOver = true;
      for (const look of [...waiting]) look();
      done({ code: code ?? undefined, signal: signal ?? undefined, stdout, stderr });
    });
  });
  const tail = (): string => stderr.split('\n').slice(-25).join('\n');

  return {
    pid: child.pid ?? 0,
    log,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    all: (event) => log.filter((line) => line.event === event),
    event(event, { matches = () => true, after, withinMs = 30_000 } = {}) {
      const names = typeof event === 'string' ? [event] : event;
      return new Promise<LogLine>((done, fail) => {
        const stop = (): void => {
          waiting.delete(look);
          clearTimeout(timer);
        };
        const look = (): void => {
          const from = after === undefined ? 0 : log.indexOf(after) + 1;
          const found = log.slice(from).find((line) => names.includes(line.event) && matches(line));
          if (found !== undefined) {
            stop();
            done(found);
          } else if (isOver) {
            stop();
            fail(new Error(`the process ended without ${names.join(' or ')}:\n${tail()}`));
          }
        };
        const timer = setTimeout(() => {
          stop();
          fail(new Error(`no ${names.join(' or ')} within ${withinMs} ms:\n${tail()}`));
        }, withinMs);
        waiting.add(look);
        look();
      });
    },
    signal: (name) => void child.kill(name),
    async [Symbol.asyncDispose]() {
      // A process that is halted dies of nothing else.
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function parseLine(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return { time: '', level: 'error', event: 'not a line of the log', text };
  }
}
