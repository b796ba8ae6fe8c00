/** How the columns of an export are read, by what its settings say of them. */
import type { ExportColumn } from '../decide/columns.ts';
import { type DeclaredReader, declaredReader } from '../decide/declared.ts';
import type { ExportDefinition } from '../decide/definition.ts';
import type { Decimal } from '../decide/numbers.ts';
import { type ByteCheck, byteCheck, declaredCheck } from '../read/byte-checks.ts';

/** See {@link columnReaders}. */
export interface ColumnReaders {
  readonly decimal: Decimal | undefined;
  /** How a column whose type is declared is read; undefined where Postgres alone judges. */
  readerOf(column: ExportColumn): DeclaredReader | undefined;
  /** True of a column whose values Postgres does not read as they are written. */
  needsText(column: ExportColumn): boolean;
  /** What bytes must be, lest Postgres takes them for something else; undefined where all fit. */
  checkOf(column: ExportColumn): ByteCheck | undefined;
}

export function columnReaders({ formats = {}, decimal }: ExportDefinition): ColumnReaders {
  const formatOf = ({ label, name }: ExportColumn): string | undefined =>
    [label, name].map((key) => (Object.hasOwn(formats, key) ? formats[key] : undefined)).find(Boolean);
  const readerOf = (column: ExportColumn): DeclaredReader | undefined =>
    column.isDeclared ? declaredReader(column.sqlType, formatOf(column), decimal) : undefined;
  return {
    ...{ decimal, readerOf },
    needsText: (column) => column.kind === 'formatted' || readerOf(column)?.needsText === true,
    checkOf: ({ kind, isDeclared, sqlType }) =>
      isDeclared ? declaredCheck(sqlType, decimal) : byteCheck(kind, decimal),
  };
}
