/** Rows that a loader read, and what became of them. */

/** Counts of a loader so far. */
export interface LoadCounts {
  read: number;
  inserted: number;
  updated: number;
  unchanged: number;
}

/** Counts before the first row. */
export const NOTHING_LOADED: Readonly<LoadCounts> = { read: 0, inserted: 0, updated: 0, unchanged: 0 };

/** Adds what another loader, or another commit, has written. */
export function addCounts(sum: LoadCounts, more: Readonly<LoadCounts>): void {
  for (const name of ['read', 'inserted', 'updated', 'unchanged'] as const) sum[name] += more[name];
}
