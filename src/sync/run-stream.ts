/** One stream of a run: plan, execute, commit, settle absences, report. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stream } from '../extractors/stream.ts';
import type { Unit } from '../extractors/unit.ts';
import { hasRows } from '../state/partitions.ts';
import type { Retirement } from '../state/retirements.ts';
import type { StreamStatus } from '../state/run-types.ts';
import { isCutOff, type Missing } from './availability.ts';
import { findObjects } from './find-objects.ts';
import { StreamWork } from './pass.ts';
import { type PlanContext, planStream, type StreamPlan } from './plan.ts';
import { judgeEnd, knownEnd, noteReturn, restsInPeace, retiredSince } from './retirement.ts';
import type { Settlement } from './settle-absences.ts';
import { takeShortcut } from './shortcut.ts';
import type { RunContext } from './sync-engine.ts';

/** Streams that are not to be had, and why. */
export type MissingStreams = ReadonlyMap<string, 'unavailable' | 'retired'>;

/** The result of a stream, before the request counts are added. */
export interface StreamResult {
  readonly status: StreamStatus;
  readonly mode: 'full' | 'incremental';
  readonly partitions: number;
  readonly partitionsFailed: number;
  readonly read: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly deleted: number;
  /** Rows tombstoned in other streams because their parent here is gone. */
  readonly childrenDeleted: ReadonlyMap<string, number>;
  /** Streams whose rows it was planned from: where those were not read, this one can't know what it lacks. */
  readonly plannedFrom: readonly string[];
  readonly error?: string;
  /** Parents that are listed and are not there when asked for. */
  readonly parentsGone?: number;
}

/**
 * Runs one stream; `missing` are the streams that are unavailable or retired. A sync and a backfill may run at once:
 * each holds a stream while it works on it, the sync until it is done, the backfill for a slice at a time.
 *
 * @throws errors that make the whole run pointless: AuthError, DatabaseError, InterruptedError, NetworkError.
 */
export async function runStream(
  context: RunContext,
  stream: Stream,
  missing: MissingStreams,
): Promise<StreamResult> {
  const { engine, run, stop } = context;
  engine.events.emit('stream.started', { stream: stream.name });
  if (isCutOff(stream, missing)) {
    const parents = stream.parents.filter((parent) => missing.has(parent));
    const reason = `It depends on ${parents.join(' and ')}, which can't be read.`;
    if (parents.every((parent) => missing.get(parent) === 'retired'))
      return { ...NOTHING_DONE, status: 'retired', error: reason };
    return unavailable(context, stream, reason);
  }
  const known = await knownEnd(context, stream);
  if (known !== undefined && restsInPeace(context, known))
    return { ...NOTHING_DONE, status: 'retired', error: retiredSince(known, stream) };
  const isBackfill = run.command === 'backfill';
  const slice = isBackfill ? BACKFILL_SLICE : Number.POSITIVE_INFINITY;
  let work: StreamWork | undefined;
  let done = 0;
  for (;;) {
    const end = await context.hold(stream.name, async (): Promise<End | undefined> => {
      await findObjects(context, stream);
      const planning = planningOf(context, missing);
      let plan = await planStream(stream, planning);
      work ??= await beginWork(context, stream, plan);
      const current = work;
      const covered = await takeShortcut(context, stream, current, plan, planning);
      if (covered > 0) plan = await planStream(stream, planning);
      done += covered + Math.min(Math.max(0, plan.count - current.doneWith.size), slice);
      let isLast = true;
      const units = () => {
        isLast = true;
        return take(plan.units(slice + current.doneWith.size + 1), slice, current.doneWith, () => {
          isLast = false;
        });
      };
      return current.pass(async (loader) => {
        const until = isBackfill ? performance.now() + BACKFILL_SLICE_MS : Number.POSITIVE_INFINITY;
        const left = plan.count > 0 ? await current.read(loader, units, until) : 0;
        done -= left;
        if (left > 0) isLast = false;
        if (stop.aborted) return { work: current, plan, settlement: NOTHING_SETTLED };
        const isOff = current.isOff;
        if (!isOff && !isLast) return undefined;
        const settlement = isOff ? NOTHING_SETTLED : await current.settle(loader);
        return { work: current, plan, settlement };
      });
    });
    if (end !== undefined) return conclude(context, stream, end, { done, known });
    // Others that wait for the stream get it now.
    await sleep(BACKFILL_PAUSE_MS, undefined, { signal: stop }).catch(() => undefined);
  }
}

/** The report, once it is known what the end of a listing means. */
async function conclude(
  context: RunContext,
  stream: Stream,
  end: End,
  { done, known }: { readonly done: number; readonly known: Retirement | undefined },
): Promise<StreamResult> {
  const result = report(context, stream, end, done);
  if (context.stop.aborted) return result;
  const { ended } = end.work;
  if (ended !== undefined) {
    const { status, reason } = await judgeEnd(context, stream, known, ended);
    return status === 'failed' ? { ...result, error: reason } : { ...NOTHING_DONE, status, error: reason };
  }
  if (known === undefined) return result;
  if (end.work.counts.read > 0 || result.status === 'complete') await noteReturn(context, stream, known);
  else if (known.retiredAt !== undefined)
    return { ...NOTHING_DONE, status: 'retired', error: retiredSince(known, stream) };
  return result;
}

/** Tells the first plan of the stream. */
async function beginWork(context: RunContext, stream: Stream, plan: StreamPlan): Promise<StreamWork> {
  const { events, database, schemas } = context.engine;
  events.emit('stream.planned', { stream: stream.name, partitions: plan.count, reason: plan.reason });
  // Cursors are also forgotten by a reset, or where privacy settings changed: rows tell that it was read.
  const wasNeverRead =
    plan.isFirst && !(await database.session((session) => hasRows(session, schemas, stream.name)));
  return new StreamWork(context, stream, plan.isFirst, wasNeverRead);
}

/** Units a backfill reads before it lets go of the stream, and the time after which it begins no others: its rate may be low. */
const BACKFILL_SLICE = 200;
const BACKFILL_SLICE_MS = 3000;
const BACKFILL_PAUSE_MS = 300;

/** The end of the work on a stream. */
interface End {
  readonly work: StreamWork;
  /** The last plan: what was still due, and what it was planned from. */
  readonly plan: StreamPlan;
  readonly settlement: Settlement;
}

/** The first `most` units that the run is not done with; calls `onMore` where there are others. */
async function* take(
  units: AsyncIterable<Unit>,
  most: number,
  doneWith: ReadonlySet<string>,
  onMore: () => void,
): AsyncGenerator<Unit> {
  let given = 0;
  const before = new Set(doneWith);
  for await (const unit of units) {
    if (before.has(unit.partition)) continue;
    if (given++ >= most) return onMore();
    yield unit;
  }
}

function planningOf(
  { engine, run }: RunContext,
  missing: MissingStreams,
): PlanContext & { readonly missing: Missing } {
  const { database, schemas, refreshMs, now } = engine;
  return {
    database,
    schemas,
    cycleId: run.cycleId,
    cycleStartedAt: run.cycleStartedAt,
    full: run.full,
    backfill: run.command === 'backfill',
    refreshMs,
    now: now(),
    missing,
  };
}

/** The report of a stream that is not to be had. */
function unavailable({ engine }: RunContext, stream: Stream, reason: string): StreamResult {
  engine.events.emit('stream.unavailable', { stream: stream.name, reason });
  return { ...NOTHING_DONE, status: 'unavailable', error: reason };
}

/** The report of a stream that was not run. */
export const NOTHING_DONE: Omit<StreamResult, 'status'> = {
  mode: 'incremental',
  partitions: 0,
  partitionsFailed: 0,
  read: 0,
  inserted: 0,
  updated: 0,
  unchanged: 0,
  deleted: 0,
  childrenDeleted: new Map(),
  plannedFrom: [],
};

const NOTHING_SETTLED: Settlement = { deleted: 0, children: new Map(), unsettled: 0 };

function report(
  context: RunContext,
  stream: Stream,
  { work, plan, settlement }: End,
  partitions: number,
): StreamResult {
  const { tally, counts, availability } = work;
  const interrupted = context.stop.aborted;
  if (availability.reason !== undefined && !interrupted) {
    return unavailable(context, stream, availability.reason);
  }
  const nothingRead = tally.failed === plan.total && (stream.partitions === undefined || plan.total > 1);
  const said = tally.message(plan.total);
  const lost = said !== undefined && tally.isRefused && !work.isFirst;
  const error =
    settlement.guarded ??
    (lost
      ? `${said} It was readable before: restore the permission, or leave the stream out with sync.exclude.`
      : said) ??
    unsettledMessage(settlement);
  const status: StreamStatus = interrupted
    ? 'interrupted'
    : tally.gaveUp !== undefined || (tally.failed > 0 && nothingRead && counts.read === 0)
      ? 'failed'
      : settlement.guarded !== undefined
        ? 'deletion_guard'
        : tally.failed + settlement.unsettled > 0
          ? 'partial'
          : 'complete';
  return {
    ...counts,
    status,
    mode: context.run.full || work.isFirst ? 'full' : 'incremental',
    partitions,
    partitionsFailed: tally.failed,
    deleted: settlement.deleted,
    childrenDeleted: settlement.children,
    plannedFrom: plan.parents,
    ...(error === undefined ? {} : { error }),
    ...(tally.parentsGone === 0 ? {} : { parentsGone: tally.parentsGone }),
  };
}

function unsettledMessage({ unsettled }: Settlement): string | undefined {
  if (unsettled === 0) return undefined;
  return `${unsettled} rows are gone from their listing, but could not be looked up one by one; the next run looks them up.`;
}
