import { writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { ConfigError, describeError } from '../../errors.ts';
import { parseDuration } from '../../exports/duration.ts';
import { reportOf } from '../../report/data.ts';
import { renderHtml } from '../../report/html.ts';
import { renderMarkdown } from '../../report/markdown.ts';
import { withContext } from '../context.ts';
import { timeOf } from './diff.ts';

const EXAMPLES = `
Examples:
  $ sigma-sync report                                  the last seven days, as Markdown
  $ sigma-sync report --format html --output week.html one file, to be mailed or opened
  $ sigma-sync report --since 2026-03-01 --format json
`;

interface Flags {
  readonly format: 'md' | 'html' | 'json';
  readonly since: string;
  readonly output?: string;
}

/** `report`: a digest of what happened, and of what deserves a look. */
export function reportCommand(): Command {
  return new Command('report')
    .description('a digest of what happened and of what deserves a look, for a mail or a post')
    .addOption(new Option('--format <format>', 'how').choices(['md', 'html', 'json']).default('md'))
    .option('--since <time>', 'how far back: 7d, 24h, 2w, or a date', '7d')
    .option('--output <file>', 'write it to a file; default: standard output')
    .addHelpText('after', EXAMPLES)
    .action(async ({ format, since, output }: Flags, command: Command) => {
      await withContext(command, async (context) => {
        const to = new Date(context.clock.now());
        const from = startOf(since, to);
        const report = await reportOf(await context.database(), context.schemas, from, to);
        const text =
          format === 'json'
            ? `${JSON.stringify(report, undefined, 2)}\n`
            : format === 'html'
              ? renderHtml(report)
              : renderMarkdown(report);
        if (output === undefined) process.stdout.write(text);
        else write(output, text);
      });
    });
}

/** @throws ConfigError */
function startOf(since: string, to: Date): Date {
  const ms = parseDuration(since);
  const from = ms === undefined ? timeOf('--since')(since) : new Date(to.getTime() - ms);
  if (from >= to)
    throw new ConfigError(`--since must be before now, not "${since}".`, {
      advice: 'Give 7d, or a date that is past.',
    });
  return from;
}

/** @throws ConfigError */
function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new ConfigError(`--output ${path} can't be written: ${describeError(error)}`);
  }
}
