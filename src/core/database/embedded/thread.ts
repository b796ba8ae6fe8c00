/** One thread with an embedded database in it. */
import { Worker } from 'node:worker_threads';
import type { Asked, Failed, Opening, Said, State } from './worker.ts';

/** A thread whose database is open. It is asked one thing at a time. */
export interface Thread {
  /** As of its last answer. */
  readonly state: State;
  readonly isBusy: boolean;
  /** False once it ended, by itself or by others. */
  readonly isAlive: boolean;
  /** @throws Error where it ends before it answers: the one that it was ended with, or one with code 57P02 */
  ask(asked: Asked): Promise<Said>;
  /** Ends the thread at once. All committed data is in its files. */
  end(reason: Error): Promise<void>;
}

/** A database that could not be opened. */
export class OpeningError extends Error {
  override readonly name = 'OpeningError';
  /** The words of PGlite on the reason, if any. */
  readonly said: string | undefined;

  constructor(failed: Failed) {
    super(failed.message);
    Object.assign(this, failed.fields);
    this.said = failed.said;
  }
}

/** The file of the thread, which is TypeScript where this one is. */
const FILE = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);

/** Starts a thread, and waits until its database is open; one that makes it is at its end then. @throws OpeningError */
export async function startThread(opening: Opening): Promise<Thread> {
  const worker = new Worker(FILE, { workerData: opening, execArgv: [] });
  let state: State = { isInTransaction: false, timeoutMs: 0 };
  let isAlive = true;
  let reason: Error | undefined;
  let pending: PromiseWithResolvers<Said> | undefined;

  /** An answer, or the end of the thread. Only while one is waited for does the thread keep the process. */
  async function answer(): Promise<Said> {
    pending = Promise.withResolvers<Said>();
    worker.ref();
    try {
      const said = await pending.promise;
      state = said.state ?? state;
      return said;
    } finally {
      pending = undefined;
      worker.unref();
    }
  }
  worker.on('message', (said: Said) => pending?.resolve(said));
  worker.on('error', (error) => {
    reason ??= crashed(error instanceof Error ? error.message : String(error));
  });
  worker.on('exit', () => {
    isAlive = false;
    pending?.reject(reason ?? crashed('its thread ended'));
  });

  const said = await answer();
  if ('failure' in said) throw new OpeningError(said.failure);
  return {
    get state() {
      return state;
    },
    get isBusy() {
      return pending !== undefined;
    },
    get isAlive() {
      return isAlive;
    },
    ask(asked) {
      if (!isAlive) return Promise.reject(reason ?? crashed('its thread ended'));
      worker.postMessage(asked, transferred(asked));
      return answer();
    },
    async end(given) {
      reason ??= given;
      await worker.terminate();
    },
  };
}

/** Reads as if a server crashed, since it is one: its last work can be repeated. */
export function crashed(why: string): Error {
  return Object.assign(new Error(`the embedded database ended: ${why}`), { code: '57P02' });
}

/** Memory that the thread gets as it is. Nobody else has it: the engine copied it together. */
function transferred(asked: Asked): ArrayBuffer[] {
  if (asked === 'close' || asked.blob === undefined) return [];
  return asked.blob.flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? [buffer] : []));
}
