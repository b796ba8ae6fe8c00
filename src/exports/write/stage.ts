/**
 * The staging tables of a load: temporary, so that nothing is left of them whatever happens. `typed` has the columns
 * of the target with their types; `text` takes rows whose kinds are not known yet, and they are cast from there.
 */
import { quoteLiteral, quoteName, type Session } from '../../core/database/database.ts';
import { sqlState } from '../../core/database/database-error.ts';
import { encodeLine } from '../../loaders/copy-text.ts';
import type { ExportColumn } from '../decide/columns.ts';
import type { FileRow, FileRows } from '../read/file-rows.ts';
import type { Kind } from '../decide/kinds.ts';
import { fits, unformatted } from '../decide/kinds.ts';
import { observer } from '../decide/observer.ts';
import { type RejectedRows, type Rejections, rejectSql } from './rejections.ts';

export const TYPED = 'pg_temp.sigma_export_typed';
const TEXT = 'pg_temp.sigma_export_text';
/** Characters of a COPY, roughly. */
const COPY_CHARACTERS = 4 << 20;
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

/** What is known of the columns of a file while it is staged. */
export interface StageOptions {
  /**
   * The columns of the table by their place in a file with these labels; undefined = left out. Of one whose type is
   * declared, the cast tells what does not fit.
   */
  columnsOf(labels: readonly string[]): readonly (ExportColumn | undefined)[];
  /** Kind that a column must keep: what does not fit it is rejected with its row; undefined where it may widen. */
  keptKind(column: ExportColumn): Kind | undefined;
  /** Columns known to hold texts, whatever their first values look like. */
  readonly raw: ReadonlySet<number>;
}

/** What was staged. */
export interface StagedText {
  readonly labels: readonly string[];
  readonly kinds: readonly Kind[];
  /** Rows of the file, rejected ones included. */
  readonly rows: number;
}

function isNumber(sqlType: string): boolean {
  return /^(?:numeric|decimal|real|double|float|bigint|int|smallint)(?!.*\[)/i.test(sqlType);
}

/** Stages the rows of a file as text. @throws RawAgain; DatabaseError; what the file throws */
export async function stageText(
  session: Session,
  file: FileRows,
  options: StageOptions,
  rejections: Rejections,
): Promise<StagedText> {
  const { raw } = options;
  const kinds: Kind[] = [];
  const seen = observer(kinds);
  const normalized = new Set<number>();
  /** All such columns are found in one reading. */
  const again = new Set<number>();
  let known: readonly (ExportColumn | undefined)[] = [];
  let kept: readonly (Kind | undefined)[] = [];
  const look = (): void => {
    known = options.columnsOf(file.labels);
    kept = known.map((column) => (column === undefined ? undefined : options.keptKind(column)));
    for (let i = kinds.length; i < known.length; i++)
      kinds[i] = raw.has(i) || kept[i] === 'text' ? 'text' : (known[i]?.kind ?? 'unknown');
  };
  look();
  let columns = file.labels.length;
  let lines: string[] = [];
  let characters = 0;
  let rows = 0;
  await session.query('drop table if exists pg_temp.sigma_export_text');
  await session.query(
    `create temp table sigma_export_text (_row_number bigint not null${textColumns(0, columns, '')}) on commit drop`,
  );

  const flush = async (): Promise<void> => {
    if (lines.length === 0) return;
    const names = Array.from({ length: columns }, (_, i) => `, c${i}`).join('');
    const text = lines.join('');
    lines = [];
    characters = 0;
    await session.copyIn(`${TEXT} (_row_number${names})`, [text]);
  };
  const grow = async (): Promise<void> => {
    await flush();
    look();
    await session.query(
      `alter table ${TEXT} ${textColumns(columns, file.labels.length, 'add column ').slice(2)}`,
    );
    columns = file.labels.length;
  };

  /** The cell as it is staged; undefined where the row must be rejected for it. */
  const staged = (i: number, text: string, isString: boolean): string | undefined => {
    const column = known[i];
    if (column === undefined) return text;
    if (column.isDeclared) return !isString && isNumber(column.sqlType) ? unformatted(text) : text;
    const keep = kept[i];
    if (keep !== undefined) {
      if (!fits(keep, text)) return undefined;
      return keep === 'formatted' ? unformatted(text) : text;
    }
    seen.see(i, text, isString);
    const kind = seen.kinds[i];
    if (kind === 'text' && normalized.has(i)) again.add(i);
    if (kind !== 'formatted') return text;
    const plain = unformatted(text);
    if (plain !== text) normalized.add(i);
    return plain;
  };
  const reject = (row: FileRow, column: number | undefined, reason: string): void =>
    rejections.add({
      row: row.number,
      column: column === undefined ? null : (file.labels[column] ?? ''),
      reason,
    });

  for await (const batch of file.batches) {
    if (file.labels.length > columns) await grow();
    for (const row of batch) {
      rows++;
      if (row.flaw !== undefined) {
        reject(row, row.flaw.column, row.flaw.reason);
        continue;
      }
      const cells: (string | null)[] = [String(row.number)];
      let misfit = -1;
      for (let i = 0; i < columns; i++) {
        const text = row.cells[i] ?? null;
        if (text === null || (text === '' && row.strings === undefined)) cells.push(null);
        else {
          const cell = staged(i, text, row.strings?.[i] === true);
          if (cell === undefined) misfit = i;
          cells.push(cell ?? null);
        }
      }
      if (misfit >= 0) {
        reject(row, misfit, `the value does not fit ${kept[misfit]}, and the table may not change`);
        continue;
      }
      if (again.size > 0) continue;
      const line = encodeLine(cells);
      lines.push(line);
      characters += line.length;
    }
    if (characters >= COPY_CHARACTERS) await flush();
  }
  if (again.size > 0) throw new RawAgain([...again]);
  await flush();
  return { labels: [...file.labels], kinds: seen.kinds, rows };
}

function textColumns(from: number, to: number, verb: string): string {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => `, ${verb}c${from + i} text`).join('');
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
