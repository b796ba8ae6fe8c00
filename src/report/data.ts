/** What the weekly digest says: asked of the analytics schema and of the change log, in one transaction. */
import { analyticsSchema } from '../analytics/model.ts';
import { type Database, quoteTable, type Row, readOnly, type Session } from '../database/database.ts';
import { ConfigError } from '../errors.ts';
import type { Schemas } from '../state/migrate.ts';

/** A number of things and the first of them. */
export interface Top<T> {
  readonly count: number;
  readonly top: readonly T[];
}

/** A document or folder. */
export interface Thing {
  readonly id: string;
  readonly name: string | null;
  readonly url: string | null;
  /** What there is to say of it, in a few words. */
  readonly detail: string;
}

/** The digest, which is what `--format json` prints. Times are ISO 8601 in UTC. */
export interface Report {
  readonly from: string;
  readonly to: string;
  /** Since when the change log is complete; later than `from` where it does not go back so far, null where there is none. */
  readonly historySince: string | null;
  /** When the last sync ended that was complete, or null. */
  readonly lastCompleteSync: string | null;
  /** When the answers were last refreshed. */
  readonly refreshedAt: string | null;
  readonly growth: readonly {
    readonly stream: string;
    readonly total: number;
    readonly added: number;
    readonly removed: number;
    readonly days: readonly { readonly day: string; readonly total: number }[];
  }[];
  readonly access: Readonly<Record<'given' | 'changed' | 'taken away' | 'joined' | 'left', number>>;
  readonly newWorkbooks: Top<Thing>;
  readonly removedWorkbooks: Top<Thing>;
  /** Workbooks opened since `from`, by how many. */
  readonly mostOpened: Top<Thing>;
  readonly stale: Top<Thing>;
  readonly orphaned: Top<Thing>;
  readonly broken: Top<Thing>;
  readonly duplicates: Top<Thing>;
  readonly exposed: Top<Thing>;
  readonly publicEmbeds: Top<Thing>;
  readonly licences: Readonly<Record<string, number>>;
  readonly couldStepDown: Top<Thing>;
  readonly schedules: {
    readonly runsPerWeek: number;
    /** Runs by day of the week (Monday first) and hour, in UTC. */
    readonly byHour: readonly (readonly number[])[];
    readonly failures: Top<Thing>;
  };
}

/** How many of each list are named. */
const TOP = 5;

const ISO = (column: string): string => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;

/**
 * Asks for the digest of a time.
 *
 * @throws ConfigError where there are no answers yet; DatabaseError
 */
export async function reportOf(database: Database, schemas: Schemas, from: Date, to: Date): Promise<Report> {
  return readOnly(database, (session) => ask(session, schemas, from, to));
}

async function ask(session: Session, schemas: Schemas, from: Date, to: Date): Promise<Report> {
  const m = (name: string): string => quoteTable(analyticsSchema(schemas), name);
  const state = (name: string): string => quoteTable(schemas.state, name);
  await requireAnswers(session, schemas, state('analytics'));
  const since = from.toISOString();
  const until = to.toISOString();
  const one = async <T extends Row>(sql: string, parameters: readonly unknown[] = []): Promise<T> => {
    const [row] = await session.query<T>(sql, parameters);
    if (row === undefined) throw new Error('a query for one row gave none');
    return row;
  };
  /** `sql` gives id, name, url and detail in the order of interest. */
  const top = async (sql: string, parameters: readonly unknown[] = []): Promise<Top<Thing>> => {
    const rows = await session.query<{ n: number } & Thing & Row>(
      `select count(*) over ()::integer as n, x.id, x.name, x.url, x.detail from (${sql}) x limit ${TOP}`,
      parameters,
    );
    return {
      count: rows[0]?.n ?? 0,
      top: rows.map(({ id, name, url, detail }) => ({ id, name, url, detail })),
    };
  };
  const logged = (operation: string, image: string): string => `
    select c.key[1] as id, coalesce(c.${image} ->> 'name', w.name) as name, w.url,
           coalesce('by ' || i.owner_name, '') as detail
      from ${state('changes')} c
      join ${state('history')} h on h.stream = c.stream and c.changed_at > h.since
      left join ${quoteTable(schemas.target, 'workbooks')} w on w.workbook_id = c.key[1]
      left join ${m('workbook_inventory')} i on i.workbook_id = c.key[1]
     where c.stream = 'workbooks' and c.operation = '${operation}' and c.changed_at between $1 and $2
     order by c.changed_at desc, c.key[1]`;
  const range = [since, until];

  const times = await one<{ history: string | null; sync: string | null; refreshed: string | null }>(`
    select (select ${ISO('max(h.since)')} from ${state('history')} h where h.stream in ('workbooks', 'members', 'grants', 'team_members')) as history,
           (select ${ISO('max(r.finished_at)')} from ${state('runs')} r where r.command = 'sync' and r.status = 'complete') as sync,
           (select ${ISO('max(a.refreshed_at)')} from ${state('analytics')} a) as refreshed`);
  const days = await session.query<{
    stream: string;
    day: string;
    total: string;
    added: string;
    removed: string;
  }>(
    `select g.stream, g.day::text as day, g.total, g.added, g.removed from ${m('growth')} g
      where g.day between ($1::timestamptz at time zone 'UTC')::date and ($2::timestamptz at time zone 'UTC')::date
      order by g.stream, g.day`,
    range,
  );
  const access = await session.query<{ change: keyof Report['access']; n: number }>(
    `select a.change, count(*)::integer as n from ${m('access_changes')} a
      where a.changed_at between $1 and $2
        and a.changed_at > (select max(h.since) from ${state('history')} h where h.stream in ('grants', 'team_members'))
      group by a.change`,
    range,
  );
  const verdicts = await session.query<{ verdict: string; n: number }>(
    `select l.verdict, count(*)::integer as n from ${m('licence_use')} l group by l.verdict order by l.verdict`,
  );
  const hours = await session.query<{ day_of_week: number; hour: number; runs: string }>(
    `select s.day_of_week, s.hour, sum(s.runs)::float as runs from ${m('schedule_load')} s group by 1, 2`,
  );
  const byHour = Array.from({ length: 7 }, (_, day) =>
    Array.from({ length: 24 }, (__, hour) =>
      Number(hours.find((row) => row.day_of_week === day + 1 && row.hour === hour)?.runs ?? 0),
    ),
  );
  return {
    from: since,
    to: until,
    historySince: times.history,
    lastCompleteSync: times.sync,
    refreshedAt: times.refreshed,
    growth: growthOf(days),
    access: {
      ...{ given: 0, changed: 0, 'taken away': 0, joined: 0, left: 0 },
      ...Object.fromEntries(access.map(({ change, n }) => [change, n])),
    },
    newWorkbooks: await top(logged('insert', 'after'), range),
    removedWorkbooks: await top(logged('delete', 'before'), range),
    mostOpened: await top(
      `select i.workbook_id as id, i.name, i.url, i.openers || case i.openers when 1 then ' member' else ' members' end as detail
         from ${m('workbook_inventory')} i where i.last_opened_at between $1 and $2 order by i.openers desc, i.last_opened_at desc`,
      range,
    ),
    stale: await top(
      `select s.workbook_id as id, s.name, s.url, s.idle_days || ' days, by ' || coalesce(s.owner_name, 'nobody known') as detail
         from ${m('stale_workbooks')} s order by s.idle_days desc, s.workbook_id`,
    ),
    orphaned: await top(
      `select o.inode_id as id, o.name, null::text as url, o.type || ', owner ' || o.reason as detail
         from ${m('orphaned_content')} o order by o.updated_at desc nulls last, o.inode_id`,
    ),
    broken: await top(
      `select b.workbook_id as id, b.workbook_name as name, i.url, b.problem || coalesce(': ' || b.name, '') as detail
         from ${m('broken_elements')} b left join ${m('workbook_inventory')} i on i.workbook_id = b.workbook_id
        order by coalesce(i.openers, 0) desc, b.workbook_id, b.object_id`,
    ),
    duplicates: await top(
      `select d.workbook_id as id, d.name, d.url, d.copies || ' copies' as detail
         from ${m('duplicate_workbooks')} d where d.is_most_used order by d.copies desc, d.workbook_id`,
    ),
    exposed: await top(
      `select e.inode_id as id, e.name, null::text as url,
              case when e.everyone then 'everyone' else e.viewers || ' members' end
              || case when e.external_viewers > 0 then ', ' || e.external_viewers || ' external' else '' end as detail
         from ${m('access_exposure')} e where not e.is_archived and (e.everyone or e.external_viewers > 0)
        order by e.everyone desc, e.external_viewers desc, e.viewers desc, e.inode_id`,
    ),
    publicEmbeds: await top(
      `select e.inode_id as id, e.name, null::text as url, e.public_embeds || ' public' as detail
         from ${m('access_exposure')} e where e.public_embeds > 0 and not e.is_archived order by e.public_embeds desc, e.inode_id`,
    ),
    licences: Object.fromEntries(verdicts.map(({ verdict, n }) => [verdict, n])),
    couldStepDown: await top(
      `select l.member_id as id, coalesce(l.name, l.email) as name, null::text as url, coalesce(l.member_type, '') as detail
         from ${m('licence_use')} l where l.verdict = 'could step down' order by l.last_seen_at desc nulls last, l.member_id`,
    ),
    schedules: {
      runsPerWeek: Math.round(byHour.flat().reduce((sum, runs) => sum + runs, 0)),
      byHour,
      failures: await top(
        `select f.object_id as id, f.name, null::text as url, f.kind || coalesce(': ' || f.detail, '') as detail
           from ${m('schedule_failures')} f where f.failed_at between $1 and $2 order by f.failed_at desc, f.object_id`,
        range,
      ),
    },
  };
}

/** @throws ConfigError that says how to get answers. */
async function requireAnswers(session: Session, schemas: Schemas, book: string): Promise<void> {
  const [row] = await session.query<{ there: boolean }>('select to_regclass($1) is not null as there', [
    book,
  ]);
  const models =
    row?.there === true
      ? await session.query(`select 1 from ${book} where kind = 'materialized' and refreshed_at is not null`)
      : [];
  if (models.length > 0) return;
  throw new ConfigError(`There are no answers in ${analyticsSchema(schemas)} yet.`, {
    advice: 'Run "sigma-sync sync" with analytics.enabled, or "sigma-sync analytics refresh" after a sync.',
  });
}

function growthOf(
  days: readonly { stream: string; day: string; total: unknown; added: unknown; removed: unknown }[],
): Report['growth'] {
  const streams = [...new Set(days.map(({ stream }) => stream))];
  return streams.map((stream) => {
    const own = days.filter((day) => day.stream === stream);
    const sum = (column: 'added' | 'removed'): number =>
      own.reduce((total, day) => total + Number(day[column]), 0);
    return {
      stream,
      total: Number(own.at(-1)?.total ?? 0),
      added: sum('added'),
      removed: sum('removed'),
      days: own.map(({ day, total }) => ({ day, total: Number(total) })),
    };
  });
}
