/** What an endpoint of the simulated API is; `people-endpoints.ts` and `content-endpoints.ts` list them. */
import type { Entry } from './entities.ts';
import type { Listing, Paging } from './listing.ts';
import type { Organization } from './organization.ts';
import type { Views } from './views.ts';

/** One request to an endpoint. */
export interface Call {
  readonly organization: Organization;
  readonly views: Views;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

/** A listing. `shift` moves what a reader has still to come by one place, to either side. */
export interface ListingEndpoint extends Paging {
  readonly path: string;
  readonly list: (call: Call) => Listing;
  readonly shift?: (call: Call, remove: boolean) => unknown;
}

/** A single object. */
export interface ObjectEndpoint {
  readonly path: string;
  readonly get: (call: Call) => Entry;
}

export type Endpoint = ListingEndpoint | ObjectEndpoint;

/** The value of a path parameter; the router has filled all that the template names. */
export function param(call: Call, name: string): string {
  return call.params[name] ?? '';
}
