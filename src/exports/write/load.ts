/**
 * Loads the files of one window (or of one whole export) within one transaction. There are two ways for a file. The
 * fast one sends the bytes of a CSV on to COPY while its cells are looked at; where anything does not surely fit, that
 * is undone, and the file is read again cell by cell into a staging table of texts, from which the types follow.
 */
import { quoteName, type Session } from '../../core/database/database.ts';
import { NetworkError } from '../../core/errors.ts';
import type { Download } from '../../sigma/export-result.ts';
import {
  type ColumnPlan,
  checkRelated,
  type Drift,
  type ExportColumn,
  planColumns,
} from '../decide/columns.ts';
import { hiderOf, hidesSome, requireHidden, ruleOf } from '../decide/hidden-columns.ts';
import type { Kind } from '../decide/kinds.ts';
import { arrange, type ListedColumn, repeated } from '../decide/same-label.ts';
import { type CsvHead, readCsvHead } from '../read/csv-head.ts';
import { CsvRecords, NotFit } from '../read/csv-records.ts';
import { csvFileRows, type FileRows, jsonFileRows } from '../read/file-rows.ts';
import { ExportFormatError } from '../read/format-error.ts';
import type { JsonRow } from '../read/json-rows.ts';
import { type ColumnReaders, columnReaders } from './column-readers.ts';
import { DecimalDoubts, seenDecimals } from './decimal-doubts.ts';
import type { Direct, FileResult, LoadOptions, SourceFile } from './load-types.ts';
import { Rejections } from './rejections.ts';
import { castStaged, ensureTyped, isDataError, ReadAgain, stageText, TYPED } from './stage.ts';
import { hasTypes } from './target.ts';

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
  /** The direct way in use; undefined = rows were staged. */
  direct: Direct | undefined;
  /** Columns of the staging table by name, with their types; empty = nothing was staged. */
  staged: ReadonlyMap<string, string> = new Map();
  /** Names of the columns that some file had. */
  readonly brought = new Set<string>();
  readonly #decimals: DecimalDoubts;
  readonly #warnings = new Set<string>();
  /** The columns as the API lists them, once labels did not tell them apart. */
  #listed: readonly ListedColumn[] | undefined;
  #isIdentified = false;
  readonly #readers: ColumnReaders;
  readonly #session: Session;
  readonly #options: LoadOptions;

  constructor(session: Session, options: LoadOptions) {
    this.#session = session;
    this.#options = options;
    this.#readers = columnReaders(options.target.definition);
    this.#decimals = new DecimalDoubts(this.#readers.decimal);
    this.columns = options.known;
    this.fitted = options.known;
  }

  /** Columns whose data may not be what it seems, a sentence each. */
  warnings(): readonly string[] {
    return [...this.#warnings, ...this.#decimals.warnings()];
  }

  /** Loads a file. @throws what the file, the database or the policy objects to; ends the transaction */
  async file(file: SourceFile): Promise<FileResult> {
    const begin = new Map<number, Kind>();
    // Rules that hide cells must see them.
    let isSlow = hidesSome(this.#options.target.definition);
    for (let reading = 1; ; ) {
      const { columns, fitted, copied, direct, staged } = this;
      const rejections = new Rejections();
      await this.#session.query('savepoint file');
      try {
        const result = await this.#read(file, isSlow, begin, rejections);
        this.rows += result.rows;
        this.rejections.addFrom(rejections);
        return result;
      } catch (error) {
        if (error instanceof NetworkError || (error instanceof ExportFormatError && error.cutShort)) {
          if (reading++ === MOST_READINGS) throw error;
        } else if (error instanceof ReadAgain)
          for (const [column, kind] of error.kinds) begin.set(column, kind);
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
    begin: ReadonlyMap<number, Kind>,
    rejections: Rejections,
  ): Promise<FileResult> {
    const { download, format, isSubstitute } = await file.open();
    const overlap = file.overlap();
    const chunks = this.#counted(download);
    try {
      if (format === 'json') {
        const leaveOut = (row: JsonRow): boolean => overlap?.leaveOut(JSON.stringify(row.cells)) === true;
        const file = jsonFileRows(chunks, this.#nextNumber, leaveOut, isSubstitute);
        const rows = await this.#stage(file, begin, rejections);
        overlap?.check();
        const last = file.last.map((row) => JSON.stringify(row.cells));
        return { rows, leftOut: overlap?.leftOut ?? 0, last };
      }
      const leaveOut: LeaveOut = overlap && ((record) => overlap.leaveOut(record.toString('latin1')));
      const head = await readCsvHead(chunks, this.#readers.decimal);
      await this.#identify(head.labels);
      // If a value may be a number or a code, the other values of the whole file decide.
      const hasNoPlan = isSlow || head.isDoubtful || head.labels.length === 0;
      const plan = hasNoPlan ? undefined : this.#plan(head.labels, head.kinds);
      const isFast = plan?.file.every((column) => column !== undefined && !this.#readers.needsText(column));
      const records =
        plan !== undefined && isFast === true
          ? await this.#copy(head, plan, leaveOut)
          : await this.#stageCsv(head, leaveOut, begin, rejections);
      overlap?.check();
      this.#decimals.addTexts(head.decimalCommas, this.columns);
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
    this.#accept(plan, head.labels);
    if (direct === undefined) this.staged = await ensureTyped(this.#session, this.staged, this.columns);
    const records = new CsvRecords({
      checks: columns.map((column) => this.#readers.checkOf(column)),
      crlf: true,
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
    if (direct === undefined) {
      this.#noteDecimals(columns, head);
      return records;
    }
    // Rows without a time, or of another one, are counted and reported where they are staged.
    const left = records.nextNumber - this.#nextNumber - copied;
    if (left > 0) throw new NotFit(this.#nextNumber, undefined, `${left} rows are not in the window`);
    this.copied += copied;
    this.#noteDecimals(columns, head);
    return records;
  }

  #noteDecimals(columns: readonly ExportColumn[], { seen }: CsvHead): void {
    const known = new Map(this.#options.known.map((column) => [column.name, column]));
    const before = columns.map((column) => known.get(column.name) ?? { ...column, kind: 'unknown' as const });
    this.#decimals.add(seenDecimals(before, seen));
  }

  /** Rows may go right into the table where nothing about it must change first. */
  async #direct(plan: ColumnPlan): Promise<Direct | undefined> {
    const isNew = this.fitted.length === 0;
    if (!isNew && !hasTypes(this.fitted, plan.table)) return undefined;
    // The plan of the first page holds for all pages with its columns.
    if (this.direct !== undefined && plan.drift.length > 0) return undefined;
    this.direct ??= await this.#options.direct(plan.table, isNew);
    if (this.direct !== undefined) this.fitted = plan.table;
    return this.direct;
  }

  async #stageCsv(
    head: CsvHead,
    leaveOut: LeaveOut,
    begin: ReadonlyMap<number, Kind>,
    rejections: Rejections,
  ): Promise<CsvRecords> {
    const rows = csvFileRows(head, this.#nextNumber, leaveOut);
    await this.#stage(rows, begin, rejections);
    return rows.records;
  }

  /** The slow way. */
  async #stage(rows: FileRows, begin: ReadonlyMap<number, Kind>, rejections: Rejections): Promise<number> {
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
        readers: this.#readers,
        begin,
        hiderOf: (label, column) => hiderOf(ruleOf(definition, label, column?.name), hash),
      },
      rejections,
    );
    // Labels of JSON are known now: their columns may be others than they seemed.
    if (await this.#identify(staged.labels)) throw new ReadAgain(new Map());
    this.#decimals.add(staged.decimals);
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
        this.#accept(plan, staged.labels);
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
    const { known, ids } = arrange(this.columns, labels, this.#listed);
    return planColumns({ known, labels, ids, kinds, types, policy, now: this.#options.now });
  }

  /** Asks for the ids of columns where labels do not tell them apart; true where that was done now. */
  async #identify(labels: readonly string[]): Promise<boolean> {
    const before = this.#options.known.map(({ label }) => label);
    const areApart = repeated(labels).size === 0 && repeated(before).size === 0;
    if (areApart || before.length === 0 || this.#isIdentified) return false;
    this.#listed = await this.#options.listed();
    this.#isIdentified = true;
    return true;
  }

  #accept(plan: ColumnPlan, labels: readonly string[]): void {
    const { moved, untold } = arrange(this.columns, labels, this.#listed);
    for (const { name, label } of moved)
      this.drift.set(`moved ${name}`, { change: 'moved', column: name, label });
    for (const label of untold)
      this.#warnings.add(
        `only their order tells the columns called ${JSON.stringify(label)} apart, as Sigma gives no ids of them`,
      );
    checkRelated(this.columns, plan);
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

async function* blocks(chunks: AsyncIterable<Buffer>, records: CsvRecords): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield* records.push(chunk);
  yield* records.end();
}
