/** Waiting for what may hang, but not for ever. By the real clock: it is about connections, not about schedules. */

/** Resolves with true once `work` ended, well or not; with false where that takes longer than `ms` or `signal` aborts. */
export async function within(work: Promise<unknown>, ms: number, signal?: AbortSignal): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const late = new Promise<boolean>((done) => {
    onAbort = () => done(false);
    timer = setTimeout(onAbort, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted === true) onAbort();
  });
  const ended = work.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([ended, late]);
  } finally {
    clearTimeout(timer);
    if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort);
  }
}
