/** Runs somebody else's program to its end. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/**
 * Runs a program with `input`; of our environment it has `PATH` and no more. `killAfter` kills it after so many
 * milliseconds, or as soon as it has written so many bytes.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  {
    cwd,
    env = {},
    input = '',
    killAfter,
  }: {
    cwd?: string;
    env?: Readonly<Record<string, string>>;
    input?: string;
    killAfter?: { readonly ms: number } | { readonly bytes: number };
  } = {},
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(program, args, { cwd, env: { PATH: process.env['PATH'], ...env } });
  // A program that ends before it has read all says so by its exit code.
  child.stdin.on('error', () => undefined).end(input);
  if (killAfter !== undefined) killLater(child, killAfter);
  const ended = new Promise<number | null>((done) => child.on('close', done));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}

function killLater(
  child: ChildProcessWithoutNullStreams,
  after: { readonly ms: number } | { readonly bytes: number },
): void {
  if ('ms' in after) {
    const timer = setTimeout(() => child.kill('SIGKILL'), after.ms);
    child.once('exit', () => clearTimeout(timer));
    return;
  }
  let bytes = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes >= after.bytes) child.kill('SIGKILL');
  });
}
