import { Command } from 'commander';
import { tellOutcome } from '../../output/run-outcome.ts';
import { type CommandContext, wholeNumber, withContext } from '../../command-context.ts';

interface BackfillFlags {
  readonly resume?: boolean;
  readonly requestsPerMinute?: number;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ sigma-sync backfill                                everything once more, beside the nightly sync
  $ sigma-sync backfill workbook_lineage               one stream and those it is planned from
  $ sigma-sync backfill --requests-per-minute 120      slower than sync.backfill_requests_per_minute says
  $ sigma-sync backfill --resume                       goes on where the last one stopped

What a sync reads meanwhile is not read again, and the other way round.
`;

/** `backfill`: a full load at a rate of its own. */
export function backfillCommand(): Command {
  return new Command('backfill')
    .description('read everything once more, at a rate of its own and beside the syncs')
    .argument('[stream...]', 'streams to read, with those they are planned from (default: all)')
    .option('--resume', 'go on with the last backfill that did not complete')
    .option(
      '--requests-per-minute <n>',
      'most requests a minute',
      wholeNumber('--requests-per-minute', 1, 100_000),
    )
    .option('--json', 'print the report as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (names: string[], flags: BackfillFlags, command: Command) => {
      await withContext(command, (context) => backfill(context, names, flags), { progress: true });
    });
}

async function backfill(
  context: CommandContext,
  names: readonly string[],
  flags: BackfillFlags,
): Promise<void> {
  const outcome = await context.sync.backfill({
    streams: names,
    resume: flags.resume === true,
    requestsPerMinute: flags.requestsPerMinute,
    signal: context.signal,
    origin: { trigger: 'cli' },
  });
  await tellOutcome(context, outcome, {
    command: 'backfill',
    json: flags.json === true,
    resumed: (run) => `Went on from backfill ${run}.`,
    verdict: () => 'The backfill is not complete; "sigma-sync backfill --resume" goes on from here.',
  });
}
