/** One stream of a run: plan, execute, commit, settle absences, report. */
import { ApiError, InterruptedError, NetworkError } from '../errors.ts';
import type { Stream } from '../extractors/stream.ts';
import { ROOT_PARTITION, type Unit } from '../extractors/unit.ts';
import { type Loader, openLoader } from '../loaders/loader.ts';
import { forgetAbsences } from '../loaders/tombstones.ts';
import { storedSignal } from '../state/partitions.ts';
import type { StreamStatus } from '../state/runs.ts';
import { Availability, isCutOff } from './availability.ts';
import type { RunContext } from './context.ts';
import { planStream, type StreamPlan } from './plan.ts';
import { recordFailure, runUnit, SourceChoice, type UnitOutcome } from './run-unit.ts';
import { type RelistPurpose, type Settlement, settle } from './settle.ts';

/** What happened to a stream, before the request counts are added. */
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
}

/** So many failures for want of an answer, with no success between them, mean that the API is down. */
const UNREACHABLE_AFTER = 25;

/**
 * Runs one stream; `missing` are the streams that are unavailable.
 *
 * @throws what makes the whole run pointless: AuthError, DatabaseError, InterruptedError, NetworkError.
 */
export async function runStream(
  context: RunContext,
  stream: Stream,
  missing: ReadonlySet<string>,
): Promise<StreamResult> {
  const { engine, run, stop } = context;
  const { database, schemas, events, now } = engine;
  events.emit('stream.started', { stream: stream.name });
  if (isCutOff(stream, missing)) {
    const parents = stream.parents.filter((parent) => missing.has(parent)).join(' and ');
    return unavailable(context, stream, `It is planned from ${parents}, which cannot be read.`);
  }
  const plan = await planStream(stream, {
    database,
    schemas,
    cycleId: run.cycleId,
    full: run.full,
    refreshMs: engine.refreshMs,
    now: now(),
    missing,
  });
  events.emit('stream.planned', { stream: stream.name, partitions: plan.count, reason: plan.reason });

  const logged = engine.history.isLogged(stream.name);
  const loader = openLoader({ database, schemas, stream, run, events, logged, now });
  try {
    const tally = new Tally();
    const choice = new SourceChoice();
    const availability = new Availability(plan.isFirst);
    let passedOver = 0;
    const work = async (unit: Unit): Promise<void> => {
      if (availability.isRefused) {
        passedOver++;
        return;
      }
      const outcome = await runUnit(context, stream, unit, loader, choice);
      if (outcome.kind !== 'failed') tally.add(outcome);
      for (const { unit: failed, outcome: failure } of availability.judge(unit, outcome)) {
        await recordFailure(context, failed, failure, loader);
        tally.add(failure);
      }
    };
    await engine.executor.run(plan.units(), work, stop);
    await loader.drain();
    const refusal = availability.reason;
    if (refusal !== undefined && !stop.aborted) return unavailable(context, stream, refusal);
    if (passedOver > 0) {
      await engine.executor.run(plan.units(), work, stop);
      await loader.drain();
    }
    const interrupted = stop.aborted;
    const relist = (partitions: readonly string[], purpose: RelistPurpose): Promise<void> =>
      rereadPartitions(context, stream, partitions, purpose, loader, choice, tally);
    const settlement = interrupted ? NOTHING_SETTLED : await settle(context, stream, relist);
    return report(stream, loader, plan, tally, settlement, run.full || plan.isFirst, interrupted);
  } finally {
    await loader.close();
  }
}

/** The report of a stream that is not to be had. */
export function unavailable({ engine }: RunContext, stream: Stream, reason: string): StreamResult {
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
  stream: Stream,
  loader: Loader,
  plan: Pick<StreamPlan, 'count' | 'total' | 'parents'>,
  tally: Tally,
  settlement: Settlement,
  full: boolean,
  interrupted: boolean,
): StreamResult {
  const nothingRead = tally.failed === plan.total && (stream.partitions === undefined || plan.total > 1);
  const error = settlement.guarded ?? tally.message(plan.total) ?? unsettledMessage(settlement);
  const status: StreamStatus = interrupted
    ? 'interrupted'
    : tally.failed > 0 && nothingRead && loader.counts.read === 0
      ? 'failed'
      : settlement.guarded !== undefined
        ? 'deletion_guard'
        : tally.failed + settlement.unsettled > 0
          ? 'partial'
          : 'complete';
  return {
    ...loader.counts,
    status,
    mode: full ? 'full' : 'incremental',
    partitions: plan.count,
    partitionsFailed: tally.failed,
    deleted: settlement.deleted,
    childrenDeleted: settlement.children,
    plannedFrom: plan.parents,
    ...(error === undefined ? {} : { error }),
  };
}

function unsettledMessage({ unsettled }: Settlement): string | undefined {
  if (unsettled === 0) return undefined;
  return `${unsettled} rows are gone from their listing, but nobody could look whether they exist; the next run does.`;
}

/** Counts outcomes and gives up where nothing answers any more. */
class Tally {
  failed = 0;
  #first: string | undefined;
  #unanswered = 0;

  add(outcome: UnitOutcome): void {
    if (outcome.kind !== 'failed') {
      this.#unanswered = 0;
      return;
    }
    this.failed++;
    this.#first ??= outcome.message;
    const { error } = outcome;
    const down =
      error instanceof NetworkError || (error instanceof ApiError && (error.context.status ?? 0) >= 500);
    this.#unanswered = down ? this.#unanswered + 1 : 0;
    if (this.#unanswered >= UNREACHABLE_AFTER) {
      throw new NetworkError(`The API stopped answering: ${UNREACHABLE_AFTER} partitions in a row failed.`, {
        cause: error,
        advice: 'What was loaded is kept; run the same command again when the API answers.',
      });
    }
  }

  message(total: number): string | undefined {
    if (this.failed === 0 || total === 1) return this.#first;
    return `${this.failed} of ${total} partitions failed and are retried by the next run; the first: ${this.#first}`;
  }
}

/** Reads partitions again, one after the other: a rare thing that nobody waits for. */
async function rereadPartitions(
  context: RunContext,
  stream: Stream,
  partitions: readonly string[],
  purpose: RelistPurpose,
  loader: Loader,
  choice: SourceChoice,
  tally: Tally,
): Promise<void> {
  const { database, schemas } = context.engine;
  const kinds = (stream.partitions ?? []).flat();
  for (const partition of partitions) {
    if (context.stop.aborted) throw new InterruptedError('The run was interrupted.');
    const kind =
      kinds.find((candidate) => partition.startsWith(`${candidate.kind}:`)) ??
      (partition === ROOT_PARTITION ? undefined : kinds[0]);
    const value = kind === undefined ? '' : partition.replace(`${kind.kind}:`, '');
    const signal = await storedSignal(database, schemas, stream.name, partition);
    const params = kind === undefined ? {} : { [kind.param]: value };
    const unit: Unit = {
      stream: stream.name,
      partition,
      kind: kind?.kind ?? 'root',
      value,
      params,
      signal,
      confirmsAbsence: purpose === 'confirm',
    };
    const outcome = await runUnit(context, stream, unit, loader, choice);
    tally.add(outcome);
    if (outcome.kind === 'failed') await recordFailure(context, unit, outcome, loader);
    // Nothing will ever prove what a partition lacks that is not read any more.
    if (outcome.kind === 'skipped') await forgetAbsences({ database, schemas }, stream, partition);
  }
  await loader.drain();
}
