/** Runs a receiver's program: without a shell, with little of our environment, for a bounded time. */
import { spawn } from 'node:child_process';
import type { Channel } from '../../config/receivers.ts';
import { AlertError } from '../../core/errors.ts';
import { oneLine } from './plain-text.ts';

/** Variables that a program needs to work, and none that may hold a secret. */
const HARMLESS = 'PATH HOME USER LANG LC_ALL TZ TMPDIR SystemRoot ComSpec PATHEXT'.split(' ');
/** Most output to quote in an error: its end tells the cause. */
const MOST_OUTPUT = 2000;
/** Between the request to stop and the end. */
const KILL_AFTER_MS = 2000;

/** @throws AlertError where it can't be run, runs too long, or ends with another code than 0. */
export async function runCommand(
  { program, args }: Extract<Channel, { kind: 'command' }>,
  input: unknown,
  timeoutMs: number,
): Promise<void> {
  const env = Object.fromEntries(
    HARMLESS.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const ownGroup = process.platform !== 'win32';
  const child = spawn(program, args, {
    shell: false,
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
    // With a group of its own, what it started ends with it.
    detached: ownGroup,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-MOST_OUTPUT);
    });
  }
  // It need not read its input.
  child.stdin.on('error', () => undefined);
  child.stdin.end(`${JSON.stringify(input)}\n`);

  const kill = (signal: NodeJS.Signals): void => {
    try {
      if (ownGroup && child.pid !== undefined) process.kill(-child.pid, signal);
      else child.kill(signal);
    } catch {
      // It ended meanwhile.
    }
  };
  let isLate = false;
  let hard: NodeJS.Timeout | undefined;
  const timer = setTimeout(() => {
    isLate = true;
    kill('SIGTERM');
    hard = setTimeout(() => kill('SIGKILL'), KILL_AFTER_MS);
  }, timeoutMs);
  try {
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((done, fail) => {
      child.on('error', fail);
      child.on('exit', (...result) => done(result));
    });
    if (isLate) {
      throw new AlertError(`The command did not end within ${timeoutMs / 1000} s and was stopped.`, {
        advice: 'Let it start a program in the background and return.',
      });
    }
    if (code === 0) return;
    // Its last output may still be on its way.
    await new Promise((resolve) => setTimeout(resolve, 20));
    const said = output.trim() === '' ? '' : `: ${oneLine(output, MOST_OUTPUT)}`;
    throw new AlertError(`The command ended with ${signal ?? `code ${code}`}${said}.`, {
      advice:
        'Run it by hand with one line of JSON on standard input. It gets only a few environment variables.',
    });
  } catch (error) {
    if (error instanceof AlertError) throw error;
    const text = error instanceof Error ? error.message : String(error);
    throw new AlertError(`The command could not be run (${text}).`, {
      cause: error,
      advice: 'Give the full path of an executable program. It runs without a shell.',
    });
  } finally {
    clearTimeout(timer);
    if (isLate) kill('SIGKILL');
    clearTimeout(hard);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}
