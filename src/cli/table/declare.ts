/** A command in the table, and its declarations of arguments and options. */
import { Argument, type Command, Option } from 'commander';
import { timeOf, wholeNumber } from '../options/parsers.ts';

/** `<name>` or `[name]`, with a default where there is one. */
export function argument(name: string, about: string, fallback?: string): Argument {
  return new Argument(name, about).default(fallback);
}

/** An option that takes a text, or none. */
export function option(flags: string, about: string, fallback?: string): Option {
  return new Option(flags, about).default(fallback);
}

/** An option that takes a whole number within bounds. */
export function number(
  flags: string,
  about: string,
  [least, most]: readonly [number, number],
  fallback?: number,
): Option {
  return new Option(flags, about).argParser(wholeNumber(nameOf(flags), least, most)).default(fallback);
}

/** An option that takes a time. */
export function time(flags: string, about: string): Option {
  return new Option(flags, about).argParser(timeOf(nameOf(flags)));
}

/** An option that takes one of some words. */
export function choice(flags: string, about: string, choices: readonly string[]): Option {
  return new Option(flags, about).choices(choices);
}

/** `--json`, which every command with a result has. */
export function json(about: string): Option {
  return new Option('--json', about);
}

/** `--directory`, which every command that opens an embedded database has. */
export function directory(
  about = 'use the embedded database in this folder, not the configured one',
): Option {
  return new Option('--directory <folder>', about);
}

/** Examples as the help shows them, one command line each. */
export function examples(...lines: readonly string[]): string {
  const title = lines.length === 1 ? 'Example' : 'Examples';
  return `\n${title}:\n${lines.map((line) => `  $ sigma-sync ${line}\n`).join('')}`;
}

/** `--limit` of `--limit <n>`. */
function nameOf(flags: string): string {
  return flags.split(' ', 1)[0] ?? flags;
}

/** A command as it is called. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly arguments?: readonly Argument[];
  readonly options?: readonly Option[];
  /** Stands below the options in the help. */
  readonly help: string;
  /** False where it opens no embedded database; every other command takes {@link directory}. */
  readonly opensDatabase?: false;
  /** Its argument may look like an option. */
  readonly allowUnknownOption?: true;
  readonly load: () => Promise<CommandModule>;
}

/** Commands behind one word. */
export interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly CommandEntry[];
}

/** The whole table. */
export type Commands = readonly (CommandEntry | CommandGroup)[];

export interface CommandModule {
  /** @param given the arguments in their order, then the options: what the table declares */
  run(command: Command, ...given: unknown[]): void | Promise<void>;
}
