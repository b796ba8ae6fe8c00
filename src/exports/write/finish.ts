/** Brings what a load staged into the table, in the way of its mode. */
import { hasTable, quoteLiteral, quoteName, type Session } from '../../core/database/database.ts';
import { sqlState } from '../../core/database/database-error.ts';
import { ConfigError, SchemaDriftError } from '../../core/errors.ts';
import type { ExportColumn } from '../decide/columns.ts';
import type { TimeWindow } from '../decide/windows.ts';
import { appendSql, insertSql, type LoadCounts, lastWinsSql, mergeSql, NOTHING_LOADED } from './apply-sql.ts';
import type { Load } from './load.ts';
import type { Direct } from './load-types.ts';
import { type RejectedRows, rejectSql } from './rejections.ts';
import { TYPED } from './stage.ts';
import { fitTable, keyColumns, laterColumns, type Target, windowColumn } from './target.ts';
import { checkRowsLeft } from './too-few-rows.ts';

/** For the keys of a million rows; Postgres's own 4 MB would have it write them to disk first. */
const MORE_MEMORY = `select set_config('work_mem', '64MB', true)
  where pg_size_bytes(current_setting('work_mem')) < pg_size_bytes('64MB')`;

/** Dependencies of finishing a load. */
interface FinishOptions {
  readonly target: Target;
  readonly exportRun: string;
  readonly window: TimeWindow | undefined;
  /** A replace may leave next to nothing. */
  readonly mayEmpty: boolean;
}

/** Decides how the rows of one load come into the table. */
export class Finish {
  readonly #session: Session;
  readonly #target: Target;
  readonly #exportRun: string;
  readonly #window: TimeWindow | undefined;
  readonly #mayEmpty: boolean;

  constructor(session: Session, { target, exportRun, window, mayEmpty }: FinishOptions) {
    this.#session = session;
    this.#target = target;
    this.#exportRun = exportRun;
    this.#window = window;
    this.#mayEmpty = mayEmpty;
  }

  /** See `direct` of LoadOptions. */
  async direct(columns: readonly ExportColumn[], isNew: boolean): Promise<Direct | undefined> {
    const { definition, table } = this.#target;
    if (definition.mode === 'merge') return undefined;
    const time = windowColumn(definition, columns.filter(isInFile));
    if (isNew) await fitTable(this.#session, this.#target, [], columns);
    const deleted = isNew ? 0 : await this.#empty();
    if (time === undefined || this.#window === undefined) return { where: undefined, deleted };
    // A column of nothing but nulls so far is one of texts.
    const isEmpty = columns.some(({ name, kind }) => name === time && kind === 'unknown');
    const where = inWindow(`${quoteName(time)}${isEmpty ? '::timestamptz' : ''}`, this.#window);
    const present = await this.#session.query(`select 1 from ${table} where ${where} limit 1`);
    return present.length > 0 ? undefined : { where, deleted };
  }

  /** @throws DatabaseError, ConfigError, SchemaDriftError, TooFewRows */
  async apply(load: Load): Promise<LoadCounts> {
    const { definition, table } = this.#target;
    const { columns, copied, rows } = load;
    // Neither rows nor a table.
    if (columns.length === 0) return NOTHING_LOADED;
    const isNew = load.fitted.length === 0;
    this.#checkTexts(load);
    await this.checkWindow(load);
    // Rows that go need no other type.
    const deleted = load.direct?.deleted ?? (isNew ? 0 : await this.#empty());
    await fitTable(this.#session, this.#target, load.fitted, columns);
    // Missing columns are not null: rows that are read again keep their stored values there.
    const staged = columns.filter(({ name }) => load.staged.has(name) && load.brought.has(name));
    const time = staged.length === 0 ? undefined : windowColumn(definition, columns.filter(isInFile));
    if (definition.mode === 'merge') {
      const counts = staged.length === 0 ? NOTHING_LOADED : await this.#merge(load, staged, isNew);
      // All rows of one key but the last count as unchanged.
      const unchanged = rows - load.rejections.count - counts.inserted - counts.updated;
      return { ...counts, unchanged };
    }
    if (time !== undefined && this.#window !== undefined) await this.#rejectTimeless(load, time);
    let counts = NOTHING_LOADED;
    if (time !== undefined && this.#window !== undefined) {
      const { from, to } = this.#window;
      const later = await laterColumns(this.#session, this.#target);
      counts = await this.#counts(appendSql(table, staged, time, later), [this.#exportRun, from, to]);
    } else if (staged.length > 0) counts = await this.#counts(insertSql(table, staged), [this.#exportRun]);
    const inserted = copied + counts.inserted;
    const { bytes, rejections } = load;
    if (!this.#mayEmpty) checkRowsLeft({ definition, rows, inserted, deleted, bytes, rejections });
    return { ...counts, inserted, deleted };
  }

  /**
   * Rows of other days show that the control does not restrict the column. A day more or less is none of that: a control
   * may count in days, and in another zone.
   *
   * @throws ConfigError
   */
  async checkWindow(load: Load): Promise<void> {
    const { definition } = this.#target;
    if (this.#window === undefined || load.staged.size === 0) return;
    const time = windowColumn(definition, load.columns.filter(isInFile));
    if (time === undefined) return;
    const [stray] = await this.#session.query<{ at: string }>(
      `/* looking for rows of other times */
       select ${quoteName(time)}::text as at from ${TYPED}
        where ${quoteName(time)}::timestamptz < $1::timestamptz - interval '1 day'
           or ${quoteName(time)}::timestamptz > $2::timestamptz + interval '1 day' limit 1`,
      [this.#window.from, this.#window.to],
    );
    if (stray === undefined) return;
    const { control, column } = definition.window ?? {};
    throw new ConfigError(
      `The control ${JSON.stringify(control)} does not restrict ${JSON.stringify(column)}: Sigma sent rows of other times (${stray.at}).`,
      { advice: `Let the control target this column of the element, and publish the workbook.` },
    );
  }

  /**
   * Stored times and numbers have another text than the values that Sigma sends now, so rows that are read again
   * would not be recognised.
   */
  #checkTexts({ fitted, columns }: Load): void {
    const { mode, name, window, key } = this.#target.definition;
    const before = new Map(fitted.map((column) => [column.name, column]));
    const matters = (column: ExportColumn): boolean =>
      mode === 'append' ? window !== undefined : key.includes(column.label) || key.includes(column.name);
    const lost = columns.filter((column) => {
      const was = before.get(column.name);
      const isNewText = was !== undefined && was.sqlType !== column.sqlType && column.sqlType === 'text';
      return (
        isNewText && was.kind !== 'unknown' && !column.isDeclared && mode !== 'replace' && matters(column)
      );
    });
    if (lost.length === 0) return;
    const names = lost.map((column) => JSON.stringify(column.label)).join(', ');
    throw new SchemaDriftError(
      `Some values of ${names} no longer fit the type. As text, they would not match the stored rows.`,
      {
        advice: `Declare the type under exports.${name}.types: rows with other values are then rejected and named.`,
      },
    );
  }

  async #rejectTimeless(load: Load, time: string): Promise<void> {
    const [gone] = await this.#session.query<RejectedRows>(rejectSql(TYPED, `${quoteName(time)} is null`));
    const label = this.#target.definition.window?.column ?? time;
    if (gone !== undefined) load.rejections.addAll(gone, label, 'the row has no time, so it is in no window');
  }

  async #merge(load: Load, staged: readonly ExportColumn[], isNew: boolean): Promise<LoadCounts> {
    const { definition, table } = this.#target;
    await this.#session.query(MORE_MEMORY);
    const key = keyColumns(definition, staged);
    const keyless = key.map((name) => `${quoteName(name)} is null`).join(' or ');
    const [gone] = await this.#session.query<RejectedRows>(rejectSql(TYPED, keyless));
    if (gone !== undefined) load.rejections.addAll(gone, definition.key.join(', '), 'the row has no key');
    const [alike] = await this.#session.query<{ count: number }>(lastWinsSql(key));
    // A few are what Sigma shows twice; if most are, the key is none, and rows are lost by it.
    if (alike !== undefined && alike.count > load.rows / 2) {
      const label = definition.key.join(', ');
      load.drift.set('shared', { change: 'shared', column: key.join(', '), label, rows: alike.count });
    }
    // If there is nothing to compare with, a plain INSERT takes half the time.
    if (isNew) return this.#counts(insertSql(table, staged), [this.#exportRun]);
    try {
      return await this.#counts(mergeSql(table, staged, key), [this.#exportRun]);
    } catch (error) {
      if (sqlState(error) !== '42P10') throw error;
      throw new ConfigError(
        `The table ${this.#target.schema}.${definition.table} has no unique key of ${key.join(', ')}.`,
        {
          cause: error,
          advice: 'It was created with another key or mode: drop it, or set another table.',
        },
      );
    }
  }

  /** Deletes all rows of earlier runs; readers go on seeing them until the commit, whatever their isolation. */
  async #empty(): Promise<number> {
    const { definition, table, schema } = this.#target;
    if (definition.mode !== 'replace') return 0;
    if (!(await hasTable(this.#session, schema, definition.table))) return 0;
    const [gone] = await this.#session.query<{ deleted: number }>(
      `/* deleting the rows that are replaced */
       with gone as (delete from ${table} where _export_run <> $1 returning 1)
       select count(*)::integer as deleted from gone`,
      [this.#exportRun],
    );
    return gone?.deleted ?? 0;
  }

  async #counts(sql: string, parameters: readonly unknown[]): Promise<LoadCounts> {
    const [row] = await this.#session.query<Partial<Record<keyof LoadCounts, number>>>(sql, parameters);
    const { inserted = 0, updated = 0, unchanged = 0, deleted = 0 } = row ?? {};
    return { inserted, updated, unchanged, deleted };
  }
}

function isInFile({ missingSince }: ExportColumn): boolean {
  return missingSince === undefined;
}

function inWindow(name: string, { from, to }: TimeWindow): string {
  const at = (time: Date): string => `${quoteLiteral(time.toISOString())}::timestamptz`;
  return `${name} >= ${at(from)} and ${name} < ${at(to)}`;
}
