/** Searches, filters, sorts and pages rows that are in memory: those of lists that are short. */
import type { Column, Value } from '../view/table.ts';
import type { ListPart, ListSearch, Rows } from './list.ts';

/** Search and filters of a list of rows in memory. */
export interface InMemory<T> {
  readonly columns: readonly Column<T>[];
  /** Texts of a row that are searched. */
  readonly texts?: (row: T) => readonly (string | null | undefined)[];
  /** True of rows that the chosen words let through. */
  readonly isIn?: (row: T, filters: ListSearch['filters']) => boolean;
}

/** The part of the rows that is asked for. Rows that are alike keep their order. */
export function partOf<T>(
  all: readonly T[],
  { columns, texts, isIn }: InMemory<T>,
  search: ListSearch,
  { limit, offset }: Rows,
): ListPart<T> {
  const wanted = search.text?.toLowerCase();
  const found = all.filter(
    (row) =>
      (isIn?.(row, search.filters) ?? true) &&
      (wanted === undefined ||
        (texts?.(row) ?? []).some((text) => text?.toLowerCase().includes(wanted) === true)),
  );
  const by = columns.find(({ sort }) => sort === search.sort)?.value;
  const sorted =
    by === undefined ? found : found.toSorted((a, b) => compare(by(a), by(b), search.isDescending));
  // They are read again for each part, in a moment: nothing tells two readings apart.
  return { rows: sorted.slice(offset, offset + limit), total: found.length, version: '' };
}

/** Missing values come last, either way. */
function compare(a: Value, b: Value, isDescending: boolean): number {
  const [missing, other] = [a === null || a === undefined, b === null || b === undefined];
  if (missing || other) return Number(missing) - Number(other);
  const order =
    typeof a === 'string' && typeof b === 'string' ? a.localeCompare(b, 'en') : Number(a) - Number(b);
  return isDescending ? -order : order;
}
