/** The data of an element as an export gives it: columns, and rows made one by one. */

/** A value. Dates are instants; a column of type `date` shows their day in UTC only. */
export type Cell = string | number | bigint | boolean | Date | null;
export type ColumnType = 'text' | 'number' | 'date' | 'datetime' | 'boolean';

export interface ExportColumn {
  /** Any text: labels may be empty and may repeat. */
  readonly label: string;
  readonly type: ColumnType;
  /** Id of the column in its element, where it must be a certain one. */
  readonly id?: string;
  /** Format of numbers in a CSV that applies formats. Default: thousands are separated. */
  readonly format?: 'currency' | 'percent' | undefined;
}

export const VALUE_TYPES = [
  ...(['text-list', 'date-range', 'number', 'boolean', 'number-range', 'text', 'date'] as const),
] as const;
export type ValueType = (typeof VALUE_TYPES)[number];

/** A control of the workbook. */
export type ControlEntry = {
  /** The id that `parameters` of an export name it by. */
  readonly name: string;
  readonly valueType: ValueType;
};

/** A control and the column of the element that it restricts. */
export type TargetedControl = ControlEntry & { readonly column: number };

/** Text format of rows. */
export type Format = 'csv' | 'jsonl' | 'json';
export type LineEnd = '\n' | '\r\n';

/** Rows `from` to `to`, encoded, in chunks; every row is preceded by what separates it from the one before. */
export type Preencoded = (format: Format, lineEnd: LineEnd, from: number, to: number) => Iterable<Buffer>;

export interface ExportTable {
  readonly columns: readonly ExportColumn[];
  readonly controls: readonly TargetedControl[];
  /** Number of indexes that have a row, or in a sparse table may have one. */
  readonly count: number;
  /** Some indexes have no row. */
  readonly sparse: boolean;
  /** May have fewer or more cells than there are columns. Undefined where a sparse table has no row. */
  readonly row: (index: number) => readonly Cell[] | undefined;
  /** A pivot table with totals. */
  readonly totals: boolean;
  /** The connection of the data, if that is known. */
  readonly connectionId?: string | undefined;
  /** A faster way to the same rows. */
  readonly preencoded?: Preencoded | undefined;
  /** The file itself, whatever the rows are: what no encoder of ours would write. */
  readonly file?: string | Buffer | undefined;
}

/** All rows of a table, in its order. */
export function* rowsOf({ count, row }: ExportTable): Generator<readonly Cell[]> {
  for (let i = 0; i < count; i++) {
    const cells = row(i);
    if (cells !== undefined) yield cells;
  }
}
