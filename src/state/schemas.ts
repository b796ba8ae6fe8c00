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
