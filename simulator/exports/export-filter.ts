/** Values of controls, as `parameters` of an export give them: which rows they leave. */
import { Refusal } from '../http/answer.ts';
import { DAY } from '../store/entry.ts';
import type { Cell, TargetedControl } from '../store/export-table.ts';

/** The forms the specification lists, all of them UTC: a day, with hours and minutes, with seconds. */
const FIXED = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?)?$/;
const RANGE = /^min:([^,]*),max:([^,]*)$/;

export type RowFilter = (cells: readonly Cell[]) => boolean;
type CellTest = (cell: Cell) => boolean;
type Kind = 'text' | 'number' | 'boolean' | 'date';

export interface FilterOptions {
  /** The end of a range that names a day is the moment it begins, rather than all of it. */
  readonly maxIsMidnight: boolean;
}

/**
 * The filter of a control with a value: a single one, a list with commas, or a range `min:…,max:…` with either end
 * left blank. Relative dates are not simulated.
 *
 * @throws Refusal 400 that names the control.
 */
export function filterOf(control: TargetedControl, value: string, options: FilterOptions): RowFilter {
  const kind = control.valueType.split('-')[0] as Kind;
  try {
    const test = testOf(kind, value, options);
    return (cells) => test(cells[control.column] ?? null);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Refusal(400, `parameters.${control.name}: ${error.message}`);
  }
}

function testOf(kind: Kind, value: string, options: FilterOptions): CellTest {
  const range = kind === 'number' || kind === 'date' ? RANGE.exec(value) : null;
  if (range !== null) {
    const [, min = '', max = ''] = range;
    const low = min === '' ? Number.NEGATIVE_INFINITY : spanOf(kind, min).low;
    const high = max === '' ? Number.POSITIVE_INFINITY : highOf(kind, max, options);
    return (cell) => cell !== null && low <= numberOf(cell) && numberOf(cell) <= high;
  }
  const tests = value.split(',').map((one): CellTest => {
    const text = decoded(one);
    if (text === ':null') return (cell) => cell === null;
    if (kind === 'text') return (cell) => cell !== null && String(cell) === (text === ':empty' ? '' : text);
    if (kind === 'boolean') {
      if (text !== 'true' && text !== 'false') throw new RangeError(`${text} is neither true nor false`);
      return (cell) => String(cell) === text;
    }
    const { low, high } = spanOf(kind, text);
    return (cell) => cell !== null && low <= numberOf(cell) && numberOf(cell) <= high;
  });
  return (cell) => tests.some((test) => test(cell));
}

function highOf(kind: Kind, text: string, { maxIsMidnight }: FilterOptions): number {
  const { low, high } = spanOf(kind, text);
  return maxIsMidnight ? low : high;
}

/** A number, or a time in milliseconds: a day is all of itself, a time with minutes or seconds is that instant. */
function spanOf(kind: Kind, text: string): { readonly low: number; readonly high: number } {
  if (kind === 'number') {
    const number = /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isNaN(number)) throw new RangeError(`${text} is not a number`);
    return { low: number, high: number };
  }
  if (/^(prior|next)-/.test(text)) throw new RangeError('the simulator does not know relative dates');
  const isDay = text.length === 10;
  const time = FIXED.test(text) ? Date.parse(isDay ? text : `${text}Z`) : Number.NaN;
  if (Number.isNaN(time)) throw new RangeError(`${text} is not a date as the API takes it`);
  return { low: time, high: isDay ? time + DAY - 1 : time };
}

function numberOf(cell: Cell): number {
  if (cell instanceof Date) return cell.getTime();
  return typeof cell === 'string' ? Date.parse(cell) : Number(cell);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new RangeError(`${text} is not encoded as an URL's parts are`);
  }
}
