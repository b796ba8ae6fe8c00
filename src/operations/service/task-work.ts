/** The work of a requested task. */
import type { App } from '../../app.ts';
import { checkRange } from '../../exports/decide/range.ts';
import { exportsNamed } from '../../exports/select-exports.ts';
import { catalogue } from '../../extractors/catalogue.ts';
import { selectStreams } from '../../sync/select-streams.ts';
import { type Task, taskName } from '../web/task.ts';
import type { Work } from './jobs.ts';

/** @throws ConfigError where it names no stream or export, or a range in which nothing can be. */
export function workOf(
  task: Task,
  { config, exports, clock }: Pick<App, 'config' | 'exports' | 'clock'>,
): Work {
  const work: Work = { name: taskName(task), streams: [], full: false, exports: [] };
  switch (task.kind) {
    case 'sync': {
      const streams = selectStreams(catalogue, [task.stream], config.sync);
      return { ...work, streams, acceptsDeletions: task.acceptsDeletions };
    }
    case 'export': {
      const { from, to } = task;
      const named = exportsNamed(exports, [task.export]);
      checkRange(named, { from, to, now: new Date(clock.now()) });
      return { ...work, exports: named, range: { from, to } };
    }
    case 'refresh':
      return { ...work, refreshes: true };
  }
}
