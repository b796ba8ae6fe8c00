/** Input of a load, and its result for each file. */

import type { Hash } from '../../loaders/privacy/mask.ts';
import type { ExportColumn } from '../decide/columns.ts';
import type { ListedColumn } from '../decide/same-label.ts';
import type { Overlap } from '../read/overlap.ts';
import type { OpenFile } from '../read/source.ts';
import type { Target } from './target.ts';

/** A file to load. */
export interface SourceFile {
  /** Opens it, as often as it must be read. */
  open(): Promise<OpenFile>;
  /** The beginning of a page after the first. A fresh one for each reading. */
  overlap(): Overlap | undefined;
}

/** The result of reading a file. */
export interface FileResult {
  /** Rows that no page before had. */
  readonly rows: number;
  /** Rows that the page before had as well, and blank lines at the end that may be rows. */
  readonly leftOut: number;
  /** The last rows, for the overlap of the next page. */
  readonly last: readonly string[];
}

/** Rows may be copied right into the table. */
export interface Direct {
  /** Condition for a row to be kept; undefined = all are. */
  readonly where: string | undefined;
  /** Rows that were deleted to make room. */
  readonly deleted: number;
}

export interface LoadOptions {
  readonly target: Target;
  /** Columns of the table; none where there is no table yet. */
  readonly known: readonly ExportColumn[];
  readonly exportRun: string;
  readonly firstNumber: number;
  /** SQL name of the function that tells whether a type takes a text. */
  readonly castable: string;
  /**
   * Asked before rows are copied right into the table, which must have these columns afterwards; `isNew`: there is none.
   * Undefined = they must be staged first.
   */
  direct(columns: readonly ExportColumn[], isNew: boolean): Promise<Direct | undefined>;
  readonly now: Date;
  /** Makes the hashes of hidden columns. */
  readonly hash?: Hash | undefined;
  /** The columns as the API lists them; undefined where it does not. */
  listed(): Promise<readonly ListedColumn[] | undefined>;
  /** Called after each piece of a download. */
  progress(): void;
}
