/** Every endpoint of the simulated API. */
import { ACCESS_CHILDREN } from './access-children.ts';
import { contentEndpoints } from './content-endpoints.ts';
import { DATA_CHILDREN } from './data-children.ts';
import type { Endpoint, Novelties } from './http/endpoint.ts';
import { peopleEndpoints } from './people-endpoints.ts';
import { ROOT_STREAMS } from './root-streams.ts';
import { grantsEndpoints } from './streams/access/grants.ts';
import type { SimulatedStream } from './streams/stream.ts';
import { WORKBOOK_CHILDREN } from './workbook-children.ts';

/** Streams that are declared with their endpoints. */
export const SIMULATED = {
  ...ROOT_STREAMS,
  ...WORKBOOK_CHILDREN,
  ...DATA_CHILDREN,
  ...ACCESS_CHILDREN,
} satisfies Record<string, SimulatedStream>;

/** The endpoints an organization with these novelties has. */
export function endpointsOf(novelties: Novelties): Endpoint[] {
  const streams: readonly SimulatedStream[] = Object.values(SIMULATED);
  const all = [
    ...peopleEndpoints,
    ...contentEndpoints,
    ...grantsEndpoints,
    ...streams.flatMap(({ endpoints }) => endpoints),
  ];
  return all.filter(({ novelty }) => novelty === undefined || novelties[novelty]);
}
