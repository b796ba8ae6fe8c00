/** The staging table of a stream in one run. It is made when there are rows to stage, and emptied after each commit. */
import type { Database, Session } from '../core/database/database.ts';
import { hasRows } from '../state/partitions.ts';
import type { Schemas } from '../state/schemas.ts';
import type { MergeSql } from './merge-sql.ts';

/** Where the rows of a stream go. */
interface StagingOptions {
  readonly database: Database;
  readonly schemas: Schemas;
  readonly stream: { readonly name: string };
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
  #wasEmpty = false;
  /** Units with rows in the table that are not finished, or not committed. */
  #spilled = 0;

  constructor(options: StagingOptions, sql: MergeSql) {
    this.#options = options;
    this.#sql = sql;
  }

  /** The stream had no rows before: nothing can be absent from it, and the search for that is a good part of a first load. */
  get wasEmpty(): boolean {
    return this.#wasEmpty;
  }

  async make(): Promise<void> {
    if (this.#isThere) return;
    const { database, schemas, stream } = this.#options;
    await database.session(async (session) => {
      await session.query(this.#sql.createStaging);
      this.#wasEmpty = !(await hasRows(session, schemas, stream.name));
    });
    this.#isThere = true;
  }

  /** A unit's rows come before it is finished: they stay apart from those of a commit. */
  addSpilled(): void {
    this.#spilled++;
  }

  async copy(chunks: readonly Buffer[]): Promise<void> {
    await this.make();
    await this.#options.database.session((session) => session.copyIn(this.#sql.copyTarget, chunks));
  }

  /** Rows of a unit that failed would be scanned by every later merge. */
  async clear(number: number): Promise<void> {
    await this.#options.database.session((session) => session.query(this.#sql.clearUnits, [[number]]));
    this.#spilled--;
  }

  /** Takes out units that were merged, in the transaction that merged them, which may be done again. */
  async empty(session: Session, units: readonly StagedUnit[]): Promise<void> {
    await (this.#spilled > spilledOf(units)
      ? session.query(this.#sql.clearUnits, [units.map(({ number }) => number)])
      : session.query(this.#sql.truncateStaging));
  }

  /** The transaction that took them out is committed. */
  emptied(units: readonly StagedUnit[]): void {
    this.#spilled -= spilledOf(units);
  }

  async drop(): Promise<void> {
    if (!this.#isThere) return;
    await this.#options.database.session((session) => session.query(this.#sql.dropStaging));
  }
}
