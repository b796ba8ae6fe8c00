/**
 * Pages of an export by `offset` overlap by a row. The documentation's example leaves open whether an offset counts the
 * rows left out or is the number of the first row, and the order of the rows may change between two requests: the row
 * in common tells the former, and that the latter did not happen.
 */
import { ExportError } from '../errors.ts';

/** The end of one page, looked for at the beginning of the next. */
export class Overlap {
  readonly #last: readonly string[];
  #seen = 0;
  #isOver = false;

  /** @param last the last two rows of the page before, or its only one. */
  constructor(last: readonly string[]) {
    this.#last = last;
  }

  /** Rows left out because the page before had them. */
  get leftOut(): number {
    return this.#seen;
  }

  /** Asked of the rows of the page in turn: true = the page before had it. @throws ExportError */
  leaveOut(row: string): boolean {
    if (this.#isOver) return false;
    const last = this.#last.at(-1);
    const beforeLast = this.#last.at(-2);
    this.#seen++;
    if (row === last) {
      this.#isOver = true;
      return true;
    }
    if (this.#seen === 1 && row === beforeLast) return true;
    throw shifted();
  }

  /** @throws ExportError where the page did not have the row in common */
  check(): void {
    if (!this.#isOver) throw shifted();
  }
}

function shifted(): ExportError {
  return new ExportError(
    'The order of the rows changed between two pages of the export: rows could be lost.',
    {
      advice:
        'Nothing was loaded. Sort the element in Sigma by a unique column, or export it in windows of a date control.',
    },
  );
}
