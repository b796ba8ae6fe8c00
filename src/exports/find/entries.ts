/** Entries of the API's listings about workbooks, one by one. */
import type { EventBus } from '../../core/events/bus.ts';
import type { SigmaClient } from '../../sigma/client.ts';
import { readListing } from '../../sigma/paging.ts';

/** The sources to ask. */
export interface Asking {
  readonly client: SigmaClient;
  readonly events: EventBus;
  readonly signal: AbortSignal;
}

/** The entries of a listing that are objects. @param stream what events and errors call the question */
export async function* entriesOf(
  { client, events, signal }: Asking,
  path: string,
  stream: string,
): AsyncGenerator<Readonly<Record<string, unknown>>> {
  const listing = { path, paging: 'page', query: {}, stream, partition: '', signal } as const;
  for await (const { entries } of readListing(client, listing, { pageSize: 1000, events })) {
    for (const entry of entries)
      if (typeof entry === 'object' && entry !== null) yield entry as Record<string, unknown>;
  }
}
