/**
 * A pass over units of a stream: extract, load, commit; then absences are settled. A sync makes one pass per stream, a
 * backfill one for every slice.
 */
import { InterruptedError, NetworkError } from '../core/errors.ts';
import { kindsOf, type Stream } from '../extractors/stream.ts';
import { ROOT_PARTITION, type Unit } from '../extractors/unit.ts';
import { forgetAbsences } from '../loaders/absences.ts';
import { addCounts, type LoadCounts, NOTHING_LOADED } from '../loaders/load-counts.ts';
import { type Loader, openLoader } from '../loaders/loader.ts';
import { means, statusOf } from '../sigma/status.ts';
import { openDoubts, storedSignal } from '../state/partitions.ts';
import { Availability } from './availability.ts';
import { isFatal } from './fatal.ts';
import { recordFailure, runUnit, SourceChoice, type UnitOutcome } from './run-unit.ts';
import { type Settlement, settleAbsences } from './settle-absences.ts';
import type { RunContext } from './sync-engine.ts';
import { isDown, UNREACHABLE_AFTER, UnitTally } from './unit-tally.ts';

/** State that the passes over one stream share. */
export class StreamWork {
  readonly tally = new UnitTally();
  readonly counts: LoadCounts = { ...NOTHING_LOADED };
  readonly availability: Availability;
  /** True where no cursor of the stream was known before this run. */
  readonly isFirst: boolean;
  /** Partitions that this run is done with though they are still due: they failed or were skipped. */
  readonly doneWith = new Set<string>();
  /** The refusal of a root listing that was read before and is gone; undefined if the listing is there. */
  ended: string | undefined;
  readonly #context: RunContext;
  readonly #stream: Stream;
  readonly #choice = new SourceChoice();

  /** `wasNeverRead`: it may turn out to be unavailable. */
  constructor(context: RunContext, stream: Stream, isFirst: boolean, wasNeverRead: boolean) {
    this.#context = context;
    this.#stream = stream;
    this.isFirst = isFirst;
    this.availability = new Availability(wasNeverRead);
    context.counts.set(stream.name, this.counts);
  }

  /** True where nothing more of the stream is to be had in this run. */
  get isOff(): boolean {
    return (
      this.availability.reason !== undefined || this.tally.gaveUp !== undefined || this.ended !== undefined
    );
  }

  /** Lends a loader to `work`, and counts what it wrote. */
  async pass<T>(work: (loader: Loader) => Promise<T>): Promise<T> {
    const { engine, run } = this.#context;
    const { database, schemas, events, now, history, catalogue: streams } = engine;
    const stream = this.#stream;
    const logged = history.isLogged(stream.name);
    const loader = openLoader({ database, schemas, stream, streams, run, events, logged, now });
    try {
      return await work(loader);
    } finally {
      await loader.close();
      addCounts(this.counts, loader.counts);
    }
  }

  /**
   * Runs units until there are no more, and commits them. It begins none after `until`, a time of `performance.now()`.
   *
   * @returns the number of units that it did not begin for want of time.
   */
  async read(loader: Loader, units: () => AsyncIterable<Unit>, until: number): Promise<number> {
    const { engine, stop } = this.#context;
    let [leftOut, late] = [0, 0];
    const work = async (unit: Unit): Promise<void> => {
      if (performance.now() > until) late++;
      else if (this.availability.isRefused) leftOut++;
      else if (this.tally.gaveUp === undefined) await this.#runOne(unit, loader);
    };
    await engine.executor.run(units(), work, stop);
    if (this.tally.gaveUp !== undefined && !stop.aborted) await this.#checkApi(this.tally.gaveUp.cause);
    // A unit under way was answered after all: those that were left out meanwhile have their turn.
    if (leftOut > 0 && this.availability.reason === undefined) {
      late = 0;
      await engine.executor.run(units(), work, stop);
    }
    await loader.drain();
    const { database, schemas } = engine;
    if (this.tally.isInTrouble)
      await openDoubts(database, schemas, this.#context.run.runId, this.#stream.name);
    return late;
  }

  /** An endpoint that fails for ever is its stream's trouble, but where nothing answers, nobody can go on. */
  async #checkApi(cause: unknown): Promise<void> {
    const { engine, cancel } = this.#context;
    await engine.client.get('/v2/whoami', { signal: cancel }).catch((error: unknown) => {
      if (!isDown(error)) return;
      throw new NetworkError(`The API stopped answering: ${UNREACHABLE_AFTER} partitions in a row failed.`, {
        cause,
        advice: 'Loaded data is kept; run the same command again when the API answers.',
      });
    });
  }

  async #runOne(unit: Unit, loader: Loader): Promise<void> {
    const outcome = await runUnit(this.#context, this.#stream, unit, loader, this.#choice);
    if (outcome.kind !== 'failed') this.tally.add(outcome);
    if (outcome.kind === 'skipped') this.doneWith.add(unit.partition);
    if (await this.#hasEnded(outcome)) {
      this.doneWith.add(unit.partition);
      // An end that was announced is no failure.
      if (this.#stream.ending !== undefined) return;
    }
    for (const { unit: failed, outcome: failure } of this.availability.judge(unit, outcome)) {
      this.doneWith.add(failed.partition);
      await recordFailure(this.#context, failed, failure, loader);
      this.tally.add(failure);
    }
  }

  /** True where a root listing that was read before is not there, though the API answers; the message is kept. */
  async #hasEnded(outcome: UnitOutcome): Promise<boolean> {
    if (outcome.kind !== 'failed' || this.#stream.partitions !== undefined) return false;
    if (this.availability.isInQuestion || !means(statusOf(outcome.error), 'ended')) return false;
    const { engine, cancel } = this.#context;
    try {
      await engine.client.get('/v2/whoami', { signal: cancel });
    } catch (error) {
      if (isFatal(error)) throw error;
      return false;
    }
    this.ended = outcome.message;
    return true;
  }

  /** Settles what the listings lacked. */
  settle(loader: Loader): Promise<Settlement> {
    return settleAbsences(this.#context, this.#stream, (partitions) => this.#reread(partitions, loader));
  }

  /** Reads partitions again, one after the other: a rare thing that nobody waits for. */
  async #reread(partitions: readonly string[], loader: Loader): Promise<void> {
    const stream = this.#stream;
    const { database, schemas } = this.#context.engine;
    const kinds = kindsOf(stream);
    for (const partition of partitions) {
      if (this.#context.stop.aborted) throw new InterruptedError('The run was interrupted.');
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
      };
      const outcome = await runUnit(this.#context, stream, unit, loader, this.#choice);
      this.tally.add(outcome);
      if (outcome.kind === 'failed') await recordFailure(this.#context, unit, outcome, loader);
      // Nothing will ever prove what a partition lacks that is not read any more.
      if (outcome.kind === 'skipped') await forgetAbsences({ database, schemas }, stream, partition);
    }
    await loader.drain();
  }
}
