/** The command line of a benchmark. */
import { Command, InvalidArgumentError } from 'commander';

/** A command whose flags are sizes; `--help` shows the defaults and the example. */
export function benchmark(name: string, description: string, example: string): Command {
  return new Command(`npm run bench:${name} --`)
    .description(description)
    .addHelpText('after', `\nExample:\n  $ npm run bench:${name} -- ${example}\n`);
}

/** Parses a whole number within bounds. */
export function whole(least: number, most = 10_000_000): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

/** Flags for the sizes of what `fillOrganization` writes. */
export function organizationFlags(command: Command): Command {
  return command
    .option('--members <n>', 'members', whole(1), 2000)
    .option('--teams <n>', 'teams', whole(1), 100)
    .option('--team-size <n>', 'members of each team', whole(1), 20)
    .option('--workspaces <n>', 'workspaces', whole(1), 40)
    .option('--folders <n>', 'folders', whole(1), 500)
    .option('--depth <n>', 'levels of folders', whole(1, 100), 6)
    .option('--workbooks <n>', 'workbooks', whole(1), 10_000)
    .option('--grants <n>', 'grants, a quarter of them on folders and workspaces', whole(1), 200_000);
}

/** Parses a share between 0 and 1. */
export function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('It must be a number from 0 to 1.');
}
