/** The table that an export is loaded into: its columns as they are, and how they are made to fit. */
import { quoteLiteral, quoteName, quoteTable, type Row, type Session } from '../../core/database/database.ts';
import { sqlState } from '../../core/database/database-error.ts';
import { ConfigError, SchemaDriftError } from '../../core/errors.ts';
import type { Schemas } from '../../state/schemas.ts';
import { columnNamed, type ExportColumn } from '../decide/columns.ts';
import { isClearDateSql, isDateType } from '../decide/declared.ts';
import type { ExportDefinition } from '../decide/definition.ts';
import type { ListedColumn } from '../decide/same-label.ts';
import { castTo, isCharacter } from './stage.ts';

/** The destination of an export's rows. */
export interface Target {
  readonly schema: string;
  /** `"schema"."table"`. */
  readonly table: string;
  readonly definition: ExportDefinition;
}

/** The columns of an export's table as the last load left them; none where there is no table that it made. */
export async function knownColumns(
  session: Session,
  schemas: Schemas,
  { schema, definition }: Target,
): Promise<readonly ExportColumn[]> {
  type Known = Omit<ExportColumn, 'isDeclared' | 'missingSince' | 'columnId'> &
    Record<'columnId', string | null> & { missingSince: Date | null };
  const rows = await session.query<Known & Row>(
    `/* reading the columns of the export */
     select c.label, c.occurrence, c.column_name as name, c.kind, c.sql_type as "sqlType",
            c.column_id as "columnId", c.missing_since as "missingSince"
       from ${quoteTable(schemas.state, 'export_columns')} c
       join pg_attribute a on a.attname = c.column_name and a.attnum > 0 and not a.attisdropped
       join pg_class t on t.oid = a.attrelid and t.relname = $2 and t.relkind in ('r', 'p')
       join pg_namespace n on n.oid = t.relnamespace and n.nspname = $3
      where c.export = $1
        and exists (select 1 from pg_attribute o where o.attrelid = t.oid and o.attname = '_export_run')
        and not exists (select 1 from ${quoteTable(schemas.state, 'exports')} e
                          join ${quoteTable(schemas.state, 'export_columns')} x using (export)
                         where e.table_name = $2 and e.export <> $1)
      order by a.attnum`,
    [definition.name, definition.table, schema],
  );
  const isDeclared = ({ label, name }: { label: string; name: string }): boolean =>
    Object.hasOwn(definition.types, label) || Object.hasOwn(definition.types, name);
  return rows.map((row) => ({
    ...row,
    isDeclared: isDeclared(row),
    columnId: row.columnId ?? undefined,
    missingSince: row.missingSince ?? undefined,
  }));
}

/** True of a table that has these columns with these types. */
export function hasTypes(table: readonly ExportColumn[], wanted: readonly ExportColumn[]): boolean {
  const types = new Map(table.map(({ name, sqlType }) => [name, sqlType]));
  return wanted.every(({ name, sqlType }) => types.get(name) === sqlType);
}

/** Names of the key columns. @throws ConfigError where the export has no such column */
export function keyColumns(definition: ExportDefinition, columns: readonly ExportColumn[]): string[] {
  return definition.key.map((label) => columnNamed(columns, label, `exports.${definition.name}.key`).name);
}

/**
 * Makes the table, or gives it the columns it lacks and the types that differ.
 *
 * @param fitted its columns as they are; none = there is no table.
 * @throws DatabaseError, ConfigError, SchemaDriftError
 */
export async function fitTable(
  session: Session,
  target: Target,
  fitted: readonly ExportColumn[],
  columns: readonly ExportColumn[],
): Promise<void> {
  const { table, definition, schema } = target;
  if (fitted.length === 0) return createTable(session, target, columns);
  const before = new Map(fitted.map(({ name, sqlType }) => [name, sqlType]));
  const added = columns.filter(({ name }) => !before.has(name));
  const retyped = columns.filter(({ name, sqlType }) => before.has(name) && before.get(name) !== sqlType);
  const changes = [
    ...added.map(({ name, sqlType }) => `add column ${quoteName(name)} ${sqlType}`),
    ...retyped.map(({ name, sqlType }) => {
      const column = quoteName(name);
      return `alter column ${column} type ${sqlType} using ${castTo(column, sqlType)}`;
    }),
  ];
  if (changes.length === 0) return;
  await checkStoredDates(session, target, retyped, before);
  try {
    await session.query(
      `/* changing the columns of ${definition.table} */ alter table ${table} ${changes.join(', ')}`,
    );
  } catch (error) {
    if (sqlState(error) !== '0A000') throw error;
    const names = retyped.map(({ name, sqlType }) => `${name} to ${sqlType}`).join(', ');
    throw new SchemaDriftError(
      `Columns of ${schema}.${definition.table} need another type (${names}), and a view depends on one of them.`,
      {
        cause: error,
        advice: `Drop the view, run the export and create the view again, or declare the type under exports.${definition.name}.types.`,
      },
    );
  }
}

/**
 * Texts that are stored become times only where no setting of the database would read them in another way.
 *
 * @throws SchemaDriftError
 */
async function checkStoredDates(
  session: Session,
  { table, definition, schema }: Target,
  retyped: readonly ExportColumn[],
  before: ReadonlyMap<string, string>,
): Promise<void> {
  for (const { name, sqlType } of retyped) {
    if (!isDateType(sqlType) || !isCharacter(before.get(name) ?? '')) continue;
    const column = quoteName(name);
    const unclear = await session.query(
      `/* looking for dates of another form */ select 1 from ${table} where not ${isClearDateSql(column)} limit 1`,
    );
    if (unclear.length > 0)
      throw new SchemaDriftError(
        `${schema}.${definition.table} has text in ${name} that is not an ISO 8601 date, so the column can't become ${sqlType}.`,
        {
          advice: `Drop the table to load it again, or set exports.${definition.name}.table to another name.`,
        },
      );
  }
}

async function createTable(
  session: Session,
  { table, definition, schema }: Target,
  columns: readonly ExportColumn[],
): Promise<void> {
  const key = definition.mode === 'merge' ? keyColumns(definition, columns).map(quoteName) : [];
  const lines = [
    ...columns.map(({ name, sqlType }) => `${quoteName(name)} ${sqlType}`),
    '_export_run bigint not null',
    '_row_number bigint not null',
    '_loaded_at timestamptz not null default now()',
    ...(key.length === 0 ? [] : [`primary key (${key.join(', ')})`]),
  ];
  try {
    await session.query(
      `/* creating ${schema}.${definition.table} */ create table ${table} (${lines.join(', ')})`,
    );
  } catch (error) {
    if (sqlState(error) !== '42P07') throw error;
    throw new ConfigError(
      `The table ${schema}.${definition.table} exists, but no export of this name created it.`,
      {
        cause: error,
        advice: `Rename it, or set exports.${definition.name}.table to another name.`,
      },
    );
  }
  if (key.length === 0) await session.query(`alter table ${table} replica identity full`);
  // Windows are looked for by time.
  const { window } = definition;
  if (window !== undefined) {
    const column = columnNamed(columns, window.column, `exports.${definition.name}.window.column`);
    await session.query(`create index on ${table} (${quoteName(column.name)})`);
  }
}

/** Names of the columns that came after the table was made: they stand behind ours. @throws DatabaseError */
export async function laterColumns(
  session: Session,
  { schema, definition }: Target,
): Promise<ReadonlySet<string>> {
  const rows = await session.query<{ name: string }>(
    `/* looking for columns that were added */
     select a.attname as name from pg_attribute a join pg_attribute ours using (attrelid)
       join pg_class t on t.oid = a.attrelid join pg_namespace n on n.oid = t.relnamespace
      where n.nspname = $1 and t.relname = $2 and ours.attname = '_loaded_at'
        and a.attnum > ours.attnum and not a.attisdropped`,
    [schema, definition.table],
  );
  return new Set(rows.map(({ name }) => name));
}

/** @throws ConfigError where the window's column holds no times */
export function windowColumn(
  definition: ExportDefinition,
  columns: readonly ExportColumn[],
): string | undefined {
  const { window, name } = definition;
  if (window === undefined) return undefined;
  const column = columnNamed(columns, window.column, `exports.${name}.window.column`);
  if (/^(timestamp|date)/.test(column.sqlType) || column.kind === 'unknown') return column.name;
  throw new ConfigError(
    `exports.${name}.window.column is ${JSON.stringify(window.column)}, which holds ${column.kind} and no times.`,
    { advice: 'Name a column with dates, or leave the window out.' },
  );
}

/** Comments that say what each column was in Sigma. `listed`: as the API lists them, where it does. */
export async function commentColumns(
  session: Session,
  { table, definition }: Target,
  columns: readonly ExportColumn[],
  listed: readonly ListedColumn[],
): Promise<void> {
  const about = `Data of a Sigma workbook element, loaded by the export ${definition.name} (${definition.mode}).`;
  const formulas = new Map(
    listed.flatMap(({ columnId, label, formula }) => [
      [label, formula],
      [`id ${columnId}`, formula],
    ]),
  );
  const comments = [
    `comment on table ${table} is ${quoteLiteral(about)}`,
    ...columns.map(({ name, label, columnId }) => {
      const formula = formulas.get(`id ${columnId}`) ?? formulas.get(label);
      const text = `${label}${formula === undefined ? '' : `\nFormula: ${formula}`}`.replaceAll('\0', '');
      return `comment on column ${table}.${quoteName(name)} is ${quoteLiteral(text)}`;
    }),
    ...Object.entries(BOOKKEEPING).map(
      ([name, text]) => `comment on column ${table}.${name} is ${quoteLiteral(text)}`,
    ),
  ];
  for (const comment of comments) await session.query(comment);
}

const BOOKKEEPING = {
  _export_run: 'Export run that wrote the row: export_run of export_runs in the state schema',
  _row_number: 'Place of the row among those of its run, from 1',
  _loaded_at: 'When the row was written',
};
