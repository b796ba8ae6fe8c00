/** The rooms of the house, from the ground up: each may import from those before it. */

/** A room, and what it holds in a few words. */
export interface Room {
  readonly name: string;
  readonly holds: string;
}

export const ROOMS: readonly Room[] = [
  {
    name: 'simulator',
    holds: 'a Sigma API with mutations, faults and counters; imports nothing of the product',
  },
  { name: 'core', holds: 'errors, events, log, progress, the database seam, words and times' },
  { name: 'migrations', holds: 'numbered migrations of the tables' },
  { name: 'sigma', holds: 'the API client: token, pace, retries, paging' },
  { name: 'extractors', holds: 'declared streams, validated rows' },
  { name: 'state', holds: 'runs, cursors, locks, the change log' },
  { name: 'loaders', holds: 'staging, merge, absences, tombstones, privacy' },
  { name: 'sync', holds: 'one run of streams: plan, execute, settle' },
  { name: 'exports', holds: 'the data of elements' },
  { name: 'analytics', holds: 'the schema of answers, and the digest' },
  { name: 'config', holds: 'settings: schema, loading, secrets' },
  { name: 'app.ts', holds: 'the composition root' },
  { name: 'runs', holds: 'runs, backfills and exports as one object' },
  { name: 'fleet', holds: 'several organizations in one database: their applications, views over all' },
  { name: 'operations', holds: 'the service, its page, alerts, metrics, checks, roles' },
  { name: 'cli', holds: 'one file a command' },
  { name: 'index.ts', holds: 'the public entry' },
];

/** Walls beside the order: files of the first folder import none of the second. */
export const WALLS: readonly (readonly [string, string])[] = [
  ['src/sigma', 'src/core/database'],
  ['src/extractors', 'src/core/database'],
  ['src/exports', 'src/sync'],
  ['src/analytics', 'src/sync'],
  ['src/core/database', 'src/core/events'],
];
