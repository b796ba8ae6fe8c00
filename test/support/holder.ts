/** Starts other processes that compete for a folder; see `hold-directory.ts`. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A process that holds a folder, or was refused it. */
export interface Holder extends AsyncDisposable {
  readonly pid: number;
  readonly answer: string;
  /** SIGKILL: it has no chance to give anything back. */
  kill(): Promise<void>;
}

/** Resolves with the first line the process prints. @throws Error where it fails otherwise */
export async function startHolder(what: 'lock' | 'database', directory: string): Promise<Holder> {
  const script = join(import.meta.dirname, 'hold-directory.ts');
  const child = spawn(process.execPath, [script, what, directory]);
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  const answer = await firstLine(child);
  return { pid: child.pid ?? 0, answer, kill, [Symbol.asyncDispose]: kill };
}

async function firstLine(child: ChildProcessWithoutNullStreams): Promise<string> {
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  for await (const chunk of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    return String(chunk).trim();
  }
  throw new Error(`the process ended without an answer: ${errors}`);
}
