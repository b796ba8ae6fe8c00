/**
 * The staging tables of a load: temporary, so that nothing is left of them whatever happens. `typed` has the columns
 * of the target with their types; `text` takes rows whose kinds are not known yet, and they are cast from there.
 */
import { quoteLiteral, quoteName, type Session } from '../../core/database/database.ts';
import { sqlState } from '../../core/database/database-error.ts';
import type { ExportColumn } from '../decide/columns.ts';
import type { FileRows } from '../read/file-rows.ts';
import type { Kind } from '../decide/kinds.ts';
import { type RejectedRows, type Rejections, rejectSql } from './rejections.ts';
import { StagedCells, type StageOptions } from './staged-cells.ts';
import { createTextTable, TEXT } from './text-table.ts';

export const TYPED = 'pg_temp.sigma_export_typed';
/** Columns turned out to hold texts after formatted numbers of them were staged as plain ones: read the file again. */
export class RawAgain extends Error {
  override readonly name = 'RawAgain';
  readonly columns: readonly number[];
  constructor(columns: readonly number[]) {
    super('numbers turned out to be texts');
    this.columns = columns;
  }
}

/** Makes `typed` have (at least) these columns with these types. @throws DatabaseError */
export async function ensureTyped(
  session: Session,
  staged: ReadonlyMap<string, string>,
  columns: readonly ExportColumn[],
): Promise<ReadonlyMap<string, string>> {
  const wanted = new Map(columns.map(({ name, sqlType }) => [name, sqlType]));
  if (staged.size === 0) {
    const list = columns.map(({ name, sqlType }) => `, ${quoteName(name)} ${sqlType}`).join('');
    await session.query(
      `create temp table sigma_export_typed (_row_number bigint not null${list}) on commit drop`,
    );
    return wanted;
  }
  const changes = columns.flatMap(({ name, sqlType }) => {
    const column = quoteName(name);
    if (!staged.has(name)) return [`add column ${column} ${sqlType}`];
    return staged.get(name) === sqlType
      ? []
      : [`alter column ${column} type ${sqlType} using ${castTo(column, sqlType)}`];
  });
  if (changes.length > 0) await session.query(`alter table ${TYPED} ${changes.join(', ')}`);
  return new Map([...staged, ...wanted]);
}

/** SQL that turns a column into another type; times as ISO 8601, as Sigma writes them. */
export function castTo(column: string, sqlType: string): string {
  return isCharacter(sqlType) ? `(to_jsonb(${column}) #>> '{}')` : `${column}::${sqlType}`;
}

/** What was staged. */
export interface StagedText {
  readonly labels: readonly string[];
  readonly kinds: readonly Kind[];
  /** Rows of the file, rejected ones included. */
  readonly rows: number;
}

/** Stages the rows of a file as text. @throws RawAgain; DatabaseError; what the file throws */
export async function stageText(
  session: Session,
  file: FileRows,
  options: StageOptions,
  rejections: Rejections,
): Promise<StagedText> {
  const cells = new StagedCells(file, options);
  const table = await createTextTable(session, file.labels.length);
  let rows = 0;
  for await (const batch of file.batches) {
    if (file.labels.length > table.columns) {
      cells.readLabels();
      await table.grow(file.labels.length);
    }
    for (const row of batch) {
      rows++;
      const line = row.flaw ?? cells.lineOf(row, table.columns);
      if ('reason' in line) {
        const column = line.column === undefined ? null : (file.labels[line.column] ?? '');
        rejections.add({ row: row.number, column, reason: line.reason });
      } else if (cells.again.size === 0) table.add(line);
    }
    if (table.isLong) await table.flush();
  }
  if (cells.again.size > 0) throw new RawAgain([...cells.again]);
  await table.flush();
  return { labels: [...file.labels], kinds: cells.kinds, rows };
}

/** A type of texts is left to the assignment: a cast would cut off what is too long for it. */
function castStagedTo(source: string, sqlType: string): string {
  return isCharacter(sqlType) ? source : `${source}::${sqlType}`;
}

function isCharacter(sqlType: string): boolean {
  return /^(?:text|varchar|character|char|bpchar)\b(?!.*\[)/i.test(sqlType);
}

/**
 * Casts what is staged as text into `typed`. Rows with a value that the type of a fixed column does not take are
 * rejected: it is declared, or may not change.
 *
 * @returns places of columns whose values do not fit the type that their kind has: they hold texts.
 */
export async function castStaged(
  session: Session,
  file: readonly (ExportColumn | undefined)[],
  { castable, isFixed }: { readonly castable: string; isFixed(column: ExportColumn): boolean },
  rejections: Rejections,
): Promise<readonly number[]> {
  const columns = file.flatMap((column, i) =>
    column === undefined ? [] : [{ column, source: `c${i}`, place: i }],
  );
  const insert = `/* casting the rows of the export */
    insert into ${TYPED} (_row_number${columns.map(({ column }) => `, ${quoteName(column.name)}`).join('')})
    select _row_number${columns.map(({ column, source }) => `, ${castStagedTo(source, column.sqlType)}`).join('')} from ${TEXT}`;
  await session.query('savepoint casting');
  try {
    await session.query(insert);
    return [];
  } catch (error) {
    if (!isDataError(error)) throw error;
    await session.query('rollback to savepoint casting');
  }
  const texts: number[] = [];
  for (const { column, source, place } of columns) {
    if (column.sqlType === 'text') continue;
    // Blanks at the end are cut off in any case.
    const fit = isCharacter(column.sqlType)
      ? `rtrim(${source}::${column.sqlType}, ' ') = rtrim(${source}, ' ')`
      : `${castable}(${source}, ${quoteLiteral(column.sqlType)})`;
    const misfit = `${source} is not null and not ${fit}`;
    if (isFixed(column)) {
      const [gone] = await session.query<RejectedRows>(rejectSql(TEXT, misfit));
      if (gone !== undefined) rejections.addAll(gone, column.label, `the value is no ${column.sqlType}`);
      continue;
    }
    const some = await session.query(
      `/* looking for values that do not fit */ select 1 from ${TEXT} where ${misfit} limit 1`,
    );
    if (some.length > 0) texts.push(place);
  }
  if (texts.length === 0) await session.query(insert);
  return texts;
}

/** True where Postgres objects to a value, and not to us or the disk. */
export function isDataError(error: unknown): boolean {
  // JSON that is too deep for its stack is a value, too.
  return /^22|^23514|^54001/.test(sqlState(error) ?? '');
}
