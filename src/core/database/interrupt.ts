/** Handles statements under way when the process is asked to end: they get some seconds, then are cancelled. */
import type pg from 'pg';
import { InterruptedError, SigmaSyncError } from '../errors.ts';
import { within } from '../within.ts';
import type { Clients } from './postgres-client.ts';

/** Requests under way get four seconds; what they brought is committed after that. */
const CANCEL_MS = 5000;
/** Statements begun after that, such as the record of the end, get as long again. */
const DESTROY_MS = 10_000;
const CONNECT_MS = 2000;

/** See {@link openInterrupt}. */
export interface Interrupt {
  /** A client that is in use, until the function it gives is called. */
  watch(client: pg.Client): () => void;
  /** The error itself, or what the process was asked, where statements were cancelled for that. */
  explain(error: unknown): unknown;
  close(): void;
}

/**
 * Watches over the clients in use, from the moment that `signal` aborts.
 *
 * @param refuse called once nothing new may begin.
 */
export function openInterrupt(
  signal: AbortSignal,
  clients: Clients,
  refuse: (error: Error) => void,
): Interrupt {
  const busy = new Set<pg.Client>();
  let isCancelled = false;

  async function cancel(): Promise<void> {
    isCancelled = true;
    const pids = [...busy].map((client) => clients.pidOf(client)).filter((pid) => pid !== undefined);
    if (pids.length === 0) return;
    // A statement that only lost its client would go on waiting, with others behind it.
    const cancelling = clients.connect().then(async (other) => {
      await other.query('select pg_cancel_backend(pid) from unnest($1::integer[]) as pid', [pids]);
      await other.end();
    });
    await within(cancelling, CONNECT_MS);
  }

  const close = afterInterrupt(signal, {
    cancel,
    async destroy(reason) {
      await cancel();
      refuse(reason);
      for (const client of busy) client.connection.stream.destroy();
    },
  });

  return {
    watch(client) {
      busy.add(client);
      return () => busy.delete(client);
    },
    explain: (error) => (isCancelled ? reasonOf(signal) : error),
    close,
  };
}

/** Handling of statements that are under way when the process is to end. */
export interface AfterInterrupt {
  /** Some seconds later: ends those under way. */
  cancel(reason: Error): Promise<void>;
  /** As long after that: ends those under way, and nothing new may begin. */
  destroy(reason: Error): Promise<void>;
}

/** Waits for `signal`; stops waiting with the function that it gives. */
export function afterInterrupt(signal: AbortSignal, { cancel, destroy }: AfterInterrupt): () => void {
  const timers: NodeJS.Timeout[] = [];
  const onAbort = (): void => {
    const reason = reasonOf(signal);
    timers.push(
      setTimeout(() => void cancel(reason), CANCEL_MS).unref(),
      setTimeout(() => void destroy(reason), DESTROY_MS).unref(),
    );
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return () => {
    signal.removeEventListener('abort', onAbort);
    for (const timer of timers) clearTimeout(timer);
  };
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof SigmaSyncError
    ? signal.reason
    : new InterruptedError('The run was interrupted.');
}
