/**
 * Loads what units extract. Rows of small units wait in memory and are copied together with those of many others;
 * a large unit spills its pages to the staging table as they come. A commit is one transaction: COPY, merge,
 * absences, and the cursors of every unit in it.
 */
import type { Database } from '../core/database/database.ts';
import type { Batch, ExtractSummary, Unit } from '../extractors/unit.ts';
import { type CommitLimits, Committer, type CommitterOptions } from './committer.ts';
import { encodeLine } from './copy-text.ts';
import { stagingOwner } from './left-overs.ts';
import type { LoadCounts } from './load-counts.ts';
import { mergeSql } from './merge-sql.ts';
import { Staging } from './staging.ts';
import { WorkQueue } from './work-queue.ts';

/** Limits after which rows go to the database. */
export interface LoaderLimits extends CommitLimits {
  /** A unit's text beyond this is copied to staging before the unit ends; default 512 KiB. */
  readonly spillBytes: number;
}

export const DEFAULT_LIMITS: LoaderLimits = {
  spillBytes: 512 << 10,
  commitUnits: 500,
  commitBytes: 2 << 20,
  commitMs: 1000,
};

/** Limits for a database: a commit holds the only connection of an embedded one, and pages wait for it. */
export function limitsOf({ kind }: Pick<Database, 'kind'>): LoaderLimits {
  return kind === 'pglite'
    ? { ...DEFAULT_LIMITS, spillBytes: 256 << 10, commitBytes: 512 << 10 }
    : DEFAULT_LIMITS;
}

/** Dependencies of a loader. */
export interface LoaderOptions extends CommitterOptions {
  readonly limits?: LoaderLimits;
}

/** Takes the rows of one unit. */
export interface UnitLoad {
  /** Takes a page's rows; waits where the database is behind. @throws DatabaseError */
  add(batch: Batch): Promise<void>;
  /** The unit is complete: its rows and its cursor are committed soon, with those of other units. */
  finish(summary: ExtractSummary): Promise<void>;
  /** The unit failed or was abandoned: none of its rows is loaded. */
  discard(): void;
}

/** Loads one stream during one run. */
export interface Loader {
  readonly counts: Readonly<LoadCounts>;
  open(unit: Unit): UnitLoad;
  /** Records a failed partition with the next commit. */
  fail(unit: Unit, failure: { message: string; requestId: string | undefined }): Promise<void>;
  /** Commits everything that is finished. @throws DatabaseError */
  drain(): Promise<void>;
  /** Drops the staging table. Rows that are not committed are lost. */
  close(): Promise<void>;
}

/** Opens the loader of a stream. */
export function openLoader(options: LoaderOptions): Loader {
  const { stream, run, logged, limits = limitsOf(options.database) } = options;
  const sql = mergeSql(stream, options, stagingOwner(run), logged);
  const staging = new Staging(options, sql);
  const queue = new WorkQueue();
  const committer = new Committer(options, limits, sql, staging, queue);
  let unitNumber = 0;
  let sequence = 0;

  function open(unit: Unit): UnitLoad {
    const number = ++unitNumber;
    /** COPY text as bytes: strings glued from the cells of an entry would keep the whole entry alive. */
    let chunks: Buffer[] = [];
    let bytes = 0;
    let spilled = false;

    function spill(): Promise<void> {
      const full = chunks;
      chunks = [];
      bytes = 0;
      if (!spilled) staging.addSpilled();
      spilled = true;
      return queue.add(() => staging.copy(full));
    }

    return {
      async add({ rows }) {
        // Every unit waits where the database is behind, not only the one whose end made the commit due.
        while (queue.pending > 1 && !queue.hasFailed) await queue.idle;
        queue.check();
        if (rows.length === 0) return;
        const lines = rows.map((row) =>
          encodeLine([String(number), String(++sequence), ...row.cells, row.raw]),
        );
        const chunk = Buffer.from(lines.join(''));
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes >= limits.spillBytes) await spill();
      },
      finish: (summary) => committer.finish({ unit, number, chunks, spilled, summary }, bytes),
      discard() {
        chunks = [];
        if (spilled) queue.add(() => staging.clear(number)).catch(() => undefined);
      },
    };
  }

  return {
    counts: committer.counts,
    open,
    fail: (unit, failure) => committer.fail({ ...unit, failure }),
    drain: () => committer.commit(true),
    async close() {
      committer.stop();
      await queue.idle;
      if (!queue.hasFailed) await staging.drop();
    },
  };
}
