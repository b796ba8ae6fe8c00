/** Readers of an export's columns, by its settings. */
import type { ExportColumn } from '../decide/columns.ts';
import { type DeclaredReader, declaredReader } from '../decide/declared.ts';
import type { ExportDefinition } from '../decide/definition.ts';
import type { Decimal } from '../decide/numbers.ts';
import { type ByteCheck, byteCheck, declaredCheck } from '../read/byte-checks.ts';

/** See {@link columnReaders}. */
export interface ColumnReaders {
  readonly decimal: Decimal | undefined;
  /** The reader of a column with a declared type; undefined if Postgres alone judges. */
  readerOf(column: ExportColumn): DeclaredReader | undefined;
  /** True of a column whose values Postgres does not read as they are written. */
  needsText(column: ExportColumn): boolean;
  /** The check that keeps Postgres from misreading bytes; undefined if all bytes fit. */
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
