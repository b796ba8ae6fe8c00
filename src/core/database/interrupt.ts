/** What becomes of statements under way when the process is asked to end: they get some seconds, then are cancelled. */
import type pg from 'pg';
import { InterruptedError, SigmaSyncError } from '../errors.ts';
import { within } from '../within.ts';
import type { Clients } from './postgres-client.ts';

/** Requests under way get four seconds; what they brought is committed after that. */
const CANCEL_MS = 5000;
/** What is begun after that, such as the record of the end, gets as long again. */
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
  const timers: NodeJS.Timeout[] = [];
  let isCancelled = false;
  const reason = (): Error =>
    signal.reason instanceof SigmaSyncError
      ? signal.reason
      : new InterruptedError('The run was interrupted.');

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

  async function destroy(): Promise<void> {
    await cancel();
    refuse(reason());
    for (const client of busy) client.connection.stream.destroy();
  }

  const onAbort = (): void => {
    timers.push(setTimeout(cancel, CANCEL_MS).unref(), setTimeout(destroy, DESTROY_MS).unref());
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });

  return {
    watch(client) {
      busy.add(client);
      return () => busy.delete(client);
    },
    explain: (error) => (isCancelled ? reason() : error),
    close() {
      signal.removeEventListener('abort', onAbort);
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
