import { duration } from '../../../core/words.ts';
import { placesOf } from '../../../fleet/places.ts';
import { latestRuns, type RunState } from '../../../state/read/status.ts';
import { inContext } from '../../command-context.ts';
import type { TogetherContext } from '../../one-context.ts';
import { type JsonFlag, print, printJson, printTable, type TableColumn } from '../../output/tables.ts';

type Flags = JsonFlag & { limit: number };

/** `runs`: the run history. */
export const run = inContext(
  async (context, { limit, json }: Flags) => {
    const runs = await latestRuns(await context.database(), context.schemas, limit);
    if (json === true) return printJson({ runs });
    printRuns(runs, columns(context.redact));
  },
  { together: runsOfAll, reads: true },
);

/** The latest runs of several organizations, whichever they are of. */
async function runsOfAll(
  { chosen, database, redact }: TogetherContext,
  { limit, json }: Flags,
): Promise<void> {
  const target = await database();
  const all: RunOfOne[] = [];
  for (const { name, schemas } of placesOf({ organizations: chosen }))
    all.push(...(await latestRuns(target, schemas, limit)).map((one) => ({ organization: name, ...one })));
  const runs = all.toSorted((a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt)).slice(0, limit);
  if (json === true) return printJson({ runs });
  printRuns(runs, ['organization', ...columns(redact)]);
}

type RunOfOne = RunState & { readonly organization: string };

function printRuns<T extends RunState>(runs: readonly T[], shown: readonly TableColumn<T>[]): void {
  if (runs.length === 0) print('No runs yet. Start one with "sigma-sync sync".');
  else printTable(runs, shown);
}

const columns = (redact: (text: string) => string): readonly TableColumn<RunState>[] => [
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
  { title: 'error', value: (run) => redact(run.error ?? '') },
];

/** Duration of a run; a dash while it runs, and if nobody saw its end. */
function durationOf({ startedAt, finishedAt }: RunState): string {
  return finishedAt === null ? '-' : duration(Date.parse(finishedAt) - Date.parse(startedAt));
}
