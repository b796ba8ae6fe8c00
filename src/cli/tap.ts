/** `tap-sigma-sync`: the options of a Singer tap over `sigma-sync emit`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { packageFolder, version } from '../core/version.ts';
import { exitCodeOf, main as runCommand } from './main.ts';

interface TapFlags {
  readonly config?: string;
  readonly catalog?: string;
  readonly properties?: string;
  readonly state?: string;
  readonly discover?: true;
  readonly about?: true;
  readonly sync: boolean;
}

const EXAMPLES = `
The settings are those of a settings file, as JSON: {"sigma": {"region": "…", "client_id": "…", "client_secret": "…"}}.
Without database.url the rows are kept in an embedded database under ./.sigma-sync.

Examples:
  $ tap-sigma-sync --config config.json --discover >catalog.json
  $ tap-sigma-sync --config config.json --catalog catalog.json --state state.json | target-postgres --config target.json
`;

/** Runs the tap and sets the exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  const tap = new Command('tap-sigma-sync')
    .description('A Singer tap of a Sigma Computing organization: incremental, with deletions and grants.')
    .version(version)
    .option('--config <file>', 'settings as JSON or YAML')
    .option('--discover', 'print the catalog')
    .option('--catalog <file>', 'selects streams and columns')
    .option('--properties <file>', 'an older name of --catalog')
    .option('--state <file>', 'the last state that the target wrote')
    .option('--no-sync', 'send what is in the database, without asking Sigma')
    .option('--about', 'describe the tap and its settings as JSON')
    .option('--format <format>', 'format of --about: json')
    .addHelpText('after', EXAMPLES)
    .exitOverride();
  try {
    tap.parse([...argv]);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = exitCodeOf(error);
    return;
  }
  const flags = tap.opts<TapFlags>();
  if (flags.about === true) process.stdout.write(`${JSON.stringify(about(), null, 2)}\n`);
  else await runCommand([...argv.slice(0, 2), ...argumentsOf(flags)]);
}

function argumentsOf({ config, catalog, properties, state, discover, sync }: TapFlags): string[] {
  const given = (option: string, value: string | undefined): string[] =>
    value === undefined ? [] : [option, value];
  return [
    ...given('--config', config),
    'emit',
    ...(discover === true ? ['--discover'] : []),
    ...given('--catalog', catalog ?? properties),
    ...given('--state', state),
    ...(sync ? [] : ['--no-sync']),
  ];
}

function about(): object {
  const schema = join(packageFolder, 'config/sigma-sync.schema.json');
  return {
    name: 'tap-sigma-sync',
    description: 'A Sigma Computing organization: people, content, data, access.',
    version,
    sdk_version: null,
    supported_python_versions: [],
    capabilities: ['about', 'catalog', 'discover', 'state', 'activate-version'],
    settings: JSON.parse(readFileSync(schema, 'utf8')) as object,
  };
}
