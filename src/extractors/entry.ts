/**
 * From an entry of the API to a row: the boundary at which payloads are validated. Key fields must be there; a
 * value of another type than declared is reported as drift, leaves its column null and stays in the raw entry;
 * unknown fields are kept in the raw entry.
 */
import { stringifyExact, surveyJson } from '../core/exact-json.ts';
import { isShortId } from '../sigma/ids.ts';
import type { Column, FieldType, Stream } from './stream.ts';
import type { Cell, ExtractedRow } from './unit.ts';

/** Why an entry can't become a row. */
export interface Rejection {
  readonly rejected: true;
  readonly field: string;
}

/** An entry that stands for one the credentials may not read. */
export interface Hidden {
  readonly hidden: true;
}

/** The effect of privacy settings on a stream's entries; `privacy/` makes it. */
export interface EntryMask {
  /** A copy of the entry as it may be stored. */
  readonly entry: (entry: Readonly<Record<string, unknown>>) => unknown;
  /** By column, for those it concerns: a cell as it may be stored. */
  readonly cells: ReadonlyMap<string, (cell: string) => Cell>;
  /** By column: what is left there of a field that is hidden. */
  readonly left: ReadonlyMap<string, (fields: Readonly<Record<string, unknown>>) => Cell>;
}

/** A B-tree takes keys of 2,704 bytes; so many characters in all columns of a key fit, whatever their encoding. */
const LONGEST_KEY = 600;

/** Called for each value that does not have its declared type. */
export type DriftListener = (field: string, expected: string, received: string) => void;

/**
 * Makes the function that turns one entry into a row of `stream`.
 *
 * @param params values of the partition; a parameter that is not among them is taken from the entry's own field.
 * @param mask hides what must not be stored, from the cells and from the raw entry alike.
 */
export function entryReader(
  stream: Stream,
  params: Readonly<Record<string, string>>,
  onDrift: DriftListener,
  mask?: EntryMask,
): (entry: unknown) => ExtractedRow | Rejection | Hidden {
  const longest = Math.floor(LONGEST_KEY / stream.key.length);
  const columns = stream.columns.map((column) => ({
    column,
    hide: mask?.cells.get(column.name),
    left: mask?.left.get(column.name),
  }));
  return (entry) => {
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
      return { rejected: true, field: columns[0]?.column.source ?? '' };
    }
    const fields = entry as Readonly<Record<string, unknown>>;
    if (stream.mayHide === true && isError(fields)) return { hidden: true };
    const raw = toJson(fields, mask);
    if (raw === undefined) return { rejected: true, field: '(nested too deeply)' };
    const cells: Cell[] = [];
    for (const { column, left, hide } of columns) {
      const given = left?.(fields) ?? (column.from === 'param' ? params[column.source] : undefined);
      const cell = given ?? readField(column, valueFor(column, fields, params), onDrift);
      if (column.isKey && !isUsableKey(cell, longest)) return { rejected: true, field: column.source };
      cells.push(hide === undefined || cell === null ? cell : hide(cell));
    }
    return { cells, raw: storableJson(raw, onDrift) };
  };
}

/** A short id gives way to the long one where the partition is that of the object. */
function valueFor(
  { derive, refers, source }: Column,
  fields: Readonly<Record<string, unknown>>,
  params: Readonly<Record<string, string>>,
): unknown {
  const value = derive?.(fields, params) ?? fields[source];
  if (refers?.param === undefined || typeof value !== 'string' || !isShortId(value)) return value;
  return params[refers.param] ?? value;
}

function isUsableKey(cell: Cell, longest: number): boolean {
  return cell !== null && cell !== '' && cell.length <= longest;
}

/** `{code, message}` in place of an entry. [spec: files, favorites, recents] */
function isError(fields: Readonly<Record<string, unknown>>): boolean {
  return fields['code'] !== undefined && typeof fields['message'] === 'string' && fields['id'] === undefined;
}

/** No setting is nested more deeply. Deeper entries try to fill a stack, ours or the database's. */
const MOST_DEPTH = 500;

/** Depth of a JSON text. A short text is never too deep. */
function depthOf(json: string): number {
  return json.length <= 2 * MOST_DEPTH ? 0 : surveyJson(json).depth;
}

/** JSON text, or undefined where the value is nested too deeply. */
function toJson(entry: Readonly<Record<string, unknown>>, mask: EntryMask | undefined): string | undefined {
  try {
    const json = stringifyExact(mask === undefined ? entry : mask.entry(entry));
    return json !== undefined && depthOf(json) <= MOST_DEPTH ? json : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function readField(column: Column, value: unknown, onDrift: DriftListener): Cell {
  if (value === undefined || value === null) return null;
  const cell = READERS[column.type](value);
  if (cell === undefined) {
    onDrift(column.source, column.type, kindOf(value));
    return null;
  }
  if (column.type === 'text') return storableText(cell, onDrift);
  return column.type === 'json' ? storableJson(cell, onDrift) : cell;
}

/** A reader gives the text Postgres takes for the type, or undefined where the value is of another type. */
const READERS: Readonly<Record<FieldType, (value: unknown) => string | undefined>> = {
  text: (value) => (typeof value === 'string' ? value : undefined),
  boolean: (value) => (typeof value === 'boolean' ? String(value) : undefined),
  integer: (value) =>
    typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= 2_147_483_647
      ? String(value)
      : undefined,
  number: (value) => (typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined),
  timestamp: (value) => (typeof value === 'string' && isInstant(value) ? value : undefined),
  json: (value) => stringifyExact(value),
};

const INSTANT =
  /^(\d{4})-(\d\d)-(\d\d)[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-](0\d|1[0-4]):?[0-5]\d)$/;

/** ISO 8601 with a zone (the API gives UTC with milliseconds), and a date that exists: Postgres takes all of these. */
function isInstant(value: string): boolean {
  const [, year, month, day] = INSTANT.exec(value) ?? [];
  if (year === undefined || year === '0000') return false;
  // Date.parse would move February 30th to March.
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return date.getUTCDate() === Number(day);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'string') return 'string';
  return typeof value === 'number' && !Number.isInteger(value) ? 'fraction' : typeof value;
}

/**
 * Postgres stores neither the NUL character nor half of a surrogate pair, in text or in jsonb: they become U+FFFD,
 * and that is reported.
 */
function storableText(value: string, onDrift: DriftListener): string {
  const cleaned = storable(value);
  if (cleaned !== value) onDrift('(any)', 'characters Postgres can store', 'NUL or half a surrogate pair');
  return cleaned;
}

/** The text as Postgres can store it. */
export function storable(value: string): string {
  return value.toWellFormed().replaceAll('\0', REPLACEMENT);
}

const REPLACEMENT = '\ufffd';
// An even number of backslashes before `\u` means an escape; an odd one, that the backslash itself is escaped.
const UNSTORABLE_ESCAPE = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/gi;

/** The same for JSON text, where `JSON.stringify` leaves such characters as escapes. */
function storableJson(json: string, onDrift: DriftListener): string {
  if (!json.includes('\\u')) return json;
  const cleaned = json.replace(UNSTORABLE_ESCAPE, `$1${REPLACEMENT}`);
  if (cleaned !== json) onDrift('(any)', 'characters Postgres can store', 'NUL or half a surrogate pair');
  return cleaned;
}
