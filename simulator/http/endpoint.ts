/** An endpoint of the simulated API. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Entry } from '../store/entry.ts';
import { oneOf, type Store } from '../store/store.ts';
import type { Answer, FileAnswer } from './answer.ts';
import type { DueFault } from './faults.ts';
import type { Listing, Paging } from './listing.ts';
import { EVERY_NOVELTY, type Novelties } from './novelties.ts';
import type { Views } from './views.ts';

/** The novelties that a simulator serves of its organization: the truth follows them. */
export const noveltiesOf = oneOf(() => ({ ...EVERY_NOVELTY }));

/** One request to an endpoint. */
export interface Call {
  readonly store: Store;
  readonly views: Views;
  readonly novelties: Novelties;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

/** A listing. `shift` moves what a reader has still to come by one place, to either side. */
export interface ListingEndpoint extends Paging {
  readonly path: string;
  /** It is there only where the organization has this. */
  readonly novelty?: keyof Novelties;
  /** The novelty with which an organization refuses any parameter of the query. */
  readonly strict?: keyof Novelties;
  /** It is there only where the organization does not have this. */
  readonly until?: keyof Novelties;
  readonly list: (call: Call) => Listing;
  readonly shift?: (call: Call, remove: boolean) => unknown;
}

export interface ObjectEndpoint {
  readonly path: string;
  readonly novelty?: keyof Novelties;
  readonly until?: keyof Novelties;
  readonly get: (call: Call) => Entry;
}

export type Endpoint = ListingEndpoint | ObjectEndpoint;

/** One request to an endpoint that gives data. */
export interface DataCall extends Call {
  readonly requestId: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly fault: DueFault | undefined;
}

/** An endpoint that answers more than JSON. */
export interface DataEndpoint {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly does: 'export' | 'download';
  /** It is there only where the organization has this. */
  readonly novelty?: keyof Novelties;
  readonly answer: (call: DataCall) => Answer | FileAnswer;
}

/** The value of a path parameter; the router has filled all that the template names. */
export function param(call: Call, name: string): string {
  return call.params[name] ?? '';
}
