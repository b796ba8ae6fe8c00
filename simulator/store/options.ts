/** What an organization is made from. */

/** Seed, sizes and start of an organization. Every size is met exactly. */
export interface StoreOptions {
  /** Default 1. */
  readonly seed?: number;
  /** Workbooks without explorations; archived, private and tagged versions included. Default 120. */
  readonly workbooks?: number;
  /** Archived and inactive ones included. Default 40, at least 1. */
  readonly members?: number;
  /** Default 8. */
  readonly teams?: number;
  /** Direct grants, besides those that reports begin with. Default 600. */
  readonly grants?: number;
  /** Default: one per 100 workbooks and at least 5, at most 40. */
  readonly workspaces?: number;
  /** Default: one per 20 workbooks and at least 10, at most 500. */
  readonly folders?: number;
  /** Elements of all workbooks that are not archived, together. Default: by `elementsPerPage`. */
  readonly elements?: number;
  /** Default: one to three, by chance. */
  readonly pagesPerWorkbook?: number;
  /** Used where `elements` is not given. Default 3. */
  readonly elementsPerPage?: number;
  /** Share of workbooks that are archived, 0 to 1. Default 0.05. */
  readonly archivedShare?: number;
  /** Archived ones included. Each has ten paths. Default 3. */
  readonly connections?: number;
  /** Archived ones included. Default: one per 12 workbooks and at least 3. */
  readonly dataModels?: number;
  /** Archived and private ones included. Default: one per 15 workbooks and at least 3. */
  readonly datasets?: number;
  /** Archived and private ones and tagged versions included. Default: one per 10 workbooks. */
  readonly reports?: number;
  /** Share of the members that opened a file in the 30 days before `now`, 0 to 1. Default 0.4. */
  readonly activeShare?: number;
  /** Where the logical clock starts, in milliseconds since 1970. Default: 270 days into 2026. */
  readonly now?: number;
  /** Some entries carry fields newer than the specification. Default true. */
  readonly newerFields?: boolean;
}

/** The sizes with their defaults. */
export function sizesOf({ workbooks = 120, ...given }: StoreOptions) {
  return {
    workbooks,
    members: Math.max(1, given.members ?? 40),
    teams: given.teams ?? 8,
    grants: given.grants ?? 600,
    connections: given.connections ?? 3,
    dataModels: given.dataModels ?? Math.max(3, Math.floor(workbooks / 12)),
    datasets: given.datasets ?? Math.max(3, Math.floor(workbooks / 15)),
    reports: given.reports ?? Math.floor(workbooks / 10),
    workspaces: given.workspaces ?? Math.min(40, Math.max(5, Math.floor(workbooks / 100))),
    folders: given.folders ?? Math.min(500, Math.max(10, Math.floor(workbooks / 20))),
    elements: given.elements,
    pagesPerWorkbook: given.pagesPerWorkbook,
    elementsPerPage: given.elementsPerPage ?? 3,
    archivedShare: given.archivedShare ?? 0.05,
  };
}
