/**
 * Pages of an export by `offset` overlap by a few rows. The documentation's example leaves open whether an offset counts
 * the rows left out or is the number of the first row, and the order of the rows may change between two requests: the
 * rows in common tell the former, and that the latter did not happen.
 */
import { ExportError } from '../../core/errors.ts';

/** Rows at the end of a page that are kept for the next one. */
export const KEPT_ROWS = 8;

/** The end of one page, looked for at the beginning of the next. */
export class Overlap {
  /** Rows that the next page must have again: all that are like the last one, lest it is unclear which one came. */
  readonly rows: number;
  readonly #last: string | undefined;
  readonly #beforeThem: string | undefined;
  #seen = 0;
  #expected: number;

  /** @param last the last rows of the page before, as many as are kept. @throws ExportError where all are alike */
  constructor(last: readonly string[]) {
    this.#last = last.at(-1);
    const different = last.findLastIndex((row) => row !== this.#last);
    this.rows = last.length - 1 - different;
    this.#expected = this.rows;
    this.#beforeThem = last[different];
    if (different >= 0 || last.length < 2) return;
    throw new ExportError('The last rows of a page are all alike: rows could be lost or doubled.', ADVICE);
  }

  /** Rows left out because the page before had them. */
  get leftOut(): number {
    return this.#seen;
  }

  /** Asked of the rows of the page in turn: true = the page before had it. @throws ExportError */
  leaveOut(row: string): boolean {
    if (this.#expected === 0) return false;
    if (row === this.#last) this.#expected--;
    else if (this.#seen > 0 || row !== this.#beforeThem) throw shifted();
    this.#seen++;
    return true;
  }

  /** @throws ExportError where the page did not have the rows in common */
  check(): void {
    if (this.#expected > 0) throw shifted();
  }
}

const ADVICE = {
  advice:
    'Nothing was loaded. Sort the element in Sigma by a unique column, or export it in windows of a date control.',
};

function shifted(): ExportError {
  const message = 'The order of the rows changed between two pages of the export: rows could be lost.';
  return new ExportError(message, ADVICE);
}
