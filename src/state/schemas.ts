/** The schemas of one installation. */

/** The two schemas a sync writes to. */
export interface Schemas {
  /** One table per stream. */
  readonly target: string;
  /** Runs and cursors: `<target>_sync`. */
  readonly state: string;
}

/** The schemas for a configured target schema. */
export function schemasFor(target: string): Schemas {
  return { target, state: `${target}_sync` };
}

/** The tables of the change log, its own and those of its months, as a regular expression: our only tables without a primary key, beside those of exports. */
export const LOG_TABLES = '^changes(_|$)';
