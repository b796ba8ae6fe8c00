import { Command } from 'commander';
import { catalogue } from '../../extractors/catalogue.ts';
import { selectStreams } from '../../operations/select.ts';
import { conduct } from '../conduct.ts';
import { type CommandContext, wholeNumber, withContext } from '../context.ts';

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

/** Requests under way at once: a backfill leaves the API to the syncs. */
const CONCURRENCY = 4;

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
  const { config } = context;
  const streams = selectStreams(catalogue, names, config.sync);
  const requestsPerMinute = flags.requestsPerMinute ?? config.sync.backfillRequestsPerMinute;
  const concurrency = Math.min(CONCURRENCY, config.sigma.concurrency);
  const client = context.openClient({ requestsPerMinute, concurrency });
  try {
    const engine = context.engine(await context.database(), client);
    await conduct(context, engine, {
      options: {
        command: 'backfill',
        streams,
        full: true,
        resume: flags.resume === true,
        acceptDeletions: false,
      },
      json: flags.json === true,
      resumed: (run) => `Went on from backfill ${run}.`,
      verdict: () => 'The backfill is not complete; "sigma-sync backfill --resume" goes on from here.',
    });
  } finally {
    await client.close();
  }
}
