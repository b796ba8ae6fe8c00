/**
 * Loads what units extract. Rows of small units wait in memory and are copied together with those of many others;
 * a large unit spills its pages to the staging table as they come. A commit is one transaction: COPY, merge,
 * absences, and the cursors of every unit in it.
 */
import type { Database, Session } from '../core/database/database.ts';
import type { EventBus } from '../core/events/bus.ts';
import type { Stream } from '../extractors/stream.ts';
import type { Batch, ExtractSummary, Unit } from '../extractors/unit.ts';
import type { Schemas } from '../state/schemas.ts';
import { hasRows, type PartitionOutcome, recordPartitions } from '../state/partitions.ts';
import { assertRunning } from '../state/run-fence.ts';
import type { RunCommand } from '../state/run-types.ts';
import { encodeLine } from './copy-text.ts';
import { stagingOwner } from './left-overs.ts';
import { addCounts, type LoadCounts, NOTHING_LOADED } from './load-counts.ts';
import { mergeSql } from './merge-sql.ts';
import { noteAbsences } from './note-absences.ts';
import { orphanedPartitions, shutOutTombstones } from './orphans.ts';

/** When rows go to the database. */
export interface LoaderLimits {
  /** A unit's text beyond this is copied to staging before the unit ends; default 512 KiB. */
  readonly spillBytes: number;
  /** A commit is due at this many finished units (500) … */
  readonly commitUnits: number;
  /** … or this much text (2 MiB) … */
  readonly commitBytes: number;
  /** … or this long after the first of them (1 s). */
  readonly commitMs: number;
}

export const DEFAULT_LIMITS: LoaderLimits = {
  spillBytes: 512 << 10,
  commitUnits: 500,
  commitBytes: 2 << 20,
  commitMs: 1000,
};

/** What a loader needs. */
export interface LoaderOptions {
  readonly database: Database;
  readonly schemas: Schemas;
  readonly stream: Stream;
  readonly run: { readonly runId: string; readonly cycleId: string; readonly command: RunCommand };
  readonly events: EventBus;
  /** Whether changes are written to the change log. */
  readonly logged: boolean;
  readonly now: () => Date;
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
  /** Drops the staging table. What is not committed is lost. */
  close(): Promise<void>;
}

interface OpenUnit {
  readonly unit: Unit;
  readonly number: number;
  /** COPY text as bytes: strings glued from the cells of an entry would keep the whole entry alive. */
  chunks: Buffer[];
  bytes: number;
  spilled: boolean;
}

interface FinishedUnit extends OpenUnit {
  readonly summary: ExtractSummary;
}

/** The good entries are loaded, but the partition counts as failed: it is read again in the next run. */
function rejection({ rejected }: ExtractSummary): Pick<PartitionOutcome, 'failure'> {
  if (rejected === 0) return {};
  return { failure: { message: `${rejected} entries lack a key field`, requestId: undefined } };
}

/** Opens the loader of a stream; its staging table is made when there are rows to stage. */
export function openLoader(options: LoaderOptions): Loader {
  const { database, schemas, stream, run, events, now } = options;
  const { runId } = run;
  const limits = options.limits ?? DEFAULT_LIMITS;
  const sql = mergeSql(stream, schemas, stagingOwner(run), options.logged);
  const counts: LoadCounts = { ...NOTHING_LOADED };
  // From an empty table nothing can be absent, and the search for it is a good part of a first load.
  let wasEmpty = false;
  let hasStaging = false;

  async function makeStaging(): Promise<void> {
    if (hasStaging) return;
    await database.session(async (session) => {
      await session.query(sql.createStaging);
      wasEmpty = !(await hasRows(session, schemas, stream.name));
    });
    hasStaging = true;
  }

  let unitNumber = 0;
  let sequence = 0;
  let spilledUnits = 0;
  let finished: FinishedUnit[] = [];
  let failures: PartitionOutcome[] = [];
  let finishedBytes = 0;
  let timer: NodeJS.Timeout | undefined;
  /** The tail of the database work: one operation at a time. */
  let tail: Promise<void> = Promise.resolve();
  /** Operations that wait or are under way. */
  let pending = 0;
  let broken: Error | undefined;

  function enqueue(work: () => Promise<void>): Promise<void> {
    pending++;
    tail = tail.then(async () => {
      try {
        if (broken === undefined) await work();
      } catch (error) {
        broken = error instanceof Error ? error : new Error(String(error));
      }
      pending--;
    });
    return tail.then(() => {
      if (broken !== undefined) throw broken;
    });
  }

  function spill(open: OpenUnit): Promise<void> {
    const { chunks } = open;
    open.chunks = [];
    open.bytes = 0;
    if (!open.spilled) spilledUnits++;
    open.spilled = true;
    return enqueue(async () => {
      await makeStaging();
      await database.session((session) => session.copyIn(sql.copyTarget, chunks));
    });
  }

  function clear(number: number): void {
    enqueue(async () => {
      await database.session((session) => session.query(sql.clearUnits, [[number]]));
      spilledUnits--;
    }).catch(() => undefined);
  }

  function commit(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const units = finished;
    const failed = failures;
    finished = [];
    failures = [];
    finishedBytes = 0;
    if (units.length === 0 && failed.length === 0) return tail;
    return enqueue(async () => {
      const started = performance.now();
      if (units.length > 0) await makeStaging();
      const result = await database.transaction((session) => write(session, units, failed));
      addCounts(counts, result);
      const { inserted, updated, unchanged } = result;
      const durationMs = Math.round(performance.now() - started);
      const partitions = units.length;
      events.emit('batch.committed', {
        stream: stream.name,
        partitions,
        inserted,
        updated,
        unchanged,
        durationMs,
      });
    });
  }

  async function write(
    session: Session,
    finishedUnits: readonly FinishedUnit[],
    failed: readonly PartitionOutcome[],
  ): Promise<LoadCounts> {
    await shutOutTombstones(session, schemas);
    const all = finishedUnits.map(({ unit }) => unit);
    const orphaned = await orphanedPartitions(session, stream, schemas, all);
    const units = finishedUnits.filter(({ unit }) => !orphaned.has(unit.partition));
    const numbers = units.map((unit) => unit.number);
    const chunks = units.flatMap((unit) => unit.chunks);
    let result: LoadCounts = { ...NOTHING_LOADED };
    await assertRunning(session, schemas, runId);
    if (units.length > 0) {
      if (chunks.length > 0) await session.copyIn(sql.copyTarget, chunks);
      const at = now().toISOString();
      result =
        (
          await session.query<LoadCounts & Record<string, unknown>>(sql.merge, [
            numbers,
            at,
            ...(options.logged ? [runId] : []),
          ])
        )[0] ?? result;
      if (!wasEmpty) await noteAbsences(session, { stream, schemas, runId, sql, at }, units);
    }
    if (finishedUnits.length > 0) {
      spilledUnits -= finishedUnits.filter((unit) => unit.spilled).length;
      await (spilledUnits > 0
        ? session.query(sql.clearUnits, [finishedUnits.map((unit) => unit.number)])
        : session.query(sql.truncateStaging));
    }
    for (const partition of orphaned)
      events.emit('partition.skipped', { stream: stream.name, partition, reason: 'its parent is gone' });
    const complete = units.map(
      ({ unit, summary }): PartitionOutcome => ({
        ...unit,
        ...rejection(summary),
        doubtful: summary.doubtful ?? [],
      }),
    );
    await recordPartitions(session, schemas, run, now(), [...complete, ...failed]);
    return result;
  }

  /** Starts a commit where one is due, and waits for it. */
  async function commitWhenDue(): Promise<void> {
    if (finished.length >= limits.commitUnits || finishedBytes >= limits.commitBytes) await commit();
    else timer ??= setTimeout(commitInTime, limits.commitMs);
    if (broken !== undefined) throw broken;
  }

  /** Nobody waits for this one, so it must not queue up behind a database that is slow. */
  function commitInTime(): void {
    if (pending > 0) timer = setTimeout(commitInTime, limits.commitMs);
    else commit().catch(() => undefined);
  }

  return {
    counts,
    open(unit) {
      const open: OpenUnit = { unit, number: ++unitNumber, chunks: [], bytes: 0, spilled: false };
      return {
        async add(batch) {
          // Every unit waits where the database is behind, not only the one whose end made the commit due.
          while (pending > 1 && broken === undefined) await tail;
          if (broken !== undefined) throw broken;
          if (batch.rows.length === 0) return;
          const lines = batch.rows.map((row) =>
            encodeLine([String(open.number), String(++sequence), ...row.cells, row.raw]),
          );
          const chunk = Buffer.from(lines.join(''));
          open.chunks.push(chunk);
          open.bytes += chunk.length;
          if (open.bytes >= limits.spillBytes) await spill(open);
        },
        async finish(summary) {
          finished.push({ ...open, summary });
          finishedBytes += open.bytes;
          await commitWhenDue();
        },
        discard() {
          open.chunks = [];
          // Its rows in staging would be scanned by every later merge.
          if (open.spilled) clear(open.number);
        },
      };
    },
    async fail(unit, failure) {
      failures.push({ ...unit, failure });
      await commitWhenDue();
    },
    drain: commit,
    async close() {
      clearTimeout(timer);
      await tail;
      if (broken === undefined && hasStaging)
        await database.session((session) => session.query(sql.dropStaging));
    },
  };
}
