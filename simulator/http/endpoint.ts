/** What an endpoint of the simulated API is. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Entry } from '../store/entry.ts';
import { oneOf, type Store } from '../store/store.ts';
import type { Answer, FileAnswer } from './answer.ts';
import type { DueFault } from './faults.ts';
import type { Listing, Paging } from './listing.ts';
import type { Views } from './views.ts';

/**
 * What is newer than the specification of November 2025, and whether it is so unless somebody says otherwise; some
 * organizations do not have all of it yet.
 */
export const EVERY_NOVELTY = {
  /** A number as `page` or `pageToken` counts pages, from 1; tokens mean nothing to a reader. [TAP] [Airbyte] */
  opaquePages: true,
  /** Members, teams, workspaces and schedules come in pages, asked for or not: since 2 June 2026. [AE] */
  alwaysPaged: true,
  /** `/v2/files` lists data models and datasets, and warehouse tables where it is asked for them. [QS] */
  dataFiles: true,
  /** `sources` refuse every parameter. [MCP] */
  strictSources: true,
  /** `/v2/workbooks/{id}/elements`. */
  elements: true,
  /** Its entries name their page: seen nowhere. [SDK, AE, tap-sigma] */
  pageId: false,
  /** `/v2/workbooks/{id}/columns`. */
  columns: true,
  /** Its entries name their element. */
  elementId: true,
  /** `/v2/dataModels/{id}/elements`, `…/columns` and `…/tags`. */
  dataModelElements: true,
  dataModelColumns: true,
  dataModelTags: true,
  /** `/v2/tenants`, in the place of `/v3alpha/tenants`. */
  tenantsV2: true,
  /** API clients, connectors and credentials, plugins, policies, SAML, settings, agents, rules about columns. */
  administration: true,
  /** The endpoints of datasets are gone. Datasets can't be used since September 2026; whether this follows is not known. */
  datasetsRetired: false,
  /** The lineage of whole workbooks and data models. */
  documentLineage: true,
  /** The lineage of an element describes every node of an edge. */
  lineageNodes: true,
  /** Columns have types, which are objects. */
  columnTypes: true,
  /** Sources that are custom SQL have an id and a connection. */
  customSqlIds: true,
  /** `inodeId` of `/v2/grants` is the short id of the object, as in its address. [SDK] */
  shortGrantIds: true,
  /** That of the grants of workspaces, connections and their paths, too: nobody has told. */
  shortIdsInAllGrants: false,
  /** `/v2/dataModels` takes `skipPermissionCheck`, and shows others' only with it. Without: it refuses the parameter. */
  dataModelsPermissionCheck: true,
  /** Listings of documents leave their tags out: seen nowhere. */
  tagsApart: false,
  /** `/v2/members/{id}/schedules`. */
  memberSchedules: true,
  /** `/v2/reports` and what is below them. */
  reports: true,
};
/** What a simulator serves of its organization: the truth follows it. */
export const noveltiesOf = oneOf(() => ({ ...EVERY_NOVELTY }));
export type Novelties = Readonly<Record<keyof typeof EVERY_NOVELTY, boolean>>;

/** An organization as the specification of November 2025 describes it. */
export const API_2025 = Object.fromEntries(
  Object.keys(EVERY_NOVELTY).map((name) => [name, false]),
) as Novelties;

/** What an organization has that serves the API of a year. */
export const NOVELTIES_OF_API: Readonly<Record<'2025' | '2026', Novelties>> = {
  2025: API_2025,
  2026: EVERY_NOVELTY,
};

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
  /** Where the organization has this, any parameter of the query is refused. */
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
