/** Runs one unit: reads its listings page by page and yields validated rows. */
import type { EventBus } from '../core/events/bus.ts';
import type { SigmaClient } from '../sigma/client.ts';
import { type ListingPage, type ListingRequest, type ListingSummary, readListing } from '../sigma/paging.ts';
import { statusOf } from '../sigma/status.ts';
import { type DriftListener, type EntryMask, entryReader } from './entry.ts';
import type { Endpoint, ForEach, RefusalMeaning, Source, Stream } from './stream.ts';
import type { Batch, ExtractedRow, ExtractSummary, Unit } from './unit.ts';

/** What extraction needs from the outside. */
export interface ExtractContext {
  readonly client: SigmaClient;
  readonly events: EventBus;
  readonly pageSize: number;
  readonly signal: AbortSignal;
  /** Values that the stored rows of the unit's partition give for a source that is read for each of them. */
  readonly lookup: (forEach: ForEach, unit: Unit) => Promise<readonly string[]>;
  /** Hides what the privacy settings of the stream name. */
  readonly mask?: EntryMask | undefined;
}

/** The source's entries lack the field it is declared to require: another source must be used. */
export class UnsuitableSourceError extends Error {
  override readonly name = 'UnsuitableSourceError';
}

/**
 * Extracts `unit` from `source`, a page at a time; the next page is requested while the last is being loaded.
 *
 * @throws ApiError, NetworkError, AuthError, PagingError; UnsuitableSourceError; InterruptedError.
 */
export async function* extract(
  stream: Stream,
  source: Source,
  unit: Unit,
  context: ExtractContext,
): AsyncGenerator<Batch, ExtractSummary> {
  const drift = new DriftTally();
  const { forEach } = source;
  const values = forEach === undefined ? [] : await context.lookup(forEach, unit);
  const asked = values.filter((value) => unit.only?.includes(value) ?? true);
  const sets =
    forEach === undefined
      ? [unit.params]
      : asked.map((value) => ({ ...unit.params, [forEach.param]: value }));
  let pages = 0;
  let rejected = 0;
  let hidden = 0;
  let refused = 0;
  let position = 0;
  let atOnce = true;
  const doubtful: string[] = [];
  const kept: string[] = unit.only === undefined ? [] : values.filter((value) => !asked.includes(value));

  for (const params of sets) {
    const read = entryReader(stream, params, drift.add, context.mask);
    for (const endpoint of source.listings) {
      const listing = readListing(context.client, request(endpoint, params, unit, context), {
        pageSize: context.pageSize,
        events: context.events,
      });
      let step = await settled(listing, endpoint);
      for (; typeof step !== 'string' && !step.done; step = await settled(listing, endpoint)) {
        const page = step.value;
        const rows: ExtractedRow[] = [];
        for (const entry of page.entries) {
          position++;
          checkRequired(source, entry);
          const row = read(entry);
          if ('hidden' in row) hidden++;
          else if ('rejected' in row) {
            rejected++;
            const { stream: name, partition } = unit;
            const requestId = page.requestId;
            context.events.emit('entry.rejected', {
              stream: name,
              partition,
              position,
              field: row.field,
              requestId,
            });
          } else {
            rows.push(row);
          }
        }
        context.events.emit('page.read', {
          stream: unit.stream,
          partition: unit.partition,
          rows: page.entries.length,
        });
        yield { rows };
      }
      if (typeof step !== 'string') {
        pages += step.value.pages;
        atOnce &&= step.value.pages === 1 && step.value.consistent;
      } else if (step !== 'nothing') {
        const value = forEach === undefined ? unit.value : (params[forEach.param] ?? '');
        kept.push(value);
        // Rights may come back without the parent moving.
        doubtful.push(value);
        if (step === 'hidden') refused++;
      }
    }
  }
  drift.report(stream.name, context.events);
  if (hidden + refused > 0) {
    const { partition } = unit;
    context.events.emit('entries.hidden', { stream: stream.name, partition, count: hidden + refused });
  }
  // An entry can move from one listing to another between the two requests and be missed by both, unless its key says
  // which listing it is in.
  const keyed = stream.columns.some(({ isKey, source: name }) => isKey && name === forEach?.param);
  atOnce &&= source.listings.length <= 1 && (sets.length <= 1 || keyed);
  return { pages, rejected, atOnce, hidden, kept, doubtful };
}

/** The listing's next step, or what its refusal means where the endpoint declares that it means something. */
async function settled(
  listing: AsyncGenerator<ListingPage, ListingSummary>,
  endpoint: Endpoint,
): Promise<IteratorResult<ListingPage, ListingSummary> | RefusalMeaning> {
  try {
    return await listing.next();
  } catch (error) {
    const meaning = endpoint.refusals?.[statusOf(error) ?? 0];
    if (meaning === undefined) throw error;
    return meaning;
  }
}

function checkRequired(source: Source, entry: unknown): void {
  const field = source.requires;
  if (field === undefined) return;
  const value =
    typeof entry === 'object' && entry !== null ? (entry as Record<string, unknown>)[field] : undefined;
  if (typeof value !== 'string') throw new UnsuitableSourceError(`its entries have no ${field}`);
}

/**
 * An endpoint that may answer a failure where it has nothing to tell is asked three times, and twice in later runs.
 * Long waits would add up: a unit can have many of them, and whatever is in doubt is asked again by the next run.
 */
const DOUBTFUL = { maxAttempts: 3, baseMs: 100, maxMs: 200 };
const STILL_DOUBTFUL = { ...DOUBTFUL, maxAttempts: 2 };

function request(
  endpoint: Endpoint,
  params: Readonly<Record<string, string>>,
  unit: Unit,
  context: ExtractContext,
): ListingRequest {
  const query = Object.fromEntries(
    Object.entries(endpoint.query ?? {}).map(([name, value]) => [name, fill(value, params, (text) => text)]),
  );
  const doubtful = Object.entries(endpoint.refusals ?? {}).flatMap(([status, meaning]) =>
    meaning === 'doubtful' ? [[status, unit.only === undefined ? DOUBTFUL : STILL_DOUBTFUL]] : [],
  );
  return {
    path: fill(endpoint.path, params, encodeURIComponent),
    paging: endpoint.paging,
    query,
    stream: unit.stream,
    partition: unit.partition,
    signal: context.signal,
    ...(endpoint.limit === undefined ? {} : { limit: Math.min(endpoint.limit, context.pageSize) }),
    ...(endpoint.entries === undefined ? {} : { entries: endpoint.entries }),
    ...(doubtful.length === 0 ? {} : { patience: Object.fromEntries(doubtful) }),
  };
}

/** Fills `{name}` from `params`. */
export function fill(
  template: string,
  params: Readonly<Record<string, string>>,
  encode: (value: string) => string,
): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => encode(params[name] ?? ''));
}

/** One report per field and kind, not one per entry. */
class DriftTally {
  readonly #counts = new Map<string, { field: string; expected: string; received: string; count: number }>();

  readonly add: DriftListener = (field, expected, received) => {
    const id = `${field}\t${received}`;
    const known = this.#counts.get(id);
    if (known !== undefined) known.count++;
    else this.#counts.set(id, { field, expected, received, count: 1 });
  };

  report(stream: string, events: EventBus): void {
    for (const drift of this.#counts.values()) events.emit('schema.drift', { stream, ...drift });
  }
}
