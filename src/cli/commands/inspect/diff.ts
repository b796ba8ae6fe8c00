import { Command } from 'commander';
import { ConfigError } from '../../../core/errors.ts';
import { catalogue } from '../../../extractors/catalogue.ts';
import { diffStreams, type StreamDiff } from '../../../state/changes-between.ts';
import { findStream } from '../../../sync/select-streams.ts';
import { parseTime } from '../../../core/times.ts';
import { wholeNumber, withContext } from '../../command-context.ts';
import { print, printJson, table } from '../../output/tables.ts';

const EXAMPLES = `
Examples:
  $ sigma-sync diff --from 2026-03-01 --to 2026-03-31
  $ sigma-sync diff --from 2026-03-03T09:00:00Z grants --json
`;

interface Flags {
  readonly from: Date;
  readonly to?: Date;
  readonly limit: number;
  readonly json?: boolean;
}

/** `diff`: what is different between two times. */
export function diffCommand(): Command {
  return new Command('diff')
    .description('show what changed on balance between two times')
    .argument('[stream]', 'name of a stream; default all')
    .requiredOption('--from <time>', 'ISO 8601 or a date, UTC where no zone is given', timeOf('--from'))
    .option('--to <time>', 'the same; default now', timeOf('--to'))
    .option('--limit <n>', 'rows of each stream in the JSON', wholeNumber('--limit', 0, 1_000_000), 1000)
    .option('--json', 'print counts, keys and columns as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (name: string | undefined, { from, to, limit, json }: Flags, command: Command) => {
      const streams = name === undefined ? catalogue : [findStream(catalogue, name)];
      await withContext(command, async (context) => {
        const options = { from, to: to ?? new Date(context.clock.now()), limit: json === true ? limit : 0 };
        const diffs = await diffStreams(await context.database(), context.schemas, streams, options);
        if (json === true)
          return printJson({ from: from.toISOString(), to: options.to.toISOString(), streams: diffs });
        const rows = table(diffs, [
          { title: 'stream', value: (diff) => diff.stream },
          { title: 'inserted', value: (diff) => (diff.covered ? diff.inserted : '-') },
          { title: 'updated', value: (diff) => (diff.covered ? diff.updated : '-') },
          { title: 'deleted', value: (diff) => (diff.covered ? diff.deleted : '-') },
          { title: 'updated columns', value: columnsOf },
        ]);
        for (const row of rows) print(row);
      });
    });
}

function columnsOf({ covered, since, columns }: StreamDiff): string {
  if (!covered) return since === null ? 'no history' : `history since ${since}`;
  return Object.entries(columns)
    .map(([column, count]) => `${column} ${count}`)
    .join(', ');
}

/** Parses a time, for commander. @throws ConfigError */
export function timeOf(name: string): (text: string) => Date {
  return (text) => {
    const time = parseTime(text);
    if (time !== undefined) return time;
    throw new ConfigError(
      `${name} must be a time such as 2026-03-03 or 2026-03-03T09:00:00Z, not "${text}".`,
    );
  };
}
