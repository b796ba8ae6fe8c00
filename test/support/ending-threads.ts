/** Ends the threads of a process while it goes on. */

/** Standard error has it once for each thread that was ended. */
export const THREAD_ENDED = '(a thread was ended)';

/** Flags of Node under which every thread ends at a random moment, within so many milliseconds. */
export function endingThreads(ms: number): string[] {
  const code = `process.on('worker', (worker) => {
    const end = () => { process.stderr.write('${THREAD_ENDED}'); worker.terminate(); };
    const timer = setTimeout(end, Math.random() * ${ms}).unref();
    worker.once('exit', () => clearTimeout(timer));
  });`;
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
}
