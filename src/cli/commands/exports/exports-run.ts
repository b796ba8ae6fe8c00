import { Command } from 'commander';
import { checkRange } from '../../../exports/decide/range.ts';
import { exportsNamed } from '../../../exports/select-exports.ts';
import { EXIT_CODES } from '../../../sync/run-sync.ts';
import { withContext } from '../../command-context.ts';
import { printJson } from '../../output/tables.ts';
import { exportsVerdict, printExports } from '../../output/print-exports.ts';
import { timeOf } from '../inspect/diff.ts';

const EXAMPLES = `
Examples:
  $ sigma-sync exports run                                   all of them, due or not
  $ sigma-sync exports run audit_events --json
  $ sigma-sync exports run audit_events --from 2026-10-01 --to 2026-10-08
`;

interface Flags {
  readonly from?: Date;
  readonly to?: Date;
  readonly json?: boolean;
}

/** `exports run`: loads the data of elements. */
export function exportsRunCommand(): Command {
  return new Command('run')
    .description('load the data of the elements that the settings name under exports')
    .argument('[name...]', 'names of exports; default all')
    .option('--from <time>', 'load the windows from there again (date or ISO 8601, UTC)', timeOf('--from'))
    .option('--to <time>', 'up to there; default now', timeOf('--to'))
    .option('--json', 'print the report as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (names: string[], { from, to, json }: Flags, command: Command) => {
      await withContext(
        command,
        async (context) => {
          const exports = exportsNamed(context.exports, names);
          checkRange(exports, { from, to, now: new Date(context.clock.now()), mark: '--' });
          const { signal } = context;
          const { report, error } = await context.sync.exports({
            exports,
            from,
            to,
            signal,
            origin: { trigger: 'cli' },
          });
          process.exitCode = EXIT_CODES[report.status];
          if (json === true) printJson(report);
          else printExports(report, context.redact);
          if (error !== undefined) throw error;
          if (report.status !== 'complete') context.tell(exportsVerdict(report));
        },
        { progress: true },
      );
    });
}
