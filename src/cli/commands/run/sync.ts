import { Command } from 'commander';
import type { SyncPlan } from '../../../sync/dry-run.ts';
import type { RunReport } from '../../../state/run-types.ts';
import { tellOutcome } from '../../output/run-outcome.ts';
import { type CommandContext, withContext } from '../../command-context.ts';
import { print, printJson, table } from '../../output/tables.ts';

interface SyncFlags {
  readonly full?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly acceptDeletions?: boolean;
}

const EXAMPLES = `
Examples:
  $ sigma-sync sync                         everything that changed, and the exports that are due
  $ sigma-sync sync workbook_elements       one stream and those it is planned from
  $ sigma-sync sync --full                  reads everything again, changed or not
  $ sigma-sync sync --json 2>sync.log       the report for a machine, the log beside it
`;

/** `sync`: one run over all or some streams. */
export function syncCommand(): Command {
  return new Command('sync')
    .description('bring streams up to date, then run the exports that are due')
    .argument('[stream...]', 'streams to sync, with those they are planned from (default: all)')
    .option('--full', 'read everything again, whether it changed or not')
    .option('--dry-run', 'only show what would be asked for')
    .option('--accept-deletions', 'mark rows as deleted even where the deletion guard objects')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (names: string[], flags: SyncFlags, command: Command) => {
      const progress = flags.dryRun !== true;
      await withContext(command, (context) => sync(context, names, flags), { progress });
    });
}

async function sync(context: CommandContext, names: readonly string[], flags: SyncFlags): Promise<void> {
  const full = flags.full === true;
  if (flags.dryRun === true) return printPlan(await context.sync.plan({ streams: names, full }), flags);
  const outcome = await context.sync.run({
    streams: names,
    full,
    acceptDeletions: flags.acceptDeletions === true,
    exports: names.length === 0 ? context.exports : [],
    signal: context.signal,
    origin: { trigger: 'cli' },
  });
  await tellOutcome(context, outcome, {
    command: 'sync',
    json: flags.json === true,
    resumed: (run) => `Went on from run ${run}; what that one read was not read again.`,
    verdict,
  });
}

/** Why the run is not complete, in one sentence. */
function verdict({ status, streams }: RunReport): string {
  if (status === 'interrupted') return 'The run was interrupted; run the same command again to continue.';
  const unwell = streams.filter((stream) => stream.error !== undefined);
  const names = unwell.map(({ name }) => name).join(', ');
  const kept = 'What was loaded is kept, and the next run retries the rest.';
  return `Not complete: ${names}. ${kept} The first: ${unwell[0]?.error ?? 'unknown'}`;
}

function printPlan(plan: SyncPlan, { json }: SyncFlags): void {
  if (json === true) {
    printJson(plan);
    return;
  }
  const due = plan.streams.filter((entry) => entry.due !== 0);
  const rows = table(due, [
    { title: 'stream', value: (entry) => entry.name },
    { title: 'due', value: (entry) => entry.due ?? 'all' },
    { title: 'of', value: (entry) => entry.partitions ?? '?' },
    { title: 'requests', value: (entry) => entry.requests ?? '?' },
    { title: 'why', value: (entry) => entry.reason },
  ]);
  for (const row of rows) print(row);
  if (due.length < plan.streams.length)
    print(`${plan.streams.length - due.length} more streams have nothing due.`);
  print();
  const { requests, slowRequests, seconds, rate } = plan;
  if (requests !== undefined) {
    const slow = slowRequests === 0 ? '' : `, ${slowRequests} of them for the slow cycle`;
    const time = seconds === undefined ? '' : `; ${duration(seconds)} at ${rate}`;
    print(`About ${requests} requests${slow}${time}.`);
  }
  print('Nothing was asked or written. Parents that changed since the last run add their children.');
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
