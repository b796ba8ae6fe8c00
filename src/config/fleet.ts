/** The configuration of many organizations in one database. */
import type { Config } from './schema.ts';

/** Schemas that organizations share, by the schema at the top of the settings. */
export const sharedSchemas = (schema: string): Pick<FleetConfig, 'together' | 'queue'> => ({
  together: `${schema}_all`,
  queue: `${schema}_jobs`,
});

/** One organization of several, with a configuration as if it were alone. */
export interface OrganizationConfig {
  readonly name: string;
  readonly config: Config;
}

/** The settings that all organizations share, and each of them. */
export interface FleetConfig {
  /** The settings of the file's own top level; where there are no organizations, those of the only one. */
  readonly base: Config;
  /** By name; none where the settings have no `organizations`. */
  readonly organizations: readonly OrganizationConfig[];
  /** Schema of the views over all organizations. */
  readonly together: string;
  /** Schema of the queue that planners and workers share. */
  readonly queue: string;
}
