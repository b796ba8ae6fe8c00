/** Which rows of a table an export takes, and in which order. */
import type { Cell, ExportTable } from '../store/export-table.ts';
import { hash } from '../store/random.ts';
import type { RowFilter } from './export-filter.ts';

export interface Selection {
  readonly table: ExportTable;
  readonly filters: readonly RowFilter[];
  /** Rows left out. */
  readonly offset: number;
  /** Rows at most. */
  readonly limit: number;
  /** Names the order of the rows; undefined for the table's own. */
  readonly orderSeed: number | undefined;
}

/** The rows of a selection, the same whenever they are asked for. */
export function* selected(selection: Selection): Generator<readonly Cell[]> {
  const { table, filters, offset, limit } = selection;
  const isWhole = filters.length === 0 && !table.sparse;
  const at = orderOf(selection);
  let skip = isWhole ? 0 : offset;
  let left = limit;
  for (let i = isWhole ? offset : 0; i < table.count && left > 0; i++) {
    const cells = table.row(at(i));
    if (cells === undefined || !filters.every((filter) => filter(cells))) continue;
    if (skip > 0) skip--;
    else {
      left--;
      yield cells;
    }
  }
}

/** A permutation of the rows that needs no memory: i ↦ (a·i + b) mod n, where a and n have no common divisor. */
function orderOf({ table: { count }, orderSeed }: Selection): (i: number) => number {
  if (orderSeed === undefined || count < 2) return (i) => i;
  // Below 2⁵³ with the million rows and more of a large table.
  let factor = 1 + (hash(orderSeed, 'factor') % Math.min(count, 1_000_003));
  while (divisor(factor, count) !== 1) factor++;
  const shift = hash(orderSeed, 'shift') % count;
  return (i) => (factor * i + shift) % count;
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}
