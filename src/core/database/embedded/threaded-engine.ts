/**
 * PGlite beside this thread, which keeps running during every statement. A statement that takes longer than
 * `statement_timeout` is ended with its thread, and another thread takes over: its files are as after a crash, with
 * every commit that was confirmed.
 */
import { afterInterrupt } from '../interrupt.ts';
import type { Engine, Request, Result } from './engine.ts';
import { syncUsedFolder } from './sync-files.ts';
import { crashed, startThread, type Thread } from './thread.ts';

const NOTHING: Result = { columns: [], rows: [], affected: undefined };

/** A savepoint does not outlive its thread. */
const ROLLBACK = /^\s*(rollback|abort)\b(?!\s+(work\s+|transaction\s+)?to\b)/i;

/**
 * Opens the database in a folder.
 *
 * @param signal aborts when the process is to end: statements under way are ended some seconds later.
 * @throws OpeningError
 */
export async function openThreadedEngine(dataDir: string, signal: AbortSignal): Promise<Engine> {
  let thread = await startThread({ dataDir });
  let turn: Promise<unknown> = Promise.resolve();
  let refusal: Error | undefined;
  /** The reason why a transaction ended with its thread: it fails until it is rolled back. */
  let broken: Error | undefined;
  /** The thread whose end its transaction knows of. */
  let noted: Thread | undefined;

  function noteEnd(error: Error): void {
    if (noted !== thread && thread.state.isInTransaction) broken = error;
    noted = thread;
  }
  async function end(error: Error): Promise<void> {
    noteEnd(error);
    await thread.end(error);
  }
  async function endIfBusy(error: Error): Promise<void> {
    if (thread.isBusy) await end(error);
  }
  const stopWatching = afterInterrupt(signal, {
    cancel: endIfBusy,
    async destroy(error) {
      refusal = error;
      await endIfBusy(error);
    },
  });

  async function runNow(request: Request): Promise<Result> {
    if (refusal !== undefined) throw refusal;
    if (!thread.isAlive) noteEnd(crashed('its thread ended'));
    if (broken !== undefined) {
      if (!ROLLBACK.test(request.sql)) throw broken;
      broken = undefined;
      return NOTHING;
    }
    if (!thread.isAlive) thread = await startThread({ dataDir });
    const { timeoutMs } = thread.state;
    const onLate = (): void => void end(tooLong());
    const clock = timeoutMs === 0 ? undefined : setTimeout(onLate, timeoutMs);
    try {
      const said = await thread.ask(request);
      if ('result' in said) return said.result ?? NOTHING;
      const { message, fields, isFatal } = said.failure;
      if (!isFatal) throw Object.assign(new Error(message), fields);
      const crash = crashed(message);
      await end(crash);
      throw crash;
    } catch (error) {
      if (!thread.isAlive && error instanceof Error) noteEnd(error);
      throw error;
    } finally {
      clearTimeout(clock);
    }
  }

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = turn.then(work);
    turn = result.catch(() => undefined);
    return result;
  }
  return {
    run: ({ blob, ...request }) =>
      // The thread takes the memory, and the caller may still use what it gave.
      inTurn(() => runNow(blob === undefined ? request : { ...request, blob: [inOne(blob)] })),
    async settle() {
      // Windows syncs no file that is open for reading only.
      if (process.platform === 'win32') return;
      try {
        await syncUsedFolder(dataDir);
      } catch (error) {
        // The system tells of it once, so the database would not learn of it: what it wrote is done again, from its log.
        const crash = crashed(error instanceof Error ? error.message : String(error));
        await end(crash);
        throw crash;
      }
    },
    endSession() {
      broken = undefined;
      if (!thread.isAlive) noted = thread;
    },
    close: () =>
      inTurn(async () => {
        stopWatching();
        if (thread.isAlive) await thread.ask('close');
      }),
  };
}

/** As PostgreSQL says it. */
function tooLong(): Error {
  const message = 'canceling statement due to statement timeout';
  return Object.assign(new Error(message), { code: '57014', severity: 'ERROR' });
}

function inOne(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((bytes, { length }) => bytes + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
