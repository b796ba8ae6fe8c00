/** Stages the cells of a file, and gathers their evidence about the columns. */
import type { ExportColumn } from '../decide/columns.ts';
import type { DeclaredReader } from '../decide/declared.ts';
import type { HideCell } from '../decide/hidden-columns.ts';
import { fits, joined, type Kind, unformatted } from '../decide/kinds.ts';
import { Observer, type Told } from '../decide/observer.ts';
import type { FileRow, FileRows, Flaw } from '../read/file-rows.ts';
import type { ColumnReaders } from './column-readers.ts';
import { type SeenDecimals, seenDecimals } from './decimal-doubts.ts';

/** Known facts about the columns of a file while it is staged. */
export interface StageOptions {
  /** The columns of the table by their place in a file with these labels; undefined = left out. */
  columnsOf(labels: readonly string[]): readonly (ExportColumn | undefined)[];
  /** Kind that a column must keep: what does not fit it is rejected with its row; undefined where it may widen. */
  keptKind(column: ExportColumn): Kind | undefined;
  readonly readers: ColumnReaders;
  /** Kinds that columns are known to have, whatever their first values look like. */
  readonly begin: ReadonlyMap<number, Kind>;
  /** The function that hides the cells of a column; undefined if they are kept as they are. */
  hiderOf?(label: string, column: ExportColumn | undefined): HideCell | undefined;
}

/** A column and how it is read. */
interface Reading {
  readonly column: ExportColumn | undefined;
  readonly kept: Kind | undefined;
  readonly reader: DeclaredReader | undefined;
  readonly hide: HideCell | undefined;
}

export class StagedCells {
  /** Columns that were staged as what they turned out not to be; all such are found in one reading. */
  readonly again = new Map<number, Kind>();
  readonly #file: FileRows;
  readonly #options: StageOptions;
  readonly #seen: Observer;
  readonly #normalized = new Set<number>();
  #columns: readonly Reading[] = [];
  #begun = 0;

  constructor(file: FileRows, options: StageOptions) {
    this.#file = file;
    this.#options = options;
    this.#seen = new Observer([], options.readers.decimal);
    this.readLabels();
  }

  /** Kinds of the columns, once the file was read. */
  kinds(): Kind[] {
    const kinds = this.#seen.kinds(this.#columns.length);
    for (const [i, kind] of kinds.entries()) {
      const isTaken = this.#columns[i]?.column?.isDeclared !== false || this.#beginning(i) === kind;
      if (kind === 'formatted' && this.#seen.isDoubtful(i) && !isTaken) this.again.set(i, kind);
    }
    return kinds;
  }

  /** The evidence about the decimal mark, by column name. */
  decimals(): readonly SeenDecimals[] {
    return seenDecimals(
      this.#columns.map(({ column }) => column),
      this.#seen,
    );
  }

  /** Finds the columns of the labels that the file has by now. */
  readLabels(): void {
    const { columnsOf, keptKind, hiderOf, readers } = this.#options;
    this.#columns = columnsOf(this.#file.labels).map((column, i) => ({
      column,
      kept: column === undefined ? undefined : keptKind(column),
      reader: column === undefined ? undefined : readers.readerOf(column),
      hide: hiderOf?.(this.#file.labels[i] ?? '', column),
    }));
    for (; this.#begun < this.#columns.length; this.#begun++)
      this.#seen.begin(this.#begun, this.#beginning(this.#begun));
  }

  /** The kind that a column has before its cells were seen. */
  #beginning(i: number): Kind {
    const { column, kept } = this.#columns[i] ?? {};
    if (kept === 'text') return 'text';
    return joined(column?.kind ?? 'unknown', this.#options.begin.get(i) ?? 'unknown');
  }

  /** The number of a row and its first cells as they are staged, or why the row must be rejected. */
  lineOf(row: FileRow, columns: number): readonly (string | null)[] | Flaw {
    const cells: (string | null)[] = [String(row.number)];
    let misfit = -1;
    for (let i = 0; i < columns; i++) {
      const text = row.cells[i] ?? null;
      const told = row.told?.[i];
      if (text === null || (text === '' && told !== 'string')) cells.push(null);
      else {
        const hide = this.#columns[i]?.hide;
        const kept = hide === undefined ? text : hide(text);
        const cell = kept === null ? null : this.#staged(i, kept, hide === undefined ? told : 'string');
        if (cell === undefined) misfit = i;
        cells.push(cell ?? null);
      }
    }
    if (misfit < 0) return cells;
    const { kept, reader } = this.#columns[misfit] ?? {};
    const reason = reader?.reason ?? `the value does not fit ${kept}, and the table may not change`;
    return { column: misfit, reason };
  }

  /** The cell as it is staged; undefined where the row must be rejected for it. */
  #staged(i: number, text: string, told: Told): string | undefined {
    const { column, kept, reader } = this.#columns[i] ?? {};
    if (column === undefined) return text;
    if (column.isDeclared) return this.#declared(i, reader, text, told);
    const { decimal } = this.#options.readers;
    if (kept !== undefined) {
      const isFit = told === 'number' ? fits(kept, text) || isNumeric(kept) : fits(kept, text, decimal);
      if (kept === 'formatted' && told === undefined) {
        const plain = unformatted(text, decimal);
        return isFit || plain !== text ? plain : undefined;
      }
      return isFit ? text : undefined;
    }
    this.#seen.see(i, text, told);
    const kind = this.#seen.soFar(i);
    if (kind === 'text' && this.#normalized.has(i)) this.again.set(i, kind);
    if (kind !== 'formatted' || told !== undefined) return text;
    const plain = unformatted(text, decimal);
    if (plain !== text) this.#normalized.add(i);
    return plain;
  }

  #declared(i: number, reader: DeclaredReader | undefined, text: string, told: Told): string | undefined {
    if (reader === undefined || told === 'number') return text;
    // A string of JSON is no formatted number.
    if (reader.isNumber !== true) return reader.read(text);
    if (told !== undefined) return text;
    this.#seen.seeDeclared(i, text);
    return reader.read(text);
  }
}

function isNumeric(kind: Kind): boolean {
  return kind === 'numeric' || kind === 'formatted';
}
