/** The command line: parses, hands over to the commands, and turns errors into one line and an exit code. */
import { getSystemErrorMessage } from 'node:util';
import { Command, CommanderError } from 'commander';
import { describeError, SigmaSyncError } from '../core/errors.ts';
import { stackOf } from '../core/stack.ts';
import { version } from '../core/version.ts';
import { COMMANDS } from './table/command-table.ts';
import { type CommandEntry, directory } from './table/declare.ts';
import { speak } from './voice.ts';

const EXAMPLES = `
Examples:
  $ sigma-sync demo                         a whole sync against a simulated organization
  $ sigma-sync check                        tests credentials, permissions and database
  $ sigma-sync sync                         syncs every stream
  $ sigma-sync sync workbooks grants        some streams and their parents
  $ sigma-sync start                        runs the schedules and a web page
  $ sigma-sync status                       shows how fresh every stream is

Exit codes:
  0  all streams complete         3    partial: the next run retries what failed
  1  failed                       4    another run holds the lock
  2  usage or configuration       130  interrupted
`;

/** Builds the program from the command table. */
export function program(): Command {
  const root = new Command('sigma-sync')
    .description('Keeps a Sigma Computing organization in Postgres.')
    .version(version)
    .option('--config <file>', 'settings file (default: config/sigma-sync.yaml if it exists)')
    .option(
      '--organization <name>',
      'organization to work on, of several; repeatable (default: all)',
      (name: string, others: readonly string[] = []) => [...others, name],
    )
    .option('--log-level <level>', 'error, warn, info or debug')
    .option('--log-format <format>', 'text or json')
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError('Run "sigma-sync --help" for all commands and options.')
    .exitOverride();
  for (const entry of COMMANDS) {
    if ('commands' in entry) {
      const group = root
        .command(entry.name)
        .description(entry.summary)
        .showHelpAfterError(`Run "sigma-sync ${entry.name} --help" for its commands.`);
      for (const inner of entry.commands) addCommand(group, inner);
    } else addCommand(root, entry);
  }
  return root;
}

/** Adds a command; its file is loaded when it is called. */
function addCommand(parent: Command, entry: CommandEntry): void {
  const path = parent.parent === null ? entry.name : `${parent.name()} ${entry.name}`;
  const command = parent
    .command(entry.name)
    .description(entry.summary)
    .addHelpText('after', entry.help)
    .showHelpAfterError(`Run "sigma-sync ${path} --help" for its arguments and options.`)
    .allowUnknownOption(entry.allowUnknownOption === true);
  for (const argument of entry.arguments ?? []) command.addArgument(argument);
  for (const option of entry.options ?? []) command.addOption(option);
  const hasOwn = command.options.some(({ long }) => long === '--directory');
  if (entry.opensDatabase !== false && !hasOwn) command.addOption(directory());
  command.action(async (...given: unknown[]) => {
    const { run } = await entry.load();
    // Commander gives the command itself last.
    await run(command, ...given.slice(0, -1));
  });
}

/** Runs the command line and sets the exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  watchProcess();
  try {
    await program().parseAsync([...argv]);
  } catch (error) {
    process.exitCode = report(error, argv);
  }
}

/** A mistake of ours. Node would print the error with all that it holds, secrets included. */
function crash(error: unknown): never {
  const stack = error instanceof Error ? stackOf(error) : String(error);
  const what = 'This is a bug in sigma-sync; please report it. Loaded data is kept.';
  speak('error', 'process.crashed', `${describeError(error)} ${what}`);
  speak('error', 'process.stack', stack);
  process.exit(1);
}

/** From now on a crash is reported without secrets, and so is output that cannot be written. */
export function watchProcess(): void {
  process.on('uncaughtException', crash);
  watchOutput();
}

/** Output that can't be printed is reported once, and fails a command that did well otherwise; its work is done. */
function watchOutput(): void {
  // Nobody is left to tell.
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that went away (a pager, head) has read enough.
    if (error.code === 'EPIPE' || process.listeners('exit').includes(fail)) return;
    process.on('exit', fail);
    const reason = typeof error.errno === 'number' ? getSystemErrorMessage(error.errno) : error.message;
    speak(
      'error',
      'output.failed',
      `The output could not be written: ${reason}. Everything done so far is kept.`,
    );
  });
}

function fail(): void {
  process.exitCode ||= 1;
}

/** Exit code for an error that ends a program. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  return error instanceof SigmaSyncError ? error.exitCode : 1;
}

function report(error: unknown, argv: readonly string[]): number {
  if (error instanceof CommanderError) return exitCodeOf(error);
  speak('error', 'command.failed', describeError(error));
  const debug =
    /--log-level[= ]debug/.test(argv.join(' ')) || process.env['SIGMA_SYNC_LOG_LEVEL'] === 'debug';
  if (debug && error instanceof Error) speak('error', 'command.stack', stackOf(error));
  return exitCodeOf(error);
}
