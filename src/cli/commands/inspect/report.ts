import { writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { ConfigError, describeError } from '../../../core/errors.ts';
import { reportOf } from '../../../analytics/report/ask-digest.ts';
import { FORMATS } from '../../../analytics/report/digest-formats.ts';
import { sinceOf } from '../../../analytics/report/since.ts';
import { watchedStreams } from '../../../operations/freshness/watched-streams.ts';
import { withContext } from '../../command-context.ts';

const EXAMPLES = `
Examples:
  $ sigma-sync report                                  the last seven days, as Markdown
  $ sigma-sync report --format html --output week.html one file, to be mailed or opened
  $ sigma-sync report --since 2026-03-01 --format json
`;

interface Flags {
  readonly format: keyof typeof FORMATS;
  readonly since: string;
  readonly output?: string;
}

/** `report`: a digest of what happened, and of what deserves a look. */
export function reportCommand(): Command {
  return new Command('report')
    .description('a digest of what happened and of what deserves a look, for a mail or a post')
    .addOption(new Option('--format <format>', 'how').choices(Object.keys(FORMATS)).default('md'))
    .option('--since <time>', 'how far back: 7d, 24h, 2w, or a date', '7d')
    .option('--output <file>', 'write it to a file; default: standard output')
    .addHelpText('after', EXAMPLES)
    .action(async ({ format, since, output }: Flags, command: Command) => {
      await withContext(command, async (context) => {
        const { schemas, config } = context;
        const to = new Date(context.clock.now());
        const from = sinceOf(since, to);
        const watched = watchedStreams(config, to);
        const text = FORMATS[format](
          await reportOf(await context.database(), { schemas, from, to, watched }),
        );
        if (output === undefined) process.stdout.write(text);
        else write(output, text);
      });
    });
}

/** @throws ConfigError */
function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new ConfigError(`--output ${path} can't be written: ${describeError(error)}`);
  }
}
