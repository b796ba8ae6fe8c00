/** Runs the built command line as a user does: a process of its own, with nothing of our environment. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Simulator } from '../../simulator/server.ts';

/** The command line, as it is installed. */
export const BIN = resolve(import.meta.dirname, '../../bin/sigma-sync.js');

export interface CliResult {
  /** Exit code; undefined where a signal ended it. */
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Flags of the Node that runs it. */
  readonly nodeFlags?: readonly string[];
  /** Sends a signal after so many milliseconds, or as soon as something is the case. */
  readonly kill?: { readonly signal: NodeJS.Signals } & (
    | { readonly afterMs: number }
    | { readonly when: () => boolean }
  );
  /** Called with each piece of standard error. */
  readonly onStderr?: (text: string) => void;
}

/** Runs `sigma-sync` to its end. */
export async function runCli(args: readonly string[], options: CliOptions): Promise<CliResult> {
  const child = spawn(process.execPath, [...(options.nodeFlags ?? []), BIN, ...args], {
    cwd: options.cwd,
    env: { PATH: process.env['PATH'], HOME: options.cwd, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    options.onStderr?.(text);
  });
  const { kill } = options;
  const since = performance.now();
  const timer = setInterval(() => {
    if (kill === undefined) return;
    if ('when' in kill ? !kill.when() : performance.now() - since < kill.afterMs) return;
    clearInterval(timer);
    child.kill(kill.signal);
  }, 5);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((done) => {
    child.on('close', (...result) => done(result));
  });
  clearInterval(timer);
  return { code: code ?? undefined, signal: signal ?? undefined, stdout, stderr };
}

/** An empty folder that is removed at the end. */
export function scratchFolder(): { path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), 'sigma-sync-test-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** The environment that points the command line at a simulator. */
export function envFor(simulator: Simulator, databaseUrl?: string): Record<string, string> {
  return {
    SIGMA_BASE_URL: simulator.url,
    SIGMA_CLIENT_ID: simulator.clientId,
    SIGMA_CLIENT_SECRET: simulator.clientSecret,
    // Answers cost every run a second; tests of them say so.
    SIGMA_SYNC_ANALYTICS: 'false',
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
  };
}
