/**
 * The staging table of a stream in one run. A unit that spills makes it for the length of the run; else a commit makes it, and
 * the last one drops it again, in its own transaction.
 */
import type { Database, Session } from '../core/database/database.ts';
import type { MergeSql } from './merge-sql.ts';

/** The destination of a stream's rows. */
interface StagingOptions {
  readonly database: Database;
}

interface StagedUnit {
  readonly number: number;
  readonly spilled: boolean;
}

function spilledOf(units: readonly StagedUnit[]): number {
  return units.filter(({ spilled }) => spilled).length;
}

export class Staging {
  readonly #options: StagingOptions;
  readonly #sql: MergeSql;
  #isThere = false;
  #wasEmpty: boolean | undefined;
  /** Units with rows in the table that are not finished, or not committed. */
  #spilled = 0;

  constructor(options: StagingOptions, sql: MergeSql) {
    this.#options = options;
    this.#sql = sql;
  }

  /** The stream had no rows before: nothing can be absent from it, and the search for that is a good part of a first load. */
  get wasEmpty(): boolean {
    return this.#wasEmpty === true;
  }

  /** Makes the table where it is not there. In a transaction that is rolled back it is not there afterwards. */
  async makeIn(session: Session): Promise<void> {
    if (this.#isThere) return;
    await session.query(this.#sql.createStaging);
  }

  /** Called in each commit; the answer of the first one counts. */
  noteRows(hasRows: boolean): void {
    this.#wasEmpty ??= !hasRows;
  }

  /** A unit's rows come before it is finished: they stay apart from those of a commit. */
  addSpilled(): void {
    this.#spilled++;
  }

  async copy(chunks: readonly Buffer[]): Promise<void> {
    const { database } = this.#options;
    if (!this.#isThere) await database.transaction((session) => this.makeIn(session));
    this.#isThere = true;
    await database.session((session) => session.copyIn(this.#sql.copyTarget, chunks));
  }

  /** Rows of a unit that failed would be scanned by every later merge. */
  async clear(number: number): Promise<void> {
    await this.#options.database.session((session) => session.query(this.#sql.clearUnits, [[number]]));
    this.#spilled--;
  }

  /**
   * Takes out units that were merged, in the transaction that merged them, which may be done again. The table goes with
   * them where `isLast`, and nothing else is in it.
   */
  async empty(session: Session, units: readonly StagedUnit[], isLast: boolean): Promise<void> {
    if (this.#spilled > spilledOf(units))
      await session.query(this.#sql.clearUnits, [units.map(({ number }) => number)]);
    else await session.query(isLast ? this.#sql.dropStaging : this.#sql.truncateStaging);
  }

  /** The transaction that took them out is committed. */
  emptied(units: readonly StagedUnit[], isLast: boolean): void {
    this.#spilled -= spilledOf(units);
    this.#isThere = !isLast || this.#spilled > 0;
  }

  async drop(): Promise<void> {
    if (!this.#isThere) return;
    await this.#options.database.session((session) => session.query(this.#sql.dropStaging));
  }
}
