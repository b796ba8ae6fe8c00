/** The state of each organization: one line of it. */
import type { Database } from '../core/database/database.ts';
import type { Place } from './places.ts';
import { type RunFacts, readOrganizations } from './read-organizations.ts';

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
  readonly lastRun:
    | (Pick<RunFacts, 'runId' | 'command' | 'status'> & {
        readonly startedAt: string;
        readonly finishedAt: string | null;
      })
    | null;
  /** The error that ended the last run as a whole, or the first failure; null where all is well. */
  readonly error: string | null;
}

/** The state of each organization. @throws DatabaseError */
export async function organizationStates(
  database: Database,
  places: readonly Place[],
): Promise<readonly OrganizationState[]> {
  const found = await readOrganizations(database, places, { now: new Date() });
  return places.map(({ name, schemas }): OrganizationState => {
    const about = { organization: name, schema: schemas.target };
    const reading = found.get(name) ?? { facts: undefined };
    const facts = reading.problem === undefined ? reading.facts : undefined;
    if (facts === undefined)
      return {
        ...{ ...about, streams: 0, freshAt: null, failing: [], lastRun: null },
        error: reading.problem ?? null,
      };
    const { latest, outage } = facts;
    return {
      ...about,
      streams: facts.read,
      freshAt: facts.freshAt?.toISOString() ?? null,
      failing: facts.unwell.map((one) => one.name),
      lastRun: latest === undefined ? null : runState(latest),
      error: outage?.error ?? facts.error,
    };
  });
}

function runState({ runId, command, status, startedAt, finishedAt }: RunFacts): OrganizationState['lastRun'] {
  return {
    ...{ runId, command, status, startedAt: startedAt.toISOString() },
    finishedAt: finishedAt?.toISOString() ?? null,
  };
}
