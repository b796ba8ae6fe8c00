/** Figures of many organizations from the database: a few statements over many schemas, on one connection. */

import type { FleetConfig } from '../../config/fleet.ts';
import type { Config } from '../../config/schema.ts';
import { type Database, quoteLiteral, quoteTable, type Session } from '../../core/database/database.ts';
import { type Place, placesOf } from '../../fleet/places.ts';
import { watchedBy } from '../freshness/watch-list.ts';

/** One organization. Times are seconds since 1970. */
export interface OrganizationFigures {
  readonly organization: string;
  /** Last success of the stalest of its streams and exports; null if none had one. */
  readonly stalest: number | null;
  readonly stale: number;
  readonly neverRead: number;
  readonly failing: number;
  readonly lastSuccess: number | null;
  /** The last sync that ended; null before the first. */
  readonly lastFailed: boolean | null;
  readonly lastSeconds: number | null;
  readonly openAlerts: number;
}

/** The queue of planners and workers. */
export interface QueueFigures {
  readonly jobs: Readonly<Partial<Record<string, number>>>;
  readonly oldestSeconds: number | null;
  readonly workers: number;
  readonly planners: number;
  /** Seconds since a planner looked for due schedules; null before the first look. */
  readonly lookSeconds: number | null;
}

/** All figures known at one time. */
export interface FleetFigures {
  readonly organizations: readonly OrganizationFigures[];
  readonly queue?: QueueFigures;
}

/** Organizations of one statement: each costs some ten of the locks that a server has. */
const AT_ONCE = 40;
/** Milliseconds for which the limits of the settings stay as they are: schedules move them by little. */
const LIMITS_MS = 3_600_000;

/** Organizations that watch the same streams and exports with the same limits. */
interface Group {
  readonly places: Place[];
  /** `stream members` and `export orders`. */
  readonly names: readonly string[];
  readonly seconds: readonly number[];
}

/** Reads the figures of these organizations. @param now milliseconds since 1970 */
export async function readOrganizations(
  database: Database,
  config: FleetConfig,
  now: number,
): Promise<readonly OrganizationFigures[]> {
  const found: OrganizationFigures[] = [];
  await database.session(async (session) => {
    const migrated = await migratedSchemas(session, config);
    for (const { places, names, seconds } of groupsOf(config, now)) {
      const ready = places.filter(({ schemas }) => migrated.has(schemas.state));
      for (let from = 0; from < ready.length; from += AT_ONCE) {
        const some = ready.slice(from, from + AT_ONCE);
        found.push(...(await readSome(session, some, { names, seconds, now: now / 1000 })));
      }
      const others = places.filter(({ schemas }) => !migrated.has(schemas.state));
      found.push(...others.map(({ name }) => ({ ...UNKNOWN, organization: name, neverRead: names.length })));
    }
  });
  return found;
}

/** An organization without tables. */
const UNKNOWN: Omit<OrganizationFigures, 'organization'> = {
  ...{ stalest: null, stale: 0, neverRead: 0, failing: 0 },
  ...{ lastSuccess: null, lastFailed: null, lastSeconds: null, openAlerts: 0 },
};

/** The groups of settings, as long as these are in force. */
const known = new WeakMap<FleetConfig, { readonly at: number; readonly groups: readonly Group[] }>();

function groupsOf(config: FleetConfig, now: number): readonly Group[] {
  const before = known.get(config);
  if (before !== undefined && Math.abs(now - before.at) < LIMITS_MS) return before.groups;
  const groups = new Map<string, Group>();
  const configs = new Map<string, Config>(config.organizations.map((one) => [one.name, one.config]));
  for (const place of placesOf(config)) {
    const own = configs.get(place.name);
    if (own === undefined) continue;
    const exports = own.exports.map(({ name, schedule, timeZone }) => [name, schedule, timeZone]);
    const key = JSON.stringify([own.freshness, own.schedules, own.sync, exports]);
    const group = groups.get(key) ?? emptyGroup(own, now);
    groups.set(key, group);
    group.places.push(place);
  }
  const made = [...groups.values()];
  known.set(config, { at: now, groups: made });
  return made;
}

function emptyGroup(config: Config, now: number): Group {
  const { streams, exports, targetSeconds } = watchedBy(config, new Date(now));
  const items = [
    ...streams.map((name) => ({ name: `stream ${name}`, seconds: targetSeconds('stream', name) })),
    ...exports.map((name) => ({ name: `export ${name}`, seconds: targetSeconds('export', name) })),
  ];
  return { places: [], names: items.map(({ name }) => name), seconds: items.map(({ seconds }) => seconds) };
}

/** State schemas with all tables: those of an older version are migrated by the next run. */
async function migratedSchemas(session: Session, config: FleetConfig): Promise<ReadonlySet<string>> {
  const rows = await session.query<{ schema: string }>(
    `select n.nspname as schema from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relname = 'table_sizes' and n.nspname = any ($1::text[])`,
    [placesOf(config).map(({ schemas }) => schemas.state)],
  );
  return new Set(rows.map(({ schema }) => schema));
}

/** Parameters of the statements. */
interface Limits {
  readonly names: readonly string[];
  readonly seconds: readonly number[];
  readonly now: number;
}

async function readSome(
  session: Session,
  places: readonly Place[],
  { names, seconds, now }: Limits,
): Promise<OrganizationFigures[]> {
  const over = (select: (organization: string, table: (name: string) => string) => string): string =>
    places
      .map(({ name, schemas }) => select(quoteLiteral(name), (table) => quoteTable(schemas.state, table)))
      .join('\n union all ');
  const items = await session.query<Items>(
    `/* how fresh organizations are */
     with item as (${over(
       (organization, table) =>
         `select ${organization} as organization, 'stream ' || stream as name, last_status as status, last_success_at as at
            from ${table('streams')}
           union all
          select ${organization}, 'export ' || export, last_status, last_success_at from ${table('exports')}`,
     )})
     select o.organization, extract(epoch from min(i.at))::float8 as stalest,
            count(*) filter (where $4::float8 - extract(epoch from i.at)::float8 > w.seconds)::integer as stale,
            count(*) filter (where i.at is null)::integer as "neverRead",
            count(*) filter (where i.status not in ('complete', 'skipped'))::integer as failing
       from unnest($1::text[]) as o(organization)
      cross join unnest($2::text[], $3::float8[]) as w(name, seconds)
       left join item i on i.organization = o.organization and i.name = w.name
      -- Streams that can't be read have no age.
      where i.status is null or i.status not in ('unavailable', 'retired')
      group by o.organization`,
    [places.map(({ name }) => name), names, seconds, now],
  );
  const runs = await session.query<Run>(
    `/* last syncs of organizations */ ${over((organization, table) => {
      const last = (which: string, status: string): string =>
        `(select ${organization} as organization, '${which}' as which, status = 'failed' as failed,
                 extract(epoch from finished_at)::float8 as at,
                 extract(epoch from finished_at - started_at)::float8 as seconds
            from ${table('runs')} where command = 'sync' and status in (${status}) and finished_at is not null
           order by started_at desc limit 1)`;
      return `${last('any', `'complete', 'partial', 'failed'`)} union all ${last('complete', `'complete'`)}`;
    })}`,
  );
  const alerts = await session.query<{ organization: string; open: number }>(
    `/* open alerts of organizations */ ${over(
      (organization, table) =>
        `select ${organization} as organization, count(*)::integer as open from ${table('alerts')} where settled_at is null`,
    )}`,
  );
  const ended = new Map(runs.map((run) => [`${run.which} ${run.organization}`, run]));
  const fresh = new Map(items.map((item) => [item.organization, item]));
  const open = new Map(alerts.map((one) => [one.organization, one.open]));
  return places.map(({ name: organization }) => {
    const last = ended.get(`any ${organization}`);
    return {
      ...UNKNOWN,
      ...fresh.get(organization),
      ...{ organization, openAlerts: open.get(organization) ?? 0 },
      ...{ lastSuccess: ended.get(`complete ${organization}`)?.at ?? null },
      ...{ lastFailed: last?.failed ?? null, lastSeconds: last?.seconds ?? null },
    };
  });
}

type Items = Pick<OrganizationFigures, 'organization' | 'stalest' | 'stale' | 'neverRead' | 'failing'> &
  Record<string, string | number | null>;

type Run = {
  readonly organization: string;
  readonly which: 'any' | 'complete';
  readonly failed: boolean;
  readonly at: number;
  readonly seconds: number;
};
