/** `source-sigma-sync`: the commands of an Airbyte source over `sigma-sync emit`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { packageFolder, version } from '../core/version.ts';
import type { CheckLine } from '../operations/check/check-line.ts';
import { failed } from '../operations/check/check-line.ts';
import { checkApi, checkDatabase } from '../operations/check/run-checks.ts';
import { airbyteError } from '../operations/emit/airbyte.ts';
import { withContext } from './command-context.ts';
import { run as emit } from './commands/run/emit.ts';
import { exitCodeOf, watchProcess } from './main.ts';
import { redacted } from './voice.ts';

const say = (message: object): boolean => process.stdout.write(`${JSON.stringify(message)}\n`);

interface ReadFlags {
  readonly catalog: string;
  readonly state?: string;
  readonly sync: boolean;
}

/** Runs the source and sets the exit code. Errors are messages of the protocol. */
export async function main(argv: readonly string[]): Promise<void> {
  watchProcess();
  const source = new Command('source-sigma-sync')
    .description(
      'An Airbyte source of a Sigma Computing organization: incremental, with deletions and grants.',
    )
    .version(version)
    .exitOverride();
  const command = (name: string, about: string): Command =>
    source.command(name).description(about).exitOverride();
  const configured = (name: string, about: string): Command =>
    command(name, about).requiredOption('--config <file>', 'settings as JSON');
  command('spec', 'print the settings as JSON schema').action(() => void say(spec()));
  configured('check', 'test credentials and database').action((_, self: Command) => check(self));
  configured('discover', 'print the catalog').action((_, self: Command) =>
    emit(self, [], { format: 'airbyte', discover: true, sync: false }),
  );
  configured('read', 'send what changed')
    .requiredOption('--catalog <file>', 'configured catalog')
    .option('--state <file>', 'states of the streams')
    .option('--no-sync', 'send what is in the database, without asking Sigma')
    .action((flags: ReadFlags, self: Command) => emit(self, [], { format: 'airbyte', ...flags }));
  try {
    await source.parseAsync([...argv]);
  } catch (error) {
    if (!(error instanceof CommanderError)) say(airbyteError(error, redacted, new Date()));
    process.exitCode = exitCodeOf(error);
  }
}

/** The SPEC message: the settings a source needs, of all there are. */
function spec(): object {
  const schema = JSON.parse(
    readFileSync(join(packageFolder, 'config/sigma-sync.schema.json'), 'utf8'),
  ) as object;
  return {
    type: 'SPEC',
    spec: {
      documentationUrl: 'https://github.com/sigma-sync/sigma-sync/blob/main/docs/destinations.md',
      supportsIncremental: true,
      connectionSpecification: { ...schema, additionalProperties: true },
    },
  };
}

async function check(command: Command): Promise<void> {
  await withContext(command, async (context) => {
    const wrong: CheckLine[] = [];
    const note = (line: CheckLine): void => void (line.outcome === 'failed' && wrong.push(line));
    for await (const line of checkApi(await context.client(), [], () => context.clock.now())) note(line);
    try {
      for await (const line of checkDatabase(await context.database(), context.schemas)) note(line);
    } catch (error) {
      note(failed('database', error));
    }
    const [first] = wrong;
    const connectionStatus =
      first === undefined
        ? { status: 'SUCCEEDED' }
        : {
            status: 'FAILED',
            message: context.redact(`${first.subject}: ${first.detail} ${first.fix ?? ''}`.trim()),
          };
    say({ type: 'CONNECTION_STATUS', connectionStatus });
  });
}
