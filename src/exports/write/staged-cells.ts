/** What is staged of each cell of a file, and what the cells tell of their columns. */
import type { ExportColumn } from '../decide/columns.ts';
import { fits, type Kind, type Observer, observer, unformatted } from '../decide/kinds.ts';
import type { HideCell } from '../decide/hidden-columns.ts';
import type { FileRow, FileRows, Flaw } from '../read/file-rows.ts';

/** What is known of the columns of a file while it is staged. */
export interface StageOptions {
  /**
   * The columns of the table by their place in a file with these labels; undefined = left out. Of one whose type is
   * declared, the cast tells what does not fit.
   */
  columnsOf(labels: readonly string[]): readonly (ExportColumn | undefined)[];
  /** Kind that a column must keep: what does not fit it is rejected with its row; undefined where it may widen. */
  keptKind(column: ExportColumn): Kind | undefined;
  /** What hides the cells of a column; undefined where they are kept as they are. */
  hiderOf?(label: string, column: ExportColumn | undefined): HideCell | undefined;
  /** Columns known to hold texts, whatever their first values look like. */
  readonly raw: ReadonlySet<number>;
}

export class StagedCells {
  /** Columns of texts of which formatted numbers were staged as plain ones; all such are found in one reading. */
  readonly again = new Set<number>();
  readonly #file: FileRows;
  readonly #options: StageOptions;
  readonly #kinds: Kind[] = [];
  readonly #seen: Observer = observer(this.#kinds);
  readonly #normalized = new Set<number>();
  #known: readonly (ExportColumn | undefined)[] = [];
  #kept: readonly (Kind | undefined)[] = [];
  #hiders: readonly (HideCell | undefined)[] = [];

  constructor(file: FileRows, options: StageOptions) {
    this.#file = file;
    this.#options = options;
    this.readLabels();
  }

  /** Kinds of the columns, as far as the file was read. */
  get kinds(): readonly Kind[] {
    return this.#kinds;
  }

  /** Finds the columns of the labels that the file has by now. */
  readLabels(): void {
    const { columnsOf, keptKind, hiderOf, raw } = this.#options;
    this.#known = columnsOf(this.#file.labels);
    this.#kept = this.#known.map((column) => (column === undefined ? undefined : keptKind(column)));
    this.#hiders = this.#file.labels.map((label, i) => hiderOf?.(label, this.#known[i]));
    for (let i = this.#kinds.length; i < this.#known.length; i++)
      this.#kinds[i] = raw.has(i) || this.#kept[i] === 'text' ? 'text' : (this.#known[i]?.kind ?? 'unknown');
  }

  /** The number of a row and its first cells as they are staged, or why the row must be rejected. */
  lineOf(row: FileRow, columns: number): readonly (string | null)[] | Flaw {
    const cells: (string | null)[] = [String(row.number)];
    let misfit = -1;
    for (let i = 0; i < columns; i++) {
      const text = row.cells[i] ?? null;
      if (text === null || (text === '' && row.strings === undefined)) cells.push(null);
      else {
        const hide = this.#hiders[i];
        const kept = hide === undefined ? text : hide(text);
        const isString = hide !== undefined || row.strings?.[i] === true;
        const cell = kept === null ? null : this.#staged(i, kept, isString);
        if (cell === undefined) misfit = i;
        cells.push(cell ?? null);
      }
    }
    if (misfit < 0) return cells;
    const reason = `the value does not fit ${this.#kept[misfit]}, and the table may not change`;
    return { column: misfit, reason };
  }

  /** The cell as it is staged; undefined where the row must be rejected for it. */
  #staged(i: number, text: string, isString: boolean): string | undefined {
    const column = this.#known[i];
    if (column === undefined) return text;
    if (column.isDeclared) return !isString && isNumber(column.sqlType) ? unformatted(text) : text;
    const keep = this.#kept[i];
    if (keep !== undefined) {
      if (!fits(keep, text)) return undefined;
      return keep === 'formatted' ? unformatted(text) : text;
    }
    this.#seen.see(i, text, isString);
    const kind = this.#kinds[i];
    if (kind === 'text' && this.#normalized.has(i)) this.again.add(i);
    if (kind !== 'formatted') return text;
    const plain = unformatted(text);
    if (plain !== text) this.#normalized.add(i);
    return plain;
  }
}

function isNumber(sqlType: string): boolean {
  return /^(?:numeric|decimal|real|double|float|bigint|int|smallint)(?!.*\[)/i.test(sqlType);
}
