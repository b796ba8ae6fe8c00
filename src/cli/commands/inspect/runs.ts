import { duration } from '../../../core/words.ts';
import { latestRuns, type RunState } from '../../../state/read/status.ts';
import { inContext } from '../../command-context.ts';
import { type JsonFlag, print, printJson, printTable } from '../../output/tables.ts';

const EACH = { each: true, reads: true };

/** `runs`: the run history. */
export const run = inContext(async (context, { limit, json }: JsonFlag & { limit: number }) => {
  const runs = await latestRuns(await context.database(), context.schemas, limit);
  if (json === true) return printJson({ runs });
  if (runs.length === 0) return print('No runs yet. Start one with "sigma-sync sync".');
  printTable(runs, [
    { title: 'run', value: (run) => run.runId },
    {
      title: 'command',
      value: (run) => (run.full && run.command === 'sync' ? 'sync --full' : run.command),
    },
    'status',
    { title: 'started', value: (run) => run.startedAt },
    { title: 'duration', value: durationOf },
    'requests',
    { title: 'rows', value: (run) => run.rows ?? '-' },
    'inserted',
    'updated',
    'deleted',
    { title: 'error', value: (run) => context.redact(run.error ?? '') },
  ]);
}, EACH);

/** Duration of a run; a dash while it runs, and if nobody saw its end. */
function durationOf({ startedAt, finishedAt }: RunState): string {
  return finishedAt === null ? '-' : duration(Date.parse(finishedAt) - Date.parse(startedAt));
}
