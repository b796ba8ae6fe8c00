/** One unit from extraction to its loader, with the choice among a stream's sources. */
import { ApiError, describeError } from '../core/errors.ts';
import { extract } from '../extractors/extract.ts';
import { UnsuitableSourceError } from '../extractors/row-reader.ts';
import { type Source, type Stream, waysOf } from '../extractors/stream.ts';
import { type ExtractSummary, NOTHING_READ, type Unit } from '../extractors/unit.ts';
import type { Loader } from '../loaders/loader.ts';
import { means, statusOf } from '../sigma/status.ts';
import { isFatal } from './fatal.ts';
import { Lookups } from './lookup.ts';
import { fateOfParents, type ParentFate } from './refusal.ts';
import type { RunContext } from './sync-engine.ts';

/** The outcome of a unit. */
export type UnitOutcome =
  | { readonly kind: 'loaded'; readonly summary: ExtractSummary }
  | { readonly kind: 'skipped'; readonly reason: string; readonly fate: ParentFate }
  | {
      readonly kind: 'failed';
      readonly message: string;
      readonly requestId: string | undefined;
      readonly error: unknown;
      /** Its good entries are loaded and its failure recorded with them. */
      readonly isRecorded: boolean;
    };

/** A source with its place among those of its kind of partition. */
interface Candidate {
  readonly source: Source;
  readonly index: number;
}

/**
 * Chooses the source of each kind of partition. A step back lasts for the rest of the run if the API lacks the
 * endpoint and never showed it. A refusal of a single unit concerns that unit alone.
 */
export class SourceChoice {
  readonly #first = new Map<string, number>();
  readonly #worked = new Set<string>();
  /** By kind: the end of the first unit, which shows what the API has. */
  readonly #trials = new Map<string, Promise<void>>();
  readonly lookups = new Lookups();

  /** Sources for `unit`, the preferred one first, with their index. */
  candidates(stream: Stream, unit: Unit): Candidate[] {
    const kind = waysOf(stream).find((candidate) => candidate.kind === unit.kind);
    const sources = kind?.sources ?? stream.sources;
    return sources.map((source, index) => ({ source, index })).slice(this.#first.get(unit.kind) ?? 0);
  }

  /**
   * Runs `work`, the first unit of its kind alone where there is a choice: so one request of a run, and not one of every
   * unit under way, shows that the API lacks the preferred source.
   */
  async trying<T>(stream: Stream, unit: Unit, work: () => Promise<T>): Promise<T> {
    const { kind } = unit;
    const trial = this.#trials.get(kind);
    if (trial !== undefined || this.candidates(stream, unit).length < 2) {
      await trial;
      return work();
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#trials.set(kind, promise);
    try {
      return await work();
    } finally {
      resolve();
    }
  }

  #works({ kind }: Unit, index: number): boolean {
    return this.#worked.has(`${kind} ${index}`);
  }

  /** Remembers that `index` works, after `refusal` of the source before it; true where that is a step back for good. */
  remember(unit: Unit, { source, index }: Candidate, refusal: Error | undefined, hadRows: boolean): boolean {
    // No entries show nothing of what they have.
    if (hadRows || source.requires === undefined) this.#worked.add(`${unit.kind} ${index}`);
    const before = this.#first.get(unit.kind) ?? 0;
    const stepsBack = index > before && isMissing(refusal) && !this.#works(unit, before);
    if (stepsBack) this.#first.set(unit.kind, index);
    return stepsBack;
  }
}

/** The API lacks the endpoint, or what it gives is of no use. */
function isMissing(refusal: Error | undefined): boolean {
  if (refusal instanceof UnsuitableSourceError) return true;
  return means(statusOf(refusal), 'no endpoint');
}

/**
 * Runs one unit. Failures of the unit alone are returned, with nothing of it loaded; what makes going on
 * pointless (credentials, database, interrupt) is thrown.
 */
export async function runUnit(
  context: RunContext,
  stream: Stream,
  unit: Unit,
  loader: Loader,
  choice: SourceChoice,
): Promise<UnitOutcome> {
  try {
    const summary = await choice.trying(stream, unit, () =>
      loadFromFirstUsable(context, stream, unit, loader, choice),
    );
    if (summary.rejected === 0) return { kind: 'loaded', summary };
    const message = `${summary.rejected} of its entries lack a key field and were left out.`;
    return { kind: 'failed', message, requestId: undefined, error: undefined, isRecorded: true };
  } catch (error) {
    if (isFatal(error)) throw error;
    const fate = await fateOfParents(context, stream, unit, error);
    if (fate !== undefined) return loadNothing(context, stream, unit, loader, fate);
    const message = describeError(error);
    const requestId = error instanceof ApiError ? error.context.requestId : undefined;
    return { kind: 'failed', message, requestId, error, isRecorded: false };
  }
}

/**
 * Records a failure: its partition is due again in the next run. In a backfill a failed partition stays due anyway.
 */
export async function recordFailure(
  { engine, run }: RunContext,
  unit: Unit,
  { message, requestId, isRecorded }: Extract<UnitOutcome, { kind: 'failed' }>,
  loader: Loader,
): Promise<void> {
  const { stream, partition } = unit;
  if (!isRecorded) {
    if (run.command !== 'backfill') await loader.fail(unit, { message, requestId });
    engine.events.emit('partition.failed', { stream, partition, error: message, requestId });
  }
}

/**
 * A parent that is gone has no children: where those can be looked at one by one, they are noted as absent. The others
 * follow their parent's tombstone, and children of archived parents stay as they were.
 */
async function loadNothing(
  { engine }: RunContext,
  stream: Stream,
  unit: Unit,
  loader: Loader,
  fate: ParentFate,
): Promise<UnitOutcome> {
  const reason = `its ${unit.kind} ${fate === 'gone' ? 'is gone' : 'was archived meanwhile'}`;
  engine.events.emit('partition.skipped', { stream: stream.name, partition: unit.partition, reason });
  if (fate === 'gone' && stream.get !== undefined) {
    await loader.open(unit).finish(NOTHING_READ);
  }
  return { kind: 'skipped', reason, fate };
}

async function loadFromFirstUsable(
  context: RunContext,
  stream: Stream,
  unit: Unit,
  loader: Loader,
  choice: SourceChoice,
): Promise<ExtractSummary> {
  const { events } = context.engine;
  const candidates = choice.candidates(stream, unit);
  let refused: { source: Source; error: Error } | undefined;
  for (const [position, candidate] of candidates.entries()) {
    const { source } = candidate;
    try {
      const { summary, hadRows } = await loadFrom(context, stream, source, unit, loader, choice);
      if (choice.remember(unit, candidate, refused?.error, hadRows) && refused !== undefined) {
        const reason = describeError(refused.error);
        events.emit('api.degraded', {
          stream: stream.name,
          from: refused.source.name,
          to: source.name,
          reason,
          ...(refused.error instanceof UnsuitableSourceError ? { isUsual: true } : {}),
        });
      }
      return summary;
    } catch (error) {
      const refusal =
        error instanceof UnsuitableSourceError ||
        (error instanceof ApiError && means(error.context.status, 'refused'));
      if (!refusal || position === candidates.length - 1) throw telling(stream, error, refused?.error);
      refused = { source, error };
    }
  }
  throw new Error(`stream ${stream.name} has no source for ${unit.kind}`);
}

/** If one way to a root listing is closed (403) and another does not exist (404), the listing is not gone. */
function telling(stream: Stream, error: unknown, before: Error | undefined): unknown {
  if (stream.partitions !== undefined || !means(statusOf(error), 'ended')) return error;
  return means(statusOf(before), 'hidden') ? before : error;
}

async function loadFrom(
  context: RunContext,
  stream: Stream,
  source: Source,
  unit: Unit,
  loader: Loader,
  { lookups }: SourceChoice,
): Promise<{ readonly summary: ExtractSummary; readonly hadRows: boolean }> {
  const { engine, cancel } = context;
  const load = loader.open(unit);
  const batches = extract(stream, source, unit, {
    client: engine.client,
    events: engine.events,
    pageSize: engine.pageSize,
    maxPages: engine.maxPages,
    signal: cancel,
    lookup: (forEach, of) => lookups.partition(engine, stream, forEach, of),
    given: (column, of) => lookups.given(engine, stream, column, of),
    mask: engine.privacy?.of(stream.name)?.mask,
  });
  try {
    let hadRows = false;
    let step = await batches.next();
    for (; !step.done; step = await batches.next()) {
      hadRows ||= step.value.rows.length > 0;
      await load.add(step.value);
    }
    await load.finish(step.value);
    return { summary: step.value, hadRows };
  } catch (error) {
    load.discard();
    await batches.return(NOTHING_READ);
    throw error;
  }
}
