/** Runs one unit: reads its listings page by page and yields validated rows. */
import type { EventBus } from '../events/bus.ts';
import type { SigmaClient } from '../sigma/client.ts';
import { type ListingRequest, readListing } from '../sigma/paging.ts';
import { type DriftListener, entryReader } from './entry.ts';
import type { Endpoint, Source, Stream } from './stream.ts';
import type { Batch, ExtractedRow, ExtractSummary, Unit } from './unit.ts';

/** What extraction needs from the outside. */
export interface ExtractContext {
  readonly client: SigmaClient;
  readonly events: EventBus;
  readonly pageSize: number;
  readonly signal: AbortSignal;
  /** Values of `column` in the stored rows of `stream` that belong to the unit's partition. */
  readonly lookup: (stream: string, column: string, unit: Unit) => Promise<readonly string[]>;
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
  const sets = await parameterSets(source, unit, context);
  let pages = 0;
  let rejected = 0;
  let hidden = 0;
  let position = 0;
  let selfProving = true;

  for (const params of sets) {
    const read = entryReader(stream, params, drift.add);
    for (const endpoint of source.listings) {
      const listing = readListing(context.client, request(endpoint, params, unit, context), {
        pageSize: context.pageSize,
        events: context.events,
      });
      let step = await listing.next();
      for (; !step.done; step = await listing.next()) {
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
      pages += step.value.pages;
      selfProving &&= step.value.pages === 1 && step.value.consistent;
    }
  }
  drift.report(stream.name, context.events);
  if (hidden > 0)
    context.events.emit('entries.hidden', { stream: stream.name, partition: unit.partition, count: hidden });
  // An entry can move from one listing to another between the two requests and be missed by both; and where an
  // entry can be looked at directly, that alone tells a deletion from a lost permission.
  const conclusive = sets.length * source.listings.length <= 1 && stream.get === undefined;
  return { pages, rejected, selfProving: selfProving && rejected === 0 && conclusive };
}

function checkRequired(source: Source, entry: unknown): void {
  const field = source.requires;
  if (field === undefined) return;
  const value =
    typeof entry === 'object' && entry !== null ? (entry as Record<string, unknown>)[field] : undefined;
  if (typeof value !== 'string') throw new UnsuitableSourceError(`its entries have no ${field}`);
}

async function parameterSets(
  source: Source,
  unit: Unit,
  context: ExtractContext,
): Promise<readonly Readonly<Record<string, string>>[]> {
  const { forEach } = source;
  if (forEach === undefined) return [unit.params];
  const values = await context.lookup(forEach.stream, forEach.column, unit);
  return values.map((value) => ({ ...unit.params, [forEach.param]: value }));
}

function request(
  endpoint: Endpoint,
  params: Readonly<Record<string, string>>,
  unit: Unit,
  context: ExtractContext,
): ListingRequest {
  const query = Object.fromEntries(
    Object.entries(endpoint.query ?? {}).map(([name, value]) => [name, fill(value, params, (text) => text)]),
  );
  return {
    path: fill(endpoint.path, params, encodeURIComponent),
    paging: endpoint.paging,
    query,
    stream: unit.stream,
    partition: unit.partition,
    signal: context.signal,
    ...(endpoint.limit === undefined ? {} : { limit: endpoint.limit }),
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
