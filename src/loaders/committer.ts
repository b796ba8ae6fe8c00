/** Collects finished units and failures, and commits many at a time: as soon as there are enough, or after a while. */
import type { Database } from '../core/database/database.ts';
import type { PartitionOutcome } from '../state/partitions.ts';
import { type CommitContext, commitUnits, type FinishedUnit } from './commit-units.ts';
import { addCounts, type LoadCounts, NOTHING_LOADED } from './load-counts.ts';
import type { MergeSql } from './merge-sql.ts';
import type { Staging } from './staging.ts';
import type { WorkQueue } from './work-queue.ts';

/** Limits after which a commit is due. */
export interface CommitLimits {
  /** At this many finished units (500) … */
  readonly commitUnits: number;
  /** … or this much text (2 MiB) … */
  readonly commitBytes: number;
  /** … or this long after the first of them (1 s). */
  readonly commitMs: number;
}

/** Dependencies of a committer. */
export interface CommitterOptions extends CommitContext {
  readonly database: Database;
}

export class Committer {
  readonly counts: LoadCounts = { ...NOTHING_LOADED };
  readonly #options: CommitterOptions;
  readonly #limits: CommitLimits;
  readonly #sql: MergeSql;
  readonly #staging: Staging;
  readonly #queue: WorkQueue;
  #units: FinishedUnit[] = [];
  #bytes = 0;
  #failures: PartitionOutcome[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** `queue` is that of all work with the staging table. */
  constructor(
    options: CommitterOptions,
    limits: CommitLimits,
    sql: MergeSql,
    staging: Staging,
    queue: WorkQueue,
  ) {
    this.#options = options;
    this.#limits = limits;
    this.#sql = sql;
    this.#staging = staging;
    this.#queue = queue;
  }

  /** Takes a unit with so many bytes of text; waits where it makes a commit due. */
  finish(unit: FinishedUnit, bytes: number): Promise<void> {
    this.#units.push(unit);
    this.#bytes += bytes;
    return this.#commitWhenDue();
  }

  /** Takes a failed partition. */
  fail(failure: PartitionOutcome): Promise<void> {
    this.#failures.push(failure);
    return this.#commitWhenDue();
  }

  /** Commits what there is. @param isLast nothing more is expected @throws DatabaseError */
  commit(isLast = false): Promise<void> {
    this.stop();
    const [units, failures] = [this.#units, this.#failures];
    this.#units = [];
    this.#bytes = 0;
    this.#failures = [];
    if (units.length === 0 && failures.length === 0) return this.#queue.idle;
    return this.#queue.add(() => this.#write(units, failures, isLast));
  }

  /** Nothing more is committed by itself. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #write(
    units: readonly FinishedUnit[],
    failures: readonly PartitionOutcome[],
    isLast: boolean,
  ): Promise<void> {
    const { database, stream, events } = this.#options;
    const started = performance.now();
    const written = await database.transaction((session) =>
      commitUnits(session, { ...this.#options, isLast }, this.#sql, this.#staging, units, failures),
    );
    if (units.length > 0) this.#staging.emptied(units, isLast);
    addCounts(this.counts, written);
    const { inserted, updated, unchanged } = written;
    const facts = { stream: stream.name, partitions: units.length, inserted, updated, unchanged };
    events.emit('batch.committed', { ...facts, durationMs: Math.round(performance.now() - started) });
  }

  async #commitWhenDue(): Promise<void> {
    const { commitUnits: most, commitBytes } = this.#limits;
    if (this.#units.length >= most || this.#bytes >= commitBytes) await this.commit();
    else this.#timer ??= this.#later();
    this.#queue.check();
  }

  /** Nobody waits for this one, so it must not queue up behind a database that is slow. */
  #later(): NodeJS.Timeout {
    return setTimeout(() => {
      if (this.#queue.pending > 0) this.#timer = this.#later();
      else this.commit().catch(() => undefined);
    }, this.#limits.commitMs);
  }
}
