/** Leftovers to clean up when this process ends, be it by itself or by a signal. SIGKILL leaves no chance. */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const cleanups = new Set<() => void>();
let listening = false;

/** Registers a synchronous `cleanup`; later ones run first. @returns a function that takes it back. */
export function onProcessEnd(cleanup: () => void): () => void {
  if (!listening) listen();
  cleanups.add(cleanup);
  return () => cleanups.delete(cleanup);
}

function listen(): void {
  listening = true;
  process.on('exit', runAll);
  for (const signal of SIGNALS) {
    process.once(signal, () => {
      runAll();
      // Without this listener the signal does again what it would have done.
      process.kill(process.pid, signal);
    });
  }
}

function runAll(): void {
  for (const cleanup of [...cleanups].reverse()) cleanup();
  cleanups.clear();
}
