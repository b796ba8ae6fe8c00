/** Runs somebody else's program to its end. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** Runs a program with `input`; of our environment it has `PATH` and no more. */
export async function runProgram(
  program: string,
  args: readonly string[],
  {
    cwd,
    env = {},
    input = '',
  }: { cwd?: string; env?: Readonly<Record<string, string>>; input?: string } = {},
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(program, args, { cwd, env: { PATH: process.env['PATH'], ...env } });
  // One that ends before it has read all says so by its exit code.
  child.stdin.on('error', () => undefined).end(input);
  const ended = new Promise<number | null>((done) => child.on('close', done));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}
