/** Exports as the settings declare them, checked among each other and ready to run. */
import { ConfigError } from '../../core/errors.ts';
import { parseTime } from '../../core/times.ts';
import type { PrivacyRule } from '../../loaders/privacy/mask.ts';
import { OF_REPORTS, parseSigmaId, type SigmaId } from '../../sigma/ids.ts';
import { isDateType, isTimeType } from './declared.ts';
import { parseDuration } from './duration.ts';
import type { Decimal } from './numbers.ts';
import { parseTimeFormat } from './time-format.ts';

/** The part of an export that is the same in the settings and ready to run. */
interface ExportBasics {
  readonly name: string;
  readonly format: 'csv' | 'jsonl';
  readonly mode: 'replace' | 'append' | 'merge';
  /** Labels of the columns that tell one row from all others; empty where none are declared. */
  readonly key: readonly string[];
  /** Declared SQL types by label. */
  readonly types: Readonly<Record<string, string>>;
  /** Forms of dates and times by label, such as `DD/MM/YYYY`. */
  readonly formats?: Readonly<Record<string, string>> | undefined;
  /** Privacy rules by label. */
  readonly hide?: Readonly<Record<string, PrivacyRule>> | undefined;
  /** Labels of columns that name a person. */
  readonly person?: readonly string[] | undefined;
  /** Values of controls by their id. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Decimal mark of formatted numbers; default: a point, with a warning if that is uncertain. */
  readonly decimal?: Decimal | undefined;
  readonly timeZone: string;
  readonly schema: 'evolve' | 'freeze' | 'fail';
  readonly rowLimit: number;
  /** Fewest rows that a replace may leave of a table that has more; default 1. */
  readonly leastRows?: number | undefined;
  readonly oauthOverrides: readonly { readonly connection: string; readonly token: string }[];
  readonly rejectDefaultTokens: boolean;
}

/** An entry of the list `exports` of the settings. */
export interface ExportSettings extends ExportBasics {
  /** Id, short or long, or URL. */
  readonly workbook: string;
  readonly element?: string | undefined;
  readonly table?: string | undefined;
  readonly window?: WindowSettings | undefined;
  readonly schedule?: string | undefined;
  readonly timeoutMinutes: number;
  readonly tag?: string | undefined;
  readonly runAs?: string | undefined;
}

interface WindowSettings {
  readonly column: string;
  readonly control: string;
  readonly start: string;
  readonly step: string;
  readonly lookback: string;
}

/** The windows in which an export is read. */
export interface ExportWindow {
  /** Label of the column with the time of a row. */
  readonly column: string;
  /** Id of the date-range control that filters it. */
  readonly control: string;
  readonly start: Date;
  readonly stepMs: number;
  readonly lookbackMs: number;
}

/** One export. */
export interface ExportDefinition extends ExportBasics {
  /** Id of the workbook as it was given, short or long; the one in the URL where that was given. */
  readonly workbook: string;
  readonly element: string;
  readonly table: string;
  readonly window: ExportWindow | undefined;
  /** Cron expression. */
  readonly schedule: string | undefined;
  readonly timeoutMs: number;
  readonly tag: string | undefined;
  /** Member whose rights apply: `exportAs` of the API. */
  readonly exportAs: string | undefined;
}

/** Name of an export among streams: no stream has a space in its name. */
export const bookName = ({ name }: Pick<ExportDefinition, 'name'>): string => `export ${name}`;

/** The API takes no shorter range, and a step of nothing would never end. */
const SHORTEST_STEP_MS = 60_000;

/** @throws ConfigError that names the export, for what the kinds of single settings can't tell. */
export function compileExports(settings: readonly ExportSettings[]): readonly ExportDefinition[] {
  const compiled = settings.map(compile);
  const names = new Set<string>();
  const tables = new Map<string, string>();
  for (const { name, table } of compiled) {
    if (names.has(name))
      throw new ConfigError(`Two exports are called ${name}.`, { advice: 'Rename one of them.' });
    const other = tables.get(table);
    if (other !== undefined) {
      throw new ConfigError(`The exports ${other} and ${name} would both load into the table ${table}.`, {
        advice: 'Give one of them another table.',
      });
    }
    names.add(name);
    tables.set(table, name);
  }
  return compiled;
}

function compile(entry: ExportSettings): ExportDefinition {
  const { workbook, element, table, window, schedule, timeoutMinutes, tag, runAs, ...basics } = entry;
  const { name, mode, key, formats = {} } = basics;
  if (mode === 'merge' && key.length === 0) {
    throw new ConfigError(`The export ${name} merges, but has no key to merge by.`, {
      advice: 'Set key to the labels of the columns that identify a row, or set mode: append.',
    });
  }
  if (mode === 'replace' && window !== undefined) {
    throw new ConfigError(`The export ${name} has a window, but replaces everything in every run.`, {
      advice: 'Set mode to merge or append, or remove window.',
    });
  }
  return {
    ...basics,
    types: { ...typesOf(name, formats, basics.types), ...basics.types },
    ...placeOf(name, workbook, element),
    table: table ?? name,
    window: window === undefined ? undefined : windowOf(name, window),
    schedule,
    timeoutMs: timeoutMinutes * 60_000,
    tag,
    exportAs: runAs,
  };
}

/** Types that follow from the forms of dates and times. @throws ConfigError for a form that is none, or that no type needs */
function typesOf(
  name: string,
  formats: Readonly<Record<string, string>>,
  types: ExportBasics['types'],
): Record<string, string> {
  const implied: Record<string, string> = {};
  for (const [label, format] of Object.entries(formats)) {
    const where = `exports.${name}.formats has ${JSON.stringify(label)}`;
    const { sqlType } = parseTimeFormat(format, where);
    const declared = Object.hasOwn(types, label) ? types[label] : undefined;
    if (declared !== undefined && !isDateType(declared) && !isTimeType(declared))
      throw new ConfigError(`${where}, whose type is declared as ${declared}.`, {
        advice: 'Declare date, timestamptz, timestamp or time, or leave the type out.',
      });
    implied[label] = sqlType;
  }
  return implied;
}

/** False where an address is surely of something else; an id alone does not say of what it is. */
export function mayBeWorkbook({ kind }: SigmaId): boolean {
  return kind === 'workbook' || kind === 'unknown' || kind === 'element';
}

/** An address that is none of a workbook, in words, and what to do about it. */
export function insteadOfWorkbook({ kind }: SigmaId): { readonly what: string; readonly advice: string } {
  const what = kind === 'connection-or-workspace' ? 'connection or workspace' : kind.replaceAll('-', ' ');
  const only = kind === 'report' ? OF_REPORTS : 'Only elements of workbooks can be exported';
  const synced = kind === 'report' || kind === 'data-model' ? ' "sigma-sync sync" reads its structure.' : '';
  const file = kind === 'report' ? ' "sigma-sync exports download" saves the PDF.' : '';
  const advice = `${only}: show the data of the ${what} in a workbook, and give its address.${synced}${file}`;
  return { what, advice };
}

/** The workbook and the element, each given as an id or within a URL. */
function placeOf(
  name: string,
  workbook: string,
  element: string | undefined,
): Pick<ExportDefinition, 'workbook' | 'element'> {
  const place = parsed(name, 'workbook', workbook);
  if (!mayBeWorkbook(place)) {
    const { what, advice } = insteadOfWorkbook(place);
    throw new ConfigError(`The workbook of the export ${name} is the address of a ${what}.`, { advice });
  }
  // Opaque ids are taken as they are, whatever they are made of.
  const given =
    element !== undefined && /[/?]/.test(element) ? parsed(name, 'element', element).element : element;
  if (given !== undefined && place.element !== undefined && given !== place.element) {
    throw new ConfigError(
      `The export ${name} has the element ${given}, but the address of its workbook names ${place.element}.`,
      { advice: 'Keep one of them.' },
    );
  }
  const found = given ?? place.element;
  if (found === undefined) {
    throw new ConfigError(`The export ${name} has no element.`, {
      advice:
        'Set element, or give the address that the browser shows while the element is selected: it has a :nodeId.',
    });
  }
  return { workbook: place.id, element: found };
}

function parsed(name: string, setting: string, text: string): ReturnType<typeof parseSigmaId> {
  try {
    return parseSigmaId(text);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(`The ${setting} of the export ${name} was not understood. ${error.message}`, {
      advice: error.advice,
      cause: error,
    });
  }
}

function windowOf(name: string, window: WindowSettings): ExportWindow {
  const stepMs = parseDuration(window.step);
  const lookbackMs = parseDuration(window.lookback);
  if (stepMs === undefined || lookbackMs === undefined || stepMs < SHORTEST_STEP_MS) {
    throw new ConfigError(
      `The window of the export ${name} has the step ${window.step} and the lookback ${window.lookback}.`,
      { advice: 'Write durations such as 30m, 3h, 1d or 2w; a step is at least 1m.' },
    );
  }
  const start = parseTime(window.start);
  if (start === undefined) {
    throw new ConfigError(
      `The window of the export ${name} starts at ${window.start}, which is not a time.`,
      {
        advice: 'Write a date such as 2026-10-01 or a time such as 2026-10-01T06:00:00Z.',
      },
    );
  }
  return { column: window.column, control: window.control, start, stepMs, lookbackMs };
}
