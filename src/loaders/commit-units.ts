/** One commit in one transaction: rows, absences, and the cursors of all its units. */
import { quoteName, quoteTable, type Session } from '../core/database/database.ts';
import type { EventBus } from '../core/events/bus.ts';
import { kindsOf, type Stream } from '../extractors/stream.ts';
import type { ExtractSummary, Unit } from '../extractors/unit.ts';
import { type PartitionOutcome, recordPartitions } from '../state/partitions.ts';
import type { RunCommand } from '../state/run-types.ts';
import type { Schemas } from '../state/schemas.ts';
import { type LoadCounts, NOTHING_LOADED } from './load-counts.ts';
import type { MergeSql } from './merge-sql.ts';
import { noteAbsences } from './note-absences.ts';
import type { StagedIdsSql } from './object-ids.ts';
import { beginLoad, orphanedPartitions } from './orphans.ts';
import type { Staging } from './staging.ts';

/** Values that all commits of a loader share. */
export interface CommitContext {
  readonly schemas: Schemas;
  readonly stream: Stream;
  /** Every stream there is: what its rows name is found among theirs. */
  readonly streams: readonly Stream[];
  readonly run: { readonly runId: string; readonly cycleId: string; readonly command: RunCommand };
  readonly events: EventBus;
  /** True if changes are written to the change log. */
  readonly logged: boolean;
  readonly now: () => Date;
}

/** A commit of a loader. */
interface Commit extends CommitContext {
  /** Nothing more is expected, so the staging table goes. */
  readonly isLast: boolean;
}

/** A unit that was extracted as a whole. */
export interface FinishedUnit {
  readonly unit: Unit;
  readonly number: number;
  /** COPY text that is not in the staging table yet. */
  readonly chunks: readonly Buffer[];
  readonly spilled: boolean;
  readonly summary: ExtractSummary;
}

/** Writes units and failures. @throws DatabaseError, InterruptedError */
export async function commitUnits(
  session: Session,
  context: Commit,
  sql: MergeSql,
  staging: Staging,
  finished: readonly FinishedUnit[],
  failed: readonly PartitionOutcome[],
): Promise<LoadCounts> {
  const { schemas, stream, run, events, now } = context;
  const { hasRows, hasAbsences } = await beginLoad(session, schemas, stream, run.runId);
  staging.noteRows(hasRows);
  const all = finished.map(({ unit }) => unit);
  const orphaned = await orphanedPartitions(session, stream, schemas, all);
  const units = finished.filter(({ unit }) => !orphaned.has(unit.partition));
  if (finished.length > 0) await staging.makeIn(session);
  const counts =
    units.length > 0 ? await mergeUnits(session, context, sql, staging, units, hasAbsences) : NOTHING_LOADED;
  if (finished.length > 0) await staging.empty(session, finished, context.isLast);
  for (const partition of orphaned)
    events.emit('partition.skipped', { stream: stream.name, partition, reason: 'its parent is gone' });
  const open = await openUnits(session, context, sql.keptColumn, units);
  const outcomes = units.map((unit) => ({ ...outcomeOf(unit), isOpen: open.has(unit.unit.partition) }));
  await recordPartitions(session, schemas, run, now(), [...outcomes, ...failed]);
  return counts;
}

async function mergeUnits(
  session: Session,
  { stream, run: { runId }, logged, now }: CommitContext,
  sql: MergeSql,
  staging: Staging,
  units: readonly FinishedUnit[],
  hasAbsences: boolean,
): Promise<LoadCounts> {
  const chunks = units.flatMap((unit) => unit.chunks);
  if (chunks.length > 0) await session.copyIn(sql.copyTarget, chunks);
  const at = now().toISOString();
  const numbers = units.map(({ number }) => number);
  const indirect = units
    .filter(({ unit }) => unit.kind === stream.shortcut?.kind)
    .map(({ number }) => number);
  if (sql.dropStrays !== undefined && indirect.length > 0) await session.query(sql.dropStrays, [indirect]);
  if (sql.ids !== undefined) await findStaged(session, sql.ids, numbers, at, staging.wasEmpty);
  const [counts = NOTHING_LOADED] = await session.query<LoadCounts & Record<string, unknown>>(sql.merge, [
    ...[numbers, at],
    ...(logged ? [runId] : []),
  ]);
  if (!staging.wasEmpty) await noteAbsences(session, { stream, runId, sql, at, hasAbsences }, units);
  return counts;
}

/** Partitions of which something is in doubt that had something to tell before: its rows are stored. */
async function openUnits(
  session: Session,
  { schemas, stream }: CommitContext,
  keptColumn: string | undefined,
  units: readonly FinishedUnit[],
): Promise<ReadonlySet<string>> {
  const open = new Set<string>();
  for (const { kind, column } of kindsOf(stream)) {
    const doubts = units.flatMap(({ unit, summary: { doubtful = [] } }) =>
      unit.kind === kind ? doubtful.map((value) => ({ ...unit, of: unit.value, value })) : [],
    );
    if (doubts.length === 0) continue;
    const own = keptColumn === undefined ? '' : `or t.${quoteName(keptColumn)} = d.value`;
    const rows = await session.query<{ partition: string }>(
      `select distinct d.partition from unnest($1::text[], $2::text[], $3::text[]) as d(partition, of, value)
         join ${quoteTable(schemas.target, stream.name)} t
           on t.${quoteName(column)} = d.of and t._deleted_at is null and (d.value = d.of ${own})`,
      [doubts.map((one) => one.partition), doubts.map((one) => one.of), doubts.map((one) => one.value)],
    );
    for (const { partition } of rows) open.add(partition);
  }
  return open;
}

/** Brings the ids of objects in order, in what is staged and, by that, in what is stored. */
async function findStaged(
  session: Session,
  ids: StagedIdsSql,
  numbers: readonly number[],
  at: string,
  isFirst: boolean,
): Promise<void> {
  if (!isFirst && (await session.query(ids.lacking, [numbers])).length === 0) return;
  if (!isFirst) await session.query(ids.byStored, [numbers]);
  await session.query(ids.byListings, [numbers]);
  await session.query(ids.byEachOther, [numbers]);
  if (!isFirst) await session.query(ids.toStored, [numbers, at]);
}

/**
 * If entries were rejected, the good ones are loaded and the partition counts as failed: the next run reads it again.
 */
function outcomeOf({ unit, summary: { rejected, doubtful = [] } }: FinishedUnit): PartitionOutcome {
  if (rejected === 0) return { ...unit, doubtful };
  const failure = { message: `${rejected} entries lack a key field`, requestId: undefined };
  return { ...unit, failure, doubtful };
}
