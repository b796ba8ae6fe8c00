/** The state of each of many organizations, read in a few statements, each over the schemas of many. */
import { type Database, limitStatements, quoteTable, type Row } from '../core/database/database.ts';
import { sqlState } from '../core/database/database-error.ts';
import { describeError } from '../core/errors.ts';
import type { Place } from './places.ts';

/** A run of an organization. */
export interface RunFacts {
  readonly runId: string;
  readonly command: string;
  readonly status: string;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly error: string | null;
}

/** A stream or export whose last attempt did not end well. */
export interface Unwell {
  /** `members`, `export orders`. */
  readonly name: string;
  readonly status: string;
  /** True if the limits name it. */
  readonly isWatched: boolean;
}

/** Facts about one organization. */
export interface OrganizationFacts {
  /** Streams that were read at all. */
  readonly read: number;
  /** Last success of the stalest of them. */
  readonly freshAt: Date | null;
  readonly unwell: readonly Unwell[];
  /** Watched streams and exports that are older than their limits, and did not fail. */
  readonly stale: number;
  /** One of the errors of those that are unwell. */
  readonly error: string | null;
  /** The last run, of any command. */
  readonly latest: RunFacts | undefined;
  /** The latest run under way. */
  readonly running: RunFacts | undefined;
  /** The last sync that ended, with the rows it changed. */
  readonly lastSync: (RunFacts & { readonly changed: number }) | undefined;
  /** The cause that ended the last sync as a whole, and the start of the first sync that such a cause ended. */
  readonly outage: { readonly error: string; readonly since: Date } | undefined;
  /** The next repetition of a failed run, as the schedules of one process have it. */
  readonly retryAt: Date | null;
}

/** Milliseconds that may pass since the last success of each stream, and of each export as `export <name>`. */
export type Limits = Readonly<Record<string, number>>;

/** The reading of an organization: facts, nothing because it has no tables yet, or why it could not be read. */
export type Reading =
  | { readonly facts: OrganizationFacts | undefined; readonly problem?: undefined }
  | { readonly problem: string };

/** Options of {@link readOrganizations}. */
export interface ReadOptions {
  readonly now: Date;
  /** The limits of each organization by its name; without them nothing is watched. */
  readonly limitsOf?: (name: string) => Limits;
  /** Milliseconds after which the database ends a statement; default: as the database has it. */
  readonly patienceMs?: number;
}

/** Schemas of one statement. A statement locks its tables, and a server has a bounded number of locks. */
const MOST_AT_ONCE = 50;
/** Statements at once: the server needs most of the time to plan them. */
const LANES = 4;
/** Runs that are looked at: a run that is older is not under way. */
const RUNS = 12;

/** Streams that are as they should be, though nothing was read of them. */
const QUIET = `('complete', 'unavailable', 'retired', 'skipped', 'interrupted', 'skipped')`;
/** Their age says nothing: they failed, or can't be read. */
const NOT_STALE = `('failed', 'deletion_guard', 'unavailable', 'retired')`;

/**
 * Reads all organizations, by name. An organization whose tables can't be read has a problem and keeps no other from being
 * read.
 *
 * @throws DatabaseError if the database does not answer.
 */
export async function readOrganizations(
  database: Database,
  places: readonly Place[],
  options: ReadOptions,
): Promise<ReadonlyMap<string, Reading>> {
  const tables = await tablesOf(database, places);
  const found = new Map<string, Reading>();
  const there = places.filter(({ schemas }) => tables.get(schemas.state)?.has('partitions') === true);
  for (const { name } of places) found.set(name, { facts: undefined });
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < there.length) {
      const some = there.slice(next, next + MOST_AT_ONCE);
      next += MOST_AT_ONCE;
      await readSome(database, some, tables, options, found);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return found;
}

/** Names of the tables of each state schema, as far as this file reads them. */
type Tables = ReadonlyMap<string, ReadonlySet<string>>;

async function tablesOf(database: Database, places: readonly Place[]): Promise<Tables> {
  const rows = await database.session((session) =>
    session.query<{ schema: string; names: string[] }>(
      `/* looking for the tables of organizations */
       select n.nspname::text as schema, json_agg(c.relname) as names
         from pg_namespace n join pg_class c on c.relnamespace = n.oid
        where n.nspname = any ($1::text[]) and c.relname in ('partitions', 'exports', 'schedules')
        group by n.nspname`,
      [places.map(({ schemas }) => schemas.state)],
    ),
  );
  return new Map(rows.map(({ schema, names }) => [schema, new Set(names)]));
}

/** Reads these; if the database refuses, each half by itself, until the one is found that it refuses. */
async function readSome(
  database: Database,
  places: readonly Place[],
  tables: Tables,
  options: ReadOptions,
  found: Map<string, Reading>,
): Promise<void> {
  try {
    for (const [name, facts] of await factsOf(database, places, tables, options)) found.set(name, { facts });
  } catch (error) {
    // A missing right or column of one is no matter of the others.
    if (!/^42/.test(sqlState(error) ?? '')) throw error;
    const [one] = places;
    if (places.length === 1 && one !== undefined)
      return void found.set(one.name, { problem: describeError(error) });
    const half = Math.ceil(places.length / 2);
    await readSome(database, places.slice(0, half), tables, options, found);
    await readSome(database, places.slice(half), tables, options, found);
  }
}

async function factsOf(
  database: Database,
  places: readonly Place[],
  tables: Tables,
  { now, limitsOf, patienceMs }: ReadOptions,
): Promise<readonly (readonly [name: string, facts: OrganizationFacts])[]> {
  // Most organizations have the same limits, which are sent once.
  const limits = new Map<Limits, number>();
  const branches = places.map(({ name, schemas }, index) => {
    const own = limitsOf?.(name) ?? NO_LIMITS;
    const at = limits.get(own) ?? limits.size;
    limits.set(own, at);
    return branch(index, schemas.state, at, tables.get(schemas.state) ?? new Set());
  });
  const rows = await database.transaction(async (session) => {
    if (patienceMs !== undefined) await limitStatements(session, patienceMs);
    return session.query<FactsRow>(
      `/* reading the state of organizations */\n${branches.join('\nunion all\n')}`,
      [JSON.stringify([...limits.keys()]), now.toISOString()],
    );
  });
  return rows.flatMap((row) => {
    const place = places[row.index];
    return place === undefined ? [] : [[place.name, toFacts(row)] as const];
  });
}

const NO_LIMITS: Limits = {};

/** A run as JSON has it. */
type RunRow = Omit<RunFacts, 'startedAt' | 'finishedAt'> & {
  readonly startedAt: string;
  readonly finishedAt: string | null;
};

interface FactsRow extends Row, Pick<OrganizationFacts, 'read' | 'freshAt' | 'stale' | 'error' | 'retryAt'> {
  readonly index: number;
  readonly unwell: readonly [name: string, status: string, isWatched: boolean][] | null;
  /** The newest first. */
  readonly runs: readonly RunRow[] | null;
  readonly changed: number | null;
}

function toFacts({ index: _, unwell, runs, changed, ...row }: FactsRow): OrganizationFacts {
  const recent = (runs ?? []).map(
    ({ startedAt, finishedAt, ...run }): RunFacts => ({
      ...{ ...run, startedAt: new Date(startedAt) },
      finishedAt: finishedAt === null ? null : new Date(finishedAt),
    }),
  );
  const lastSync = recent.find(({ command, finishedAt }) => command === 'sync' && finishedAt !== null);
  return {
    ...row,
    unwell: (unwell ?? []).map(([name, status, isWatched]) => ({ name, status, isWatched })),
    latest: recent[0],
    running: recent.find(({ status }) => status === 'running'),
    lastSync: lastSync === undefined ? undefined : { ...lastSync, changed: changed ?? 0 },
    outage: outageOf(recent),
  };
}

/** As `readOutage` has it, among the latest runs. */
function outageOf(recent: readonly RunFacts[]): OrganizationFacts['outage'] {
  const ended = recent.filter(
    ({ command, status }) => command === 'sync' && ['complete', 'partial', 'failed'].includes(status),
  );
  const well = ended.findIndex(({ status, error }) => status !== 'failed' || error === null);
  const cut = well < 0 ? ended : ended.slice(0, well);
  const [last, first] = [cut[0], cut.at(-1)];
  return last?.error === undefined || last.error === null || first === undefined
    ? undefined
    : { error: last.error, since: first.startedAt };
}

/** The SELECT of one organization, of one row. @param limits its place among the limits */
function branch(index: number, state: string, limits: number, has: ReadonlySet<string>): string {
  const table = (name: string): string => quoteTable(state, name);
  const part = (name: string, kind: string, from: string): string =>
    `select ${name} as name, ${kind} as is_stream, last_status as status, last_success_at, error,
            ($1::jsonb -> ${limits} ->> (${name}))::float8 as most from ${table(from)}`;
  const exports = has.has('exports') ? `union all ${part(`'export ' || export`, 'false', 'exports')}` : '';
  return `(select ${index}::integer as index, p.*,
        (select json_agg(x) from (
           select run_id as "runId", command, status, started_at as "startedAt", finished_at as "finishedAt", error from ${table('runs')}
            order by started_at desc, run_id desc limit ${RUNS}) x) as runs,
        (select sum(inserted + updated + deleted)::float8 from ${table('run_streams')} where run_id = (
           select run_id from ${table('runs')} where command = 'sync' and finished_at is not null
            order by started_at desc, run_id desc limit 1)) as changed,
        ${has.has('schedules') ? `(select min(retry_at) from ${table('schedules')})` : 'null::timestamptz'} as "retryAt"
   from (select (count(last_success_at) filter (where is_stream))::integer as read,
                min(last_success_at) filter (where is_stream) as "freshAt",
                json_agg(json_build_array(name, status, most is not null) order by is_stream desc, name) filter (where status not in ${QUIET}) as unwell,
                (count(*) filter (where most is not null and status not in ${NOT_STALE}
                   and (last_success_at is null or last_success_at < $2::timestamptz - most * interval '1 millisecond')))::integer as stale,
                (array_agg(error order by status in ('failed', 'deletion_guard') desc, is_stream desc, name)
                   filter (where error is not null and status not in ${QUIET}))[1] as error
           from (${part('stream', 'true', 'streams')} ${exports}) parts) p)`;
}
