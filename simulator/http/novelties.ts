/**
 * Differences between the API of 2026 and that of 2025. It imports nothing, because the command line lists it in its
 * help.
 */

/**
 * Features that are newer than the specification of November 2025, and their defaults. Some organizations lack some
 * of them.
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
  /** Short ids in the grants of workspaces, connections and their paths: no source tells. */
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
export type Novelties = Readonly<Record<keyof typeof EVERY_NOVELTY, boolean>>;

/** An organization as the specification of November 2025 describes it. */
export const API_2025 = Object.fromEntries(
  Object.keys(EVERY_NOVELTY).map((name) => [name, false]),
) as Novelties;

/** Novelties of the API of a year. */
export const NOVELTIES_OF_API: Readonly<Record<'2025' | '2026', Novelties>> = {
  2025: API_2025,
  2026: EVERY_NOVELTY,
};
