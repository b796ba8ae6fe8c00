/**
 * What the answers of the analytics schema are made of: all entries of an organization, as far as a sync can know them.
 * The API refuses to list what is in an archived document, so that stays as it was last seen.
 */
import type { Organization } from '../../src/simulator/organization.ts';

/** An entry as the API gives it, with the ids of its parents. */
export type Entry = Readonly<Record<string, unknown>>;

/** Entries by stream. */
export type Entries = (stream: string) => readonly Entry[];

const PARENTS: Readonly<Record<string, string>> = {
  workbookId: 'workbooks',
  dataModelId: 'data_models',
  datasetId: 'datasets',
};

const STREAMS = [
  ...['members', 'teams', 'team_members', 'workspaces', 'files', 'workbooks', 'grants', 'account_types'],
  ...[
    'account_type_permissions',
    'member_recent_files',
    'member_favorites',
    'connections',
    'connection_paths',
  ],
  ...['connection_path_grants', 'data_models', 'datasets', 'workbook_pages', 'workbook_elements'],
  ...[
    'workbook_columns',
    'workbook_controls',
    'workbook_bookmarks',
    'workbook_sources',
    'workbook_schedules',
  ],
  ...['workbook_embeds', 'workbook_materialization_schedules', 'workbook_tags', 'workbook_versions'],
  ...['workbook_queries', 'workbook_lineage', 'data_model_sources', 'data_model_materialization_schedules'],
  ...['dataset_sources', 'dataset_materializations', 'workspace_grants'],
] as const;

/** Follows an organization from sync to sync. Call `look` whenever the tables agree with it. */
export class AnalyticsTruth {
  readonly #organization: Organization;
  #known = new Map<string, readonly Entry[]>();
  /** Everything that was ever seen, for names of what is gone: the latest entry by stream and id. */
  readonly everSeen = new Map<string, Map<string, Entry>>();

  constructor(organization: Organization) {
    this.#organization = organization;
  }

  /** What a sync has now. */
  look(): Entries {
    const now = new Map<string, readonly Entry[]>();
    for (const stream of STREAMS) now.set(stream, [...this.#organization.truthOf(stream)]);
    for (const stream of STREAMS) {
      const kept = (this.#known.get(stream) ?? []).filter((entry) => this.#isOfArchived(entry, stream, now));
      now.set(stream, [...(now.get(stream) ?? []), ...kept]);
    }
    this.#known = now;
    return (stream) => {
      const entries = now.get(stream);
      if (entries === undefined) throw new Error(`the truth of ${stream} was not taken`);
      return entries;
    };
  }

  #isOfArchived(entry: Entry, stream: string, now: ReadonlyMap<string, readonly Entry[]>): boolean {
    return Object.entries(PARENTS).some(([id, parents]) => {
      if (entry[id] === undefined || stream === parents) return false;
      const parent = now.get(parents)?.find((one) => one[id] === entry[id]);
      return parent?.['isArchived'] === true;
    });
  }
}
