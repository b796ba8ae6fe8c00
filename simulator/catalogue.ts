/** The streams of the simulated API: their order, their endpoints and what each of them is in truth. */
import type { Endpoint } from './http/endpoint.ts';
import type { Novelties } from './http/novelties.ts';
import type { Entry } from './store/entry.ts';
import type { Store } from './store/store.ts';
import type { Stream } from './streams/stream.ts';
import { streams } from './streams.generated.ts';

/** A stream the organization knows the truth of. */
export type TruthStream = keyof typeof streams;

/**
 * Streams in the order in which they are made. It decides what a seed names, since some share a generator and all
 * share the places in listings. A stream that is not named comes after these and changes nothing of them.
 */
const MADE: readonly TruthStream[] = [
  ...(['members', 'teams', 'workspaces', 'files', 'tags', 'templates', 'translations'] as const),
  ...(['account_types', 'tenants', 'allowed_ips', 'user_attributes', 'connections'] as const),
  ...(['data_models', 'datasets', 'workbooks', 'grants'] as const),
];

const NAMES = Object.keys(streams) as TruthStream[];

/** Every stream the organization knows the truth of. */
export const STREAMS: readonly TruthStream[] = [...MADE, ...NAMES.filter((name) => !MADE.includes(name))];

/** A stream by its name. */
export function streamOf(name: TruthStream): Stream {
  return streams[name];
}

/** Makes what an organization begins with. */
export function makeStreams(store: Store): void {
  for (const name of STREAMS) streamOf(name).make?.(store);
}

/** The endpoints an organization with these novelties has. */
export function endpointsOf(novelties: Novelties): Endpoint[] {
  const all: Endpoint[] = STREAMS.flatMap((name) => streamOf(name).endpoints);
  const had = all.filter(
    ({ novelty, until }) =>
      (novelty === undefined || novelties[novelty]) && (until === undefined || !novelties[until]),
  );
  const paged = novelties.alwaysPaged ? had.map(withPages) : had;
  return novelties.opaquePages ? paged.map(withOpaquePages) : paged;
}

/** The same endpoint, which gives no bare list. */
function withPages(endpoint: Endpoint): Endpoint {
  if ('get' in endpoint) return endpoint;
  const { bare: _, ...paged } = endpoint;
  return paged;
}

/** The same endpoint whose tokens can't be taken for numbers, and which takes numbers of pages. */
function withOpaquePages(endpoint: Endpoint): Endpoint {
  if ('get' in endpoint) return endpoint;
  return { ...endpoint, numbers: true, tokens: endpoint.tokens === 'offset' ? 'opaque' : endpoint.tokens };
}

/** All entries of a stream. @throws RangeError where there is no such stream. */
export function truthOf(store: Store, stream: string): Iterable<Entry> {
  const known = STREAMS.find((name) => name === stream);
  if (known === undefined) throw new RangeError(`unknown stream ${stream}; known are ${STREAMS.join(', ')}`);
  return streamOf(known).truth(store);
}
