/** One unit from extraction to its loader, with the choice among a stream's sources. */
import {
  ApiError,
  AuthError,
  causedBy,
  DatabaseError,
  describeError,
  InterruptedError,
  LockedError,
} from '../errors.ts';
import { extract, fill, UnsuitableSourceError } from '../extractors/extract.ts';
import type { Source, Stream } from '../extractors/stream.ts';
import type { ExtractSummary, Unit } from '../extractors/unit.ts';
import type { Loader } from '../loaders/loader.ts';
import type { RunContext } from './context.ts';
import { lookupPartition } from './lookup.ts';

/** How a unit ended. */
export type UnitOutcome =
  | { readonly kind: 'loaded'; readonly summary: ExtractSummary }
  | { readonly kind: 'skipped'; readonly reason: string }
  | { readonly kind: 'failed'; readonly message: string; readonly error: unknown };

/** Which source each kind of partition is read from: falls back once, for the rest of the run. */
export class SourceChoice {
  readonly #chosen = new Map<string, number>();

  /** Sources for `unit`, the preferred one first, with their index. */
  candidates(stream: Stream, unit: Unit): { source: Source; index: number }[] {
    const kind = (stream.partitions ?? []).flat().find((candidate) => candidate.kind === unit.kind);
    const sources = kind?.sources ?? stream.sources;
    return sources.map((source, index) => ({ source, index })).slice(this.#chosen.get(unit.kind) ?? 0);
  }

  /** Remembers that `index` works; true where that is a step back. */
  settle(unit: Unit, index: number): boolean {
    const before = this.#chosen.get(unit.kind) ?? 0;
    this.#chosen.set(unit.kind, Math.max(before, index));
    return index > before;
  }
}

/** Statuses by which the API says that it lacks or refuses an endpoint or a parameter. */
const REFUSALS = new Set([400, 403, 404, 405, 422, 501]);

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
    const summary = await loadFromFirstUsable(context, stream, unit, loader, choice);
    if (summary.rejected === 0) return { kind: 'loaded', summary };
    const message = `${summary.rejected} of its entries lack a key field and were left out.`;
    return { kind: 'failed', message, error: undefined };
  } catch (error) {
    if (isFatal(error)) throw error;
    const reason = await whyParentRefuses(context, stream, unit, error);
    if (reason !== undefined) {
      context.engine.events.emit('partition.skipped', {
        stream: stream.name,
        partition: unit.partition,
        reason,
      });
      return { kind: 'skipped', reason };
    }
    const message = describeError(error);
    const requestId = error instanceof ApiError ? error.context.requestId : undefined;
    await loader.fail(unit, { message, requestId });
    context.engine.events.emit('partition.failed', {
      stream: stream.name,
      partition: unit.partition,
      error: message,
      requestId,
    });
    return { kind: 'failed', message, error };
  }
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
  for (const [position, { source, index }] of candidates.entries()) {
    try {
      const summary = await loadFrom(context, stream, source, unit, loader);
      if (choice.settle(unit, index) && refused !== undefined) {
        const reason = describeError(refused.error);
        events.emit('api.degraded', {
          stream: stream.name,
          from: refused.source.name,
          to: source.name,
          reason,
        });
      }
      return summary;
    } catch (error) {
      const refusal =
        error instanceof UnsuitableSourceError ||
        (error instanceof ApiError && REFUSALS.has(error.context.status ?? 0));
      if (!refusal || position === candidates.length - 1) throw error;
      refused = { source, error };
    }
  }
  throw new Error(`stream ${stream.name} has no source for ${unit.kind}`);
}

async function loadFrom(
  context: RunContext,
  stream: Stream,
  source: Source,
  unit: Unit,
  loader: Loader,
): Promise<ExtractSummary> {
  const { engine, cancel } = context;
  const load = loader.open(unit);
  const batches = extract(stream, source, unit, {
    client: engine.client,
    events: engine.events,
    pageSize: engine.pageSize,
    signal: cancel,
    lookup: (name, column, of) => lookupPartition(engine, stream, name, column, of),
  });
  try {
    let step = await batches.next();
    for (; !step.done; step = await batches.next()) await load.add(step.value);
    await load.finish(step.value);
    return step.value;
  } catch (error) {
    load.discard();
    await batches.return({ pages: 0, rejected: 0, selfProving: false });
    throw error;
  }
}

/** Errors after which no other unit can fare better. */
function isFatal(error: unknown): boolean {
  const fatal: readonly (abstract new (...args: never[]) => Error)[] = [
    AuthError,
    DatabaseError,
    InterruptedError,
    LockedError,
  ];
  return fatal.some((type) => causedBy(error, type)) || !(error instanceof Error) || isBug(error);
}

function isBug(error: Error): boolean {
  return error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
}

/**
 * A child that the API refuses may only mean that its parent was deleted or archived since it was listed: the
 * parent itself tells. Such a child is no failure.
 */
async function whyParentRefuses(
  context: RunContext,
  stream: Stream,
  unit: Unit,
  error: unknown,
): Promise<string | undefined> {
  if (!(error instanceof ApiError) || !REFUSALS.has(error.context.status ?? 0)) return undefined;
  const kinds = (stream.partitions ?? []).flat().filter((candidate) => candidate.kind === unit.kind);
  const reasons: string[] = [];
  // An object may be known from several listings: it is gone where none of them has it.
  for (const { kind, parent, parentColumn } of kinds) {
    const path = context.engine.catalogue.find((candidate) => candidate.name === parent)?.get;
    if (path === undefined || parent === stream.name) continue;
    const reason = await whyRefused(
      context,
      fill(path, { [parentColumn]: unit.value }, encodeURIComponent),
      unit,
    );
    if (reason === undefined) return undefined;
    reasons.push(`its ${kind} ${reason}`);
  }
  return reasons.find((reason) => reason.includes('archived')) ?? reasons[0];
}

async function whyRefused(
  { engine, cancel }: RunContext,
  path: string,
  unit: Unit,
): Promise<string | undefined> {
  const { stream, partition } = unit;
  try {
    const { body } = await engine.client.get(path, { stream, partition, signal: cancel });
    const archived =
      typeof body === 'object' && body !== null && 'isArchived' in body && body.isArchived === true;
    return archived ? 'was archived meanwhile' : undefined;
  } catch (cause) {
    if (isFatal(cause)) throw cause;
    return cause instanceof ApiError && cause.context.status === 404 ? 'is gone' : undefined;
  }
}
