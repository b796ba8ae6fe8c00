/** Reads the windows and columns of an export from the state schema. */
import { quoteTable, type Session } from '../../../core/database/database.ts';
import type { Schemas } from '../../../state/schemas.ts';
import { type Counted, type Part, TOTAL } from './counted.ts';

/** A window as it was loaded last. */
export interface WindowRow extends Record<string, unknown> {
  readonly from: Date;
  readonly to: Date;
  readonly rows: number;
  readonly bytes: number;
  readonly loadedAt: Date;
}

/** The latest windows of an export, the latest first. */
export async function windowRows(
  session: Session,
  { state }: Schemas,
  name: string,
  { limit, offset }: Part,
): Promise<Counted<WindowRow>[]> {
  return session.query<Counted<WindowRow>>(
    `select window_from as from, window_to as to, rows::float8 as rows, bytes::float8 as bytes, loaded_at as "loadedAt", ${TOTAL}
       from ${quoteTable(state, 'export_windows')} where export = $1
      order by window_from desc, window_to desc limit $2 offset $3`,
    [name, limit, offset],
  );
}

export interface ColumnRow extends Record<string, unknown> {
  readonly column: string;
  readonly label: string;
  readonly type: string;
  readonly addedAt: Date;
  readonly missingSince: Date | null;
}

export async function columnRows(session: Session, { state }: Schemas, name: string): Promise<ColumnRow[]> {
  return session.query<ColumnRow>(
    `select column_name as column, label, sql_type as type, added_at as "addedAt", missing_since as "missingSince"
       from ${quoteTable(state, 'export_columns')} where export = $1 order by added_at, column_name limit 2000`,
    [name],
  );
}
