/** The command line of a benchmark: what it is called, and flags whose values have the types they are declared with. */
import { Command, InvalidArgumentError, Option } from 'commander';

/** A flag, whatever its name is. */
export interface Flag<T> {
  /** Stands behind its name; empty where it takes no value. */
  readonly placeholder: string;
  readonly about: string;
  readonly fallback: T;
  readonly parse?: (text: string) => T;
  /** It is on, and its name says that it is not. */
  readonly isNegated?: boolean;
}

/** The values of flags by their names. */
type Values<F> = { readonly [Name in keyof F]: F[Name] extends Flag<infer T> ? T : never };

/** Parses the command line; `--help` shows the flags with their defaults, and the example. */
export function benchmark<F extends Readonly<Record<string, Flag<unknown>>>>(
  name: string,
  description: string,
  example: string,
  flags: F,
): Values<F> {
  const command = new Command(`npm run bench:${name} --`)
    .description(description)
    .addHelpText('after', `\nExample:\n  $ npm run bench:${name} -- ${example}\n`);
  for (const [key, { placeholder, about, fallback, parse, isNegated }] of Object.entries(flags)) {
    const dashed = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const option = new Option(`--${isNegated === true ? 'no-' : ''}${dashed}${placeholder}`, about);
    if (parse !== undefined) option.argParser(parse);
    command.addOption(isNegated === true ? option : option.default(fallback));
  }
  return command.parse().opts<Values<F>>();
}

/** The bounds of a whole number, and its meaning. */
interface Limits {
  readonly least?: number;
  readonly most?: number;
  readonly unit?: string;
}

/** A whole number. */
export function whole<F extends number | undefined>(
  about: string,
  fallback: F,
  { least = 1, most = 10_000_000, unit = 'n' }: Limits = {},
): Flag<number | F> {
  const parse = (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
  return { placeholder: ` <${unit}>`, about, fallback, parse };
}

/** A share between 0 and 1. */
export function share(about: string, fallback: number): Flag<number> {
  const parse = (text: string): number => {
    const value = Number(text);
    if (text.trim() !== '' && value >= 0 && value <= 1) return value;
    throw new InvalidArgumentError('It must be a number from 0 to 1.');
  };
  return { placeholder: ' <share>', about, fallback, parse };
}

/** A text, or none. */
export function text(about: string, what: string): Flag<string | undefined> {
  return { placeholder: ` <${what}>`, about, fallback: undefined };
}

/** Something that is done where it is named. */
export function on(about: string): Flag<true | undefined> {
  return { placeholder: '', about, fallback: undefined };
}

/** Something that is done unless `--no-` is named. */
export function unless(about: string): Flag<boolean> {
  return { placeholder: '', about, fallback: true, isNegated: true };
}

/** Sizes of what `fillOrganization` writes. */
export const ORGANIZATION = {
  members: whole('members', 2000),
  teams: whole('teams', 100),
  teamSize: whole('members of each team', 20),
  workspaces: whole('workspaces', 40),
  folders: whole('folders', 500),
  depth: whole('levels of folders', 6, { most: 100 }),
  workbooks: whole('workbooks', 10_000),
  grants: whole('grants, a quarter of them on folders and workspaces', 200_000),
};

/** Sizes of what its workbooks hold, with their defaults. */
export const CONTENT = {
  elements: whole('elements of workbooks', 100_000),
  columnsPerElement: whole('columns of each element', 5, { most: 100 }),
  tables: whole('tables of warehouses', 1000),
  dataModels: whole('data models', 300),
  datasets: whole('datasets', 100),
  recents: whole('files that each member opened lately', 25),
  versionsPerWorkbook: whole('versions of each workbook', 5),
};
