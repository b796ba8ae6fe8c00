/**
 * Loads the files of one window (or of one whole export) within one transaction. There are two ways for a file. The
 * fast one sends the bytes of a CSV on to COPY while its cells are looked at; where anything does not surely fit, that
 * is undone, and the file is read again cell by cell into a staging table of texts, from which the types follow.
 */
import { quoteName, type Session } from '../../core/database/database.ts';
import { NetworkError } from '../../core/errors.ts';
import type { Download } from '../../sigma/export-result.ts';
import { byteCheck } from '../read/byte-checks.ts';
import { type ColumnPlan, type Drift, type ExportColumn, planColumns } from '../decide/columns.ts';
import { type CsvHead, readCsvHead } from '../read/csv-head.ts';
import { CsvRecords, NotFit } from '../read/csv-records.ts';
import { csvFileRows, type FileRows, jsonFileRows } from '../read/file-rows.ts';
import { ExportFormatError } from '../read/format-error.ts';
import type { JsonRow } from '../read/json-rows.ts';
import { hiderOf, hidesSome, requireHidden, ruleOf } from '../decide/hidden-columns.ts';
import type { Kind } from '../decide/kinds.ts';
import type { Hash } from '../../loaders/privacy/mask.ts';
import type { Overlap } from '../read/overlap.ts';
import type { OpenFile } from '../read/source.ts';
import { Rejections } from './rejections.ts';
import { castStaged, ensureTyped, isDataError, RawAgain, stageText, TYPED } from './stage.ts';
import type { Target } from './target.ts';

/** A file to load. */
export interface SourceFile {
  /** Opens it, as often as it must be read. */
  open(): Promise<OpenFile>;
  /** Of a page after the first: where it begins anew. A fresh one for each reading. */
  overlap(): Overlap | undefined;
}

/** What was read of a file. */
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
  /** Told after each piece of a download. */
  progress(): void;
}

/** True of a record that the page before had as well. */
type LeaveOut = ((record: Buffer) => boolean) | undefined;

/** Readings of one file before a connection that breaks is a failure. */
const MOST_READINGS = 5;

/** A load under way. Its rows are staged, or in the table already; `finish.ts` brings the former there. */
export class Load {
  readonly drift = new Map<string, Drift>();
  readonly rejections = new Rejections();
  /** Columns as the files want them. */
  columns: readonly ExportColumn[];
  /** Columns as the table has them; none where there is no table. */
  fitted: readonly ExportColumn[];
  bytes = 0;
  /** Rows read, rejected ones included. */
  rows = 0;
  /** Rows copied right into the table. */
  copied = 0;
  /** How; undefined = none were. */
  direct: Direct | undefined;
  /** Columns of the staging table by name, with their types; empty = nothing was staged. */
  staged: ReadonlyMap<string, string> = new Map();
  /** Names of the columns that some file had. */
  readonly brought = new Set<string>();
  readonly #session: Session;
  readonly #options: LoadOptions;

  constructor(session: Session, options: LoadOptions) {
    this.#session = session;
    this.#options = options;
    this.columns = options.known;
    this.fitted = options.known;
  }

  /** Loads a file. @throws what the file, the database or the policy objects to; ends the transaction */
  async file(file: SourceFile): Promise<FileResult> {
    const raw = new Set<number>();
    // What hides cells must see them.
    let isSlow = hidesSome(this.#options.target.definition);
    for (let reading = 1; ; ) {
      const { columns, fitted, copied, direct, staged } = this;
      const rejections = new Rejections();
      await this.#session.query('savepoint file');
      try {
        const result = await this.#read(file, isSlow, raw, rejections);
        this.rows += result.rows;
        this.rejections.addFrom(rejections);
        return result;
      } catch (error) {
        if (error instanceof NetworkError || (error instanceof ExportFormatError && error.cutShort)) {
          if (reading++ === MOST_READINGS) throw error;
        } else if (error instanceof RawAgain) for (const column of error.columns) raw.add(column);
        else if (!isSlow && (error instanceof NotFit || isDataError(error))) isSlow = true;
        else throw error;
        await this.#session.query('rollback to savepoint file');
        Object.assign(this, { columns, fitted, copied, direct, staged });
      }
    }
  }

  async #read(
    file: SourceFile,
    isSlow: boolean,
    raw: ReadonlySet<number>,
    rejections: Rejections,
  ): Promise<FileResult> {
    const { download, format, isSubstitute } = await file.open();
    const overlap = file.overlap();
    const chunks = this.#counted(download);
    try {
      if (format === 'json') {
        const leaveOut = (row: JsonRow): boolean => overlap?.leaveOut(JSON.stringify(row.cells)) === true;
        const file = jsonFileRows(chunks, this.#nextNumber, leaveOut, isSubstitute);
        const rows = await this.#stage(file, raw, rejections);
        overlap?.check();
        const last = file.last.map((row) => JSON.stringify(row.cells));
        return { rows, leftOut: overlap?.leftOut ?? 0, last };
      }
      const leaveOut: LeaveOut = overlap && ((record) => overlap.leaveOut(record.toString('latin1')));
      const head = await readCsvHead(chunks);
      const plan = isSlow || head.labels.length === 0 ? undefined : this.#plan(head.labels, head.kinds);
      const isFast = plan?.file.every((column) => column !== undefined && column.kind !== 'formatted');
      const records =
        plan !== undefined && isFast === true
          ? await this.#copy(head, plan, leaveOut)
          : await this.#stageCsv(head, leaveOut, raw, rejections);
      overlap?.check();
      return {
        rows: records.nextNumber - this.#nextNumber,
        leftOut: (overlap?.leftOut ?? 0) + records.blanks,
        last: records.last.map((record) => record.toString('latin1')),
      };
    } finally {
      download.cancel();
    }
  }

  /** The fast way. @throws NotFit, or DatabaseError where Postgres refuses a value */
  async #copy(head: CsvHead, plan: ColumnPlan, leaveOut: LeaveOut): Promise<CsvRecords> {
    const columns = plan.file.filter((column) => column !== undefined);
    const direct = this.staged.size === 0 ? await this.#direct(plan) : undefined;
    this.#accept(plan);
    if (direct === undefined) this.staged = await ensureTyped(this.#session, this.staged, this.columns);
    const records = new CsvRecords({
      checks: columns.map(({ kind, isDeclared }) => (isDeclared ? undefined : byteCheck(kind))),
      crlf: head.crlf,
      prefix: direct === undefined ? '' : `${this.#options.exportRun},`,
      firstNumber: this.#nextNumber,
      leaveOut,
      blankIsRow: columns.length === 1,
    });
    const names = columns.map(({ name }) => quoteName(name)).join(', ');
    const into =
      direct === undefined
        ? `${TYPED} (_row_number, ${names})`
        : `${this.#options.target.table} (_export_run, _row_number, ${names})`;
    const copy = { into, options: 'format csv', where: direct?.where };
    const copied = await this.#session.copyFrom(copy, blocks(head.rest, records));
    if (direct === undefined) return records;
    // Rows without a time, or of another one, are counted and told where they are staged.
    const left = records.nextNumber - this.#nextNumber - copied;
    if (left > 0) throw new NotFit(this.#nextNumber, undefined, `${left} rows are not in the window`);
    this.copied += copied;
    return records;
  }

  /** Rows may go right into the table where nothing about it must change first. */
  async #direct(plan: ColumnPlan): Promise<Direct | undefined> {
    const isNew = this.fitted.length === 0;
    if (!isNew && !isSame(this.fitted, plan.table)) return undefined;
    // What holds for the first page holds for all that have its columns.
    if (this.direct !== undefined && plan.drift.length > 0) return undefined;
    this.direct ??= await this.#options.direct(plan.table, isNew);
    if (this.direct !== undefined) this.fitted = plan.table;
    return this.direct;
  }

  async #stageCsv(
    head: CsvHead,
    leaveOut: LeaveOut,
    raw: ReadonlySet<number>,
    rejections: Rejections,
  ): Promise<CsvRecords> {
    const rows = csvFileRows(head, this.#nextNumber, leaveOut);
    await this.#stage(rows, raw, rejections);
    return rows.records;
  }

  /** The slow way. */
  async #stage(rows: FileRows, raw: ReadonlySet<number>, rejections: Rejections): Promise<number> {
    const { hash, target } = this.#options;
    const { definition } = target;
    const isFrozen = definition.schema === 'freeze' && this.#options.known.length > 0;
    const isFixed = ({ isDeclared }: ExportColumn): boolean => isDeclared || isFrozen;
    const staged = await stageText(
      this.#session,
      rows,
      {
        // Labels of JSON turn up one by one: whether they are what the policy wants is seen at the end.
        columnsOf: (labels) => this.#plan(labels, [], isFrozen ? 'freeze' : 'evolve').file,
        // A column without values so far is one of texts.
        keptKind: ({ kind }) => (isFrozen ? (kind === 'unknown' ? 'text' : kind) : undefined),
        hiderOf: (label, column) => hiderOf(ruleOf(definition, label, column?.name), hash),
        raw,
      },
      rejections,
    );
    // JSON of no rows says nothing about columns, and so does a CSV of no bytes.
    if (staged.labels.length === 0) return staged.rows;
    let kinds = staged.kinds;
    requireHidden(definition, this.#plan(staged.labels, kinds, 'evolve').table);
    for (;;) {
      const plan = this.#plan(staged.labels, kinds);
      const typed = await ensureTyped(this.#session, this.staged, plan.table);
      this.staged = typed;
      const texts = await castStaged(
        this.#session,
        plan.file,
        { castable: this.#options.castable, isFixed },
        rejections,
      );
      if (texts.length === 0) {
        this.#accept(plan);
        return staged.rows;
      }
      kinds = staged.labels.map((_, i) => (texts.includes(i) ? 'text' : (kinds[i] ?? 'unknown')));
    }
  }

  #plan(
    labels: readonly string[],
    kinds: readonly Kind[],
    policy = this.#options.target.definition.schema,
  ): ColumnPlan {
    const { types } = this.#options.target.definition;
    return planColumns({ known: this.columns, labels, kinds, types, policy, now: this.#options.now });
  }

  #accept(plan: ColumnPlan): void {
    this.columns = plan.table;
    for (const column of plan.file) if (column !== undefined) this.brought.add(column.name);
    for (const drift of plan.drift) this.drift.set(`${drift.change} ${drift.column}`, drift);
  }

  get #nextNumber(): number {
    return this.#options.firstNumber + this.rows;
  }

  async *#counted(download: Download): AsyncGenerator<Buffer> {
    for await (const chunk of download.chunks) {
      this.bytes += chunk.length;
      this.#options.progress();
      yield chunk;
    }
  }
}

function isSame(table: readonly ExportColumn[], wanted: readonly ExportColumn[]): boolean {
  const types = new Map(table.map(({ name, sqlType }) => [name, sqlType]));
  return wanted.every(({ name, sqlType }) => types.get(name) === sqlType);
}

async function* blocks(chunks: AsyncIterable<Buffer>, records: CsvRecords): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield* records.push(chunk);
  yield* records.end();
}
