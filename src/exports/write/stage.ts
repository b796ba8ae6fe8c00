/**
 * The staging tables of a load: temporary, so that nothing is left of them whatever happens. `typed` has the columns
 * of the target with their types; `text` takes rows whose kinds are not known yet, and they are cast from there.
 */
import { quoteLiteral, quoteName, type Session } from '../../core/database/database.ts';
import { sqlState } from '../../core/database/database-error.ts';
import { encodeLine } from '../../loaders/copy-text.ts';
import type { ExportColumn } from '../decide/columns.ts';
import type { Kind } from '../decide/kinds.ts';
import type { FileRows } from '../read/file-rows.ts';
import { type RejectedRows, type Rejections, rejectSql } from './rejections.ts';
import { StagedCells, type StageOptions } from './staged-cells.ts';

export const TYPED = 'pg_temp.sigma_export_typed';
const TEXT = 'pg_temp.sigma_export_text';
/** Characters of a COPY, roughly. */
const COPY_CHARACTERS = 4 << 20;

/** Columns turned out to be of another kind than the one as which values of them were staged: read the file again. */
export class ReadAgain extends Error {
  override readonly name = 'ReadAgain';
  readonly kinds: ReadonlyMap<number, Kind>;
  constructor(kinds: ReadonlyMap<number, Kind>) {
    super('numbers turned out to be texts, or texts to be numbers');
    this.kinds = kinds;
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

/** Stages the rows of a file as text; `rows` counts them, rejected ones included. @throws ReadAgain; DatabaseError; what the file throws */
export async function stageText(
  session: Session,
  file: FileRows,
  options: StageOptions,
  rejections: Rejections,
) {
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
  const kinds = cells.kinds();
  if (cells.again.size > 0) throw new ReadAgain(cells.again);
  await table.flush();
  return { labels: [...file.labels], kinds, rows, decimals: cells.decimals() };
}

/** A type of texts is left to the assignment: a cast would cut off what is too long for it. */
function castStagedTo(source: string, sqlType: string): string {
  return isCharacter(sqlType) ? source : `${source}::${sqlType}`;
}

/** True of types of texts. */
export function isCharacter(sqlType: string): boolean {
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

/** Recreates the staging table of texts, with so many columns behind the number of the row. @throws DatabaseError */
async function createTextTable(session: Session, columns: number): Promise<TextTable> {
  await session.query('drop table if exists pg_temp.sigma_export_text');
  await session.query(
    `create temp table sigma_export_text (_row_number bigint not null${textColumns(0, columns, '')}) on commit drop`,
  );
  return new TextTable(session, columns);
}

/** The staging table of texts, and the lines on their way into it. Methods that wait throw DatabaseError. */
class TextTable {
  readonly #session: Session;
  #columns: number;
  #lines: string[] = [];
  #characters = 0;

  constructor(session: Session, columns: number) {
    this.#session = session;
    this.#columns = columns;
  }

  get columns(): number {
    return this.#columns;
  }

  /** Takes a line: the number of the row, and its cells. */
  add(cells: readonly (string | null)[]): void {
    const line = encodeLine(cells);
    this.#lines.push(line);
    this.#characters += line.length;
  }

  /** True where there is enough for a COPY. */
  get isLong(): boolean {
    return this.#characters >= COPY_CHARACTERS;
  }

  async flush(): Promise<void> {
    if (this.#lines.length === 0) return;
    const names = Array.from({ length: this.#columns }, (_, i) => `, c${i}`).join('');
    const text = this.#lines.join('');
    this.#lines = [];
    this.#characters = 0;
    await this.#session.copyIn(`${TEXT} (_row_number${names})`, [text]);
  }

  async grow(columns: number): Promise<void> {
    await this.flush();
    const added = textColumns(this.#columns, columns, 'add column ').slice(2);
    await this.#session.query(`alter table ${TEXT} ${added}`);
    this.#columns = columns;
  }
}

function textColumns(from: number, to: number, verb: string): string {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => `, ${verb}c${from + i} text`).join('');
}
