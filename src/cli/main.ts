/** The command line: parses, hands over to the operations, and turns errors into one line and an exit code. */
import { Command, CommanderError } from 'commander';
import { describeError, SigmaSyncError } from '../core/errors.ts';
import { version } from '../core/version.ts';
import { alertCommand } from './commands/alerts/alert.ts';
import { analyticsCommand } from './commands/run/analytics.ts';
import { backfillCommand } from './commands/run/backfill.ts';
import { checkCommand } from './commands/setup/check.ts';
import { demoCommand } from './commands/run/demo.ts';
import { diffCommand } from './commands/inspect/diff.ts';
import { exportsCommand } from './commands/exports/exports.ts';
import { historyCommand } from './commands/inspect/history.ts';
import { idCommand } from './commands/inspect/id.ts';
import { initCommand } from './commands/setup/init.ts';
import { migrateCommand } from './commands/setup/migrate.ts';
import { queryCommand } from './commands/inspect/query.ts';
import { reportCommand } from './commands/inspect/report.ts';
import { resetCommand } from './commands/setup/reset.ts';
import { rolesCommand } from './commands/setup/roles.ts';
import { runsCommand } from './commands/inspect/runs.ts';
import { serveCommand } from './commands/run/serve.ts';
import { simulateCommand } from './commands/run/simulate.ts';
import { startCommand } from './commands/run/start.ts';
import { statusCommand } from './commands/inspect/status.ts';
import { streamsCommand } from './commands/inspect/streams.ts';
import { syncCommand } from './commands/run/sync.ts';
import { vacuumCommand } from './commands/setup/vacuum.ts';
import { speak } from './command-context.ts';

const EXAMPLES = `
Examples:
  $ sigma-sync demo                         a whole sync against a simulated organization
  $ sigma-sync check                        are credentials, rights and database as they should be?
  $ sigma-sync sync                         brings every stream up to date
  $ sigma-sync sync workbooks grants        some streams, with those they are planned from
  $ sigma-sync start                        runs the schedules, with a page to watch
  $ sigma-sync status                       how fresh is everything?

Exit codes:
  0  all streams complete         3    complete but for some partitions, retried by the next run
  1  failed                       4    another run holds the lock
  2  usage or configuration       130  interrupted
`;

/** Builds the program; every command is a file in \`commands/\`. */
export function program(): Command {
  const root = new Command('sigma-sync')
    .description('Keeps a Sigma Computing organization in Postgres.')
    .version(version)
    .option('--config <file>', 'settings file (default: config/sigma-sync.yaml where it exists)')
    .option('--log-level <level>', 'error, warn, info or debug')
    .option('--log-format <format>', 'text or json')
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError('Run "sigma-sync --help" for all commands and options.')
    .exitOverride();
  const commands = [
    initCommand,
    checkCommand,
    streamsCommand,
    migrateCommand,
    syncCommand,
    backfillCommand,
    exportsCommand,
    startCommand,
    serveCommand,
    statusCommand,
    runsCommand,
    resetCommand,
    vacuumCommand,
    rolesCommand,
    queryCommand,
    analyticsCommand,
    reportCommand,
    historyCommand,
    diffCommand,
    idCommand,
    alertCommand,
    simulateCommand,
    demoCommand,
  ];
  for (const make of commands) {
    const command = make();
    root.addCommand(command.copyInheritedSettings(root));
    // Those of a group are made before the group knows the settings.
    for (const inner of command.commands) inner.copyInheritedSettings(root);
  }
  return root;
}

/** Runs the command line and sets the exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  // A reader that went away (a pager, head) is no reason for a stack trace.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  try {
    await program().parseAsync([...argv]);
  } catch (error) {
    process.exitCode = report(error, argv);
  }
}

function report(error: unknown, argv: readonly string[]): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  speak('error', 'command.failed', describeError(error));
  const debug =
    /--log-level[= ]debug/.test(argv.join(' ')) || process.env['SIGMA_SYNC_LOG_LEVEL'] === 'debug';
  if (debug && error instanceof Error) speak('error', 'command.stack', error.stack ?? '');
  return error instanceof SigmaSyncError ? error.exitCode : 1;
}
