/** The staging table of texts, and the lines on their way into it. */
import type { Session } from '../../core/database/database.ts';
import { encodeLine } from '../../loaders/copy-text.ts';

/** Its name. */
export const TEXT = 'pg_temp.sigma_export_text';
/** Characters of a COPY, roughly. */
const COPY_CHARACTERS = 4 << 20;

/** Makes the table anew, with so many columns behind the number of the row. @throws DatabaseError */
export async function createTextTable(session: Session, columns: number): Promise<TextTable> {
  await session.query('drop table if exists pg_temp.sigma_export_text');
  await session.query(
    `create temp table sigma_export_text (_row_number bigint not null${textColumns(0, columns, '')}) on commit drop`,
  );
  return new TextTable(session, columns);
}

/** See the head of this file. Methods that wait throw DatabaseError. */
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

  /** Copies the lines into the table. */
  async flush(): Promise<void> {
    if (this.#lines.length === 0) return;
    const names = Array.from({ length: this.#columns }, (_, i) => `, c${i}`).join('');
    const text = this.#lines.join('');
    this.#lines = [];
    this.#characters = 0;
    await this.#session.copyIn(`${TEXT} (_row_number${names})`, [text]);
  }

  /** Adds columns behind the others. */
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
