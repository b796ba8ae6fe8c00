/** Signals of a process that runs until it is stopped. */

/**
 * Calls `stop` with the first SIGINT or SIGTERM, ends the process with the second, and calls `reload` with each SIGHUP.
 *
 * @returns a function that stops listening.
 */
export function onSignals(stop: (name: string) => void, reload: () => void): () => void {
  let isStopping = false;
  const onStop = (name: NodeJS.Signals): void => {
    if (isStopping) process.exit(130);
    isStopping = true;
    stop(name);
  };
  const stops = ['SIGINT', 'SIGTERM'] as const;
  for (const name of stops) process.on(name, onStop);
  process.on('SIGHUP', reload);
  return () => {
    for (const name of stops) process.off(name, onStop);
    process.off('SIGHUP', reload);
  };
}
