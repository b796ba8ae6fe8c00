import type { Command } from 'commander';
import { stamp } from '../../../core/words.ts';
import type { Resumed } from '../../../state/run-life.ts';
import type { RunReport } from '../../../state/run-types.ts';
import type { SyncPlan } from '../../../sync/dry-run.ts';
import { type CommandContext, withContext } from '../../command-context.ts';
import { tellOutcome } from '../../output/run-outcome.ts';
import { type JsonFlag, print, printJson, printTable } from '../../output/tables.ts';

interface SyncFlags extends JsonFlag {
  readonly full?: true;
  /** False with `--no-resume`. */
  readonly resume?: boolean;
  readonly dryRun?: true;
  readonly acceptDeletions?: true;
  readonly atOnce?: number;
}

/** `sync`: one run over all or some streams. */
export function run(command: Command, names: readonly string[], flags: SyncFlags): Promise<void> {
  const changes = flags.dryRun !== true;
  const { atOnce } = flags;
  const options = { progress: changes, each: true, changes, atOnce };
  return withContext(command, (context) => sync(context, names, flags), options);
}

async function sync(context: CommandContext, names: readonly string[], flags: SyncFlags): Promise<void> {
  const full = flags.full === true;
  if (flags.dryRun === true) return printPlan(await context.sync.plan({ streams: names, full }), flags);
  const outcome = await context.sync.run({
    streams: names,
    full,
    resume: flags.resume,
    acceptDeletions: flags.acceptDeletions === true,
    exports: names.length === 0 ? context.exports : [],
    signal: context.signal,
    origin: { trigger: 'cli' },
  });
  await tellOutcome(context, outcome, {
    command: 'sync',
    json: flags.json === true,
    resumed: (run) => resumedInWords(run, full),
    verdict,
  });
}

/** The run that was resumed, and the way to start over. */
export function resumedInWords({ runId, since, full }: Resumed, isAskedFor: boolean): string {
  const kind = full && !isAskedFor ? 'It was a full run, so this one is a full run as well. ' : '';
  return `Resumed the run of ${stamp(since)} UTC (${runId}): what it had read was not read again. ${kind}Run again for changes since then; --no-resume starts over.`;
}

/** Why the run is not complete, in one sentence. */
function verdict({ status, streams }: RunReport): string {
  if (status === 'interrupted') return 'The run was interrupted. Run the same command again to resume it.';
  const unwell = streams.filter((stream) => stream.error !== undefined);
  const names = unwell.map(({ name }) => name).join(', ');
  const kept = 'Loaded data is kept, and the next run retries the rest.';
  return `Not complete: ${names}. ${kept} The first: ${unwell[0]?.error ?? 'unknown'}`;
}

function printPlan(plan: SyncPlan, { json }: SyncFlags): void {
  if (json === true) {
    printJson(plan);
    return;
  }
  const due = plan.streams.filter((entry) => entry.due !== 0);
  printTable(due, [
    { title: 'stream', value: (entry) => entry.name },
    { title: 'due', value: (entry) => entry.due ?? 'all' },
    { title: 'of', value: (entry) => entry.partitions ?? '?' },
    { title: 'requests', value: (entry) => entry.requests ?? '?' },
    { title: 'why', value: (entry) => entry.reason },
  ]);
  if (due.length < plan.streams.length)
    print(`${plan.streams.length - due.length} more streams have nothing due.`);
  print();
  const { requests, slowRequests, seconds, rate } = plan;
  if (requests !== undefined) {
    const slow = slowRequests === 0 ? '' : `, ${slowRequests} of them for the slow cycle`;
    const time = seconds === undefined ? '' : `; ${duration(seconds)} at ${rate}`;
    print(`About ${requests} requests${slow}${time}.`);
  }
  print(
    'This sent no requests for data and wrote nothing. Parents that changed since the last run will add their children.',
  );
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
