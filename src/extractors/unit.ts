/** A unit of work and what comes out of it. Units are plain data, so that any executor on any machine can run one. */

/** One stream × partition: everything needed to extract it again, and idempotent when it is. */
export interface Unit {
  readonly stream: string;
  /** Unique in the stream; empty for a root listing. `team:…` where a stream has several kinds. */
  readonly partition: string;
  /** Kind of partition, `root` for a root listing. */
  readonly kind: string;
  /** The parent's value that names the partition; empty for a root listing. */
  readonly value: string;
  /** Parameters for path and query. */
  readonly params: Readonly<Record<string, string>>;
  /** The parent's change signal as it was when planned: the cursor to commit with the rows. */
  readonly signal: string | undefined;
  /** Read only for these values of the `forEach` parameter, which were in doubt; the others' rows stay as they are. */
  readonly only?: readonly string[];
}

/** The partition of a root listing. */
export const ROOT_PARTITION = '';

/** A cell as it is copied into a column: null, or the text Postgres reads. */
export type Cell = string | null;

/** A validated entry, in the order of the stream's columns. */
export interface ExtractedRow {
  readonly cells: readonly Cell[];
  /** The entry as received, as JSON text. */
  readonly raw: string;
}

/** The rows of one page. */
export interface Batch {
  readonly rows: readonly ExtractedRow[];
}

/** Completeness of a finished extraction. */
export interface ExtractSummary {
  readonly pages: number;
  /**
   * True where no entry can have been missed for having moved meanwhile, from one page to another or from one listing
   * to another: each listing came in one page, and agrees with its total.
   */
  readonly atOnce: boolean;
  /** Entries left out because a key field was missing. */
  readonly rejected: number;
  /** Entries that stand for what the credentials may not read. */
  readonly hidden?: number;
  /** Values of the `forEach` parameter whose entries could not be read: what is stored of them stays. */
  readonly kept?: readonly string[];
  /** Those among them that are asked again: rights may come back, and the API may have been in trouble. */
  readonly doubtful?: readonly string[];
  /** Number of listings requested, and the number that failed the way they do where there is nothing to list. */
  readonly listings?: number;
  readonly failing?: number;
}

/** The summary of a unit of which nothing was read. */
export const NOTHING_READ: ExtractSummary = { pages: 0, rejected: 0, atOnce: false };
