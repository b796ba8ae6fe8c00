/** What is at work in this process. */
import type { ServiceControl } from '../service-control.ts';

/** Streams and exports at work, as events name them: an export with `export ` in front. */
export function busySubjects(control: Pick<ServiceControl, 'running'>): ReadonlySet<string> {
  return new Set(
    control
      .running()
      .flatMap(({ progress }) => [...progress.streams.values()])
      .filter(({ phase }) => phase === 'running')
      .map(({ name }) => name),
  );
}
