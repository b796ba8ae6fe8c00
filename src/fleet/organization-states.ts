/** The state of each organization: one line of it. */
import { type Database, hasTable } from '../core/database/database.ts';
import { readOutage } from '../state/read/outage.ts';
import { exportOutcomes, streamOutcomes } from '../state/read/outcomes.ts';
import { isMigrated, latestRuns, type RunState } from '../state/read/status.ts';
import type { Place } from './places.ts';

/** One organization. Times are ISO 8601. */
export interface OrganizationState {
  readonly organization: string;
  readonly schema: string;
  /** Streams that were read at all. */
  readonly streams: number;
  /** Freshness of the stalest of them; null where none was ever read. */
  readonly freshAt: string | null;
  /** Streams and exports whose last attempt did not end well. */
  readonly failing: readonly string[];
  readonly lastRun: Pick<RunState, 'runId' | 'command' | 'status' | 'startedAt' | 'finishedAt'> | null;
  /** The error that ended the last run as a whole, or the first failure; null where all is well. */
  readonly error: string | null;
}

/** Streams that are as they should be, though nothing was read of them, and those that a run was not done with. */
const QUIET: readonly string[] = ['complete', 'unavailable', 'retired', 'skipped', 'interrupted'];

/** The state of each organization. @throws DatabaseError */
export async function organizationStates(
  database: Database,
  places: readonly Place[],
): Promise<readonly OrganizationState[]> {
  const states: OrganizationState[] = [];
  for (const place of places) states.push(await stateOf(database, place));
  return states;
}

async function stateOf(database: Database, { name, schemas }: Place): Promise<OrganizationState> {
  const about = { organization: name, schema: schemas.target };
  if (!(await isMigrated(database, schemas)))
    return { ...about, streams: 0, freshAt: null, failing: [], lastRun: null, error: null };
  const [lastRun] = await latestRuns(database, schemas, 1);
  return database.session(async (session) => {
    const streams = await streamOutcomes(session, schemas);
    const exports = (await hasTable(session, schemas.state, 'exports'))
      ? await exportOutcomes(session, schemas)
      : [];
    const outage = await readOutage(session, schemas);
    const all = [
      ...streams.map((one) => ({ ...one, name: one.stream })),
      ...exports.map((one) => ({ ...one, name: `export ${one.export}` })),
    ];
    const unwell = all.filter(({ status }) => !QUIET.includes(status));
    const read = streams.flatMap(({ lastSuccessAt }) => lastSuccessAt?.getTime() ?? []);
    return {
      ...about,
      streams: read.length,
      freshAt: read.length === 0 ? null : new Date(Math.min(...read)).toISOString(),
      failing: unwell.map((one) => one.name),
      lastRun: lastRun ?? null,
      error: outage?.error ?? unwell.find(({ error }) => error !== null)?.error ?? null,
    };
  });
}
