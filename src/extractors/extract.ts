/** Runs one unit: reads its listings page by page and yields validated rows. */
import type { EventBus } from '../core/events/bus.ts';
import type { SigmaClient } from '../sigma/client.ts';
import { type ListingPage, type ListingRequest, type ListingSummary, readListing } from '../sigma/paging.ts';
import { segment } from '../sigma/segment.ts';
import { statusOf } from '../sigma/status.ts';
import type { EntryMask } from './entry.ts';
import { RowReader, UnsuitableSourceError } from './row-reader.ts';
import type { Endpoint, ForEach, RefusalMeaning, Source, Stream } from './stream.ts';
import type { Batch, ExtractedRow, ExtractSummary, Unit } from './unit.ts';

/** Dependencies of an extraction. */
export interface ExtractContext {
  readonly client: SigmaClient;
  readonly events: EventBus;
  readonly pageSize: number;
  /** Most pages of one listing. */
  readonly maxPages?: number | undefined;
  readonly signal: AbortSignal;
  /** Values that the stored rows of the unit's partition give for a source that is read for each of them. */
  readonly lookup: (forEach: ForEach, unit: Unit) => Promise<readonly string[]>;
  /** The entries that the parent's stored row has for the unit in a column; undefined where its listing does not tell. */
  readonly given: (column: string, unit: Unit) => Promise<readonly unknown[] | undefined>;
  /** Hides what the privacy settings of the stream name. */
  readonly mask?: EntryMask | undefined;
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
  if (source.inParent !== undefined) return yield* takeGiven(stream, source, source.inParent, unit, context);
  const { forEach } = source;
  const values = forEach === undefined ? [] : await context.lookup(forEach, unit);
  const asked = values.filter((value) => unit.only?.includes(value) ?? true);
  const sets =
    forEach === undefined
      ? [unit.params]
      : asked.map((value) => ({ ...unit.params, [forEach.param]: value }));
  const reader = new RowReader(stream, source, unit, context.events);
  let pages = 0;
  let refused = 0;
  let failing = 0;
  let atOnce = true;
  const doubtful: string[] = [];
  const kept: string[] = unit.only === undefined ? [] : values.filter((value) => !asked.includes(value));

  for (const params of sets) {
    const read = reader.pages(params, context.mask);
    for (const endpoint of source.listings) {
      const { expand } = endpoint;
      const rowsOf = (page: ListingPage): ExtractedRow[] =>
        read(
          expand === undefined
            ? page
            : { ...page, entries: page.entries.flatMap((entry) => expand(entry, unit.value)) },
        );
      const listing = readListing(context.client, request(endpoint, params, unit, context), {
        pageSize: context.pageSize,
        maxPages: context.maxPages,
        events: context.events,
      });
      let step = await nextOf(listing, endpoint);
      for (; typeof step !== 'string' && !step.done; step = await nextOf(listing, endpoint))
        for (const part of slices(step.value)) yield { rows: rowsOf(part) };
      if (typeof step !== 'string') {
        pages += step.value.pages;
        atOnce &&= step.value.pages === 1 && step.value.consistent;
      } else if (step !== 'nothing') {
        const value = forEach === undefined ? unit.value : (params[forEach.param] ?? '');
        kept.push(value);
        // Rights may come back without the parent moving.
        doubtful.push(value);
        if (step === 'hidden') refused++;
        else failing++;
      }
    }
  }
  reader.report();
  const { rejected, hidden } = reader;
  if (hidden + refused > 0) {
    const { partition } = unit;
    context.events.emit('entries.hidden', { stream: stream.name, partition, count: hidden + refused });
  }
  // An entry can move from one listing to another between the two requests and be missed by both, unless its key says
  // which listing it is in.
  const keyed = stream.columns.some(({ isKey, source: name }) => isKey && name === forEach?.param);
  atOnce &&= source.listings.length <= 1 && (sets.length <= 1 || keyed);
  const listings = sets.length * source.listings.length;
  return { pages, rejected, atOnce, hidden, kept, doubtful, listings, failing };
}

/** Entries that came with the parent: complete as its row is. */
async function* takeGiven(
  stream: Stream,
  source: Source,
  column: string,
  unit: Unit,
  context: ExtractContext,
): AsyncGenerator<Batch, ExtractSummary> {
  const entries = await context.given(column, unit);
  if (entries === undefined) throw new UnsuitableSourceError(`no ${unit.kind} was listed with its ${column}`);
  const reader = new RowReader(stream, source, unit, context.events);
  const rows = reader.pages(unit.params, context.mask)({ entries, requestId: undefined });
  if (rows.length > 0) yield { rows };
  reader.report();
  const { rejected, hidden } = reader;
  return { pages: 0, rejected, hidden, atOnce: true };
}

/** A page that has more entries than were asked for becomes rows a part at a time. */
const MOST_AT_ONCE = 1000;

function* slices(page: ListingPage): Generator<ListingPage> {
  const { entries } = page;
  if (entries.length <= MOST_AT_ONCE) return yield page;
  for (let at = 0; at < entries.length; at += MOST_AT_ONCE)
    yield { ...page, entries: entries.slice(at, at + MOST_AT_ONCE) };
}

/** The listing's next page or end, or what its refusal means where the endpoint declares that it means something. */
async function nextOf(
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

/**
 * An endpoint that may answer a failure where it has nothing to tell is asked three times, and twice in later runs.
 * Long waits would add up: a unit can have many of them, and whatever is in doubt is asked again later.
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
    path: fill(endpoint.path, params, segment),
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
