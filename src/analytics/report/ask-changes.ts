/** The digest's sections on changes: growth, additions and removals, access. */
import { movesSql } from '../models/growth.ts';
import type { AccessChange, Growth, Report } from './digest.ts';
import type { DigestAsker, Listing } from './digest-asker.ts';

/** Streams that grow, in the order in which people care. */
const GROWING = [
  ...(['workbooks', 'workbook_elements', 'reports', 'report_elements', 'members', 'grants'] as const),
];

/** @throws DatabaseError */
export async function askGrowth({ rows, model, state, table, range }: DigestAsker): Promise<Growth[]> {
  // The model ends with the last change; a quiet week has days all the same.
  const days = await rows<{ stream: string; day: string; total: number }>(
    `select s.stream, to_char(d.day, 'YYYY-MM-DD') as day, g.total::float8 as total
       from (select x.stream, min(x.day) as first from ${model('growth')} x group by x.stream) s
      cross join lateral generate_series(
        greatest(s.first, ($1::timestamptz at time zone 'UTC')::date)::timestamp,
        ($2::timestamptz at time zone 'UTC')::date::timestamp, interval '1 day') d(day)
      cross join lateral (
        select x.total from ${model('growth')} x where x.stream = s.stream and x.day <= d.day::date
         order by x.day desc limit 1) g
      order by d.day`,
    range,
  );
  const moves = await rows<{ stream: string; added: number; removed: number }>(
    `select c.stream, sum(c.added)::float8 as added, sum(c.removed)::float8 as removed
       from (${movesSql({ raw: table, state }, 'c.changed_at between $1 and $2')}) c group by c.stream`,
    range,
  );
  return GROWING.flatMap((stream): Growth[] => {
    const own = days.filter((one) => one.stream === stream).map(({ day, total }) => ({ day, total }));
    const last = own.at(-1);
    if (last === undefined) return [];
    const { added = 0, removed = 0 } = moves.find((one) => one.stream === stream) ?? {};
    return [{ stream, total: last.total, added, removed, days: own }];
  });
}

/** Additions and removals of objects with a list. */
type Moved =
  | 'newWorkbooks'
  | 'removedWorkbooks'
  | 'newReports'
  | 'removedReports'
  | 'newMembers'
  | 'removedMembers';

/** @throws DatabaseError */
export async function askChanges(ask: DigestAsker): Promise<Pick<Report, Moved | 'access'>> {
  const { top, range } = ask;
  const document = (kind: 'workbook' | 'report') => ({
    stream: `${kind}s`,
    name: `coalesce(r.name, c.after ->> 'name', c.before ->> 'name')`,
    // Sigma has no page of what was deleted.
    url: 'case when r._deleted_at is null then r.url end',
    row: `left join ${ask.table(`${kind}s`)} r on r.${kind}_id = c.key[1]`,
  });
  const [workbook, report] = [document('workbook'), document('report')];
  const member = {
    stream: 'members',
    name: `coalesce(nullif(concat_ws(' ', r.first_name, r.last_name), ''), r.email)`,
    url: 'null::text',
    row: `left join ${ask.table('members')} r on r.member_id = c.key[1]`,
  };
  const owner = `coalesce('by ' || (select i.owner_name from ${ask.documents} i where i.id = c.key[1]), '')`;
  const came = { where: CAME, detail: owner };
  const archived = { where: went('is_archived'), detail: became(`'archived'`) };
  return {
    newWorkbooks: await top(logged(ask, { ...workbook, ...came }), range),
    removedWorkbooks: await top(logged(ask, { ...workbook, ...archived }), range),
    newReports: await top(logged(ask, { ...report, ...came }), range),
    removedReports: await top(logged(ask, { ...report, ...archived }), range),
    newMembers: await top(
      logged(ask, { ...member, where: CAME, detail: `coalesce(r.member_type, '')` }),
      range,
    ),
    removedMembers: await top(
      logged(ask, {
        ...member,
        where: went('is_archived', 'is_inactive'),
        detail: became(`case when r.is_archived then 'archived' else 'inactive' end`),
      }),
      range,
    ),
    access: await askAccess(ask),
  };
}

const CAME = `c.operation = 'insert'`;

/** Deleted, or one of these columns became true; what came back since is not gone, and what was archived went before. */
const went = (...columns: string[]): string =>
  `(c.operation = 'delete' and not (${columns.map((column) => `coalesce((c.before ->> '${column}')::boolean, false)`).join(' or ')})
                 or c.operation = 'update' and (${columns.map((column) => `(c.after ->> '${column}')::boolean`).join(' or ')}))
               and (r._deleted_at is not null or ${columns.map((column) => `r.${column}`).join(' or ')})`;
const became = (gone: string): string =>
  `case when r._deleted_at is not null then 'deleted' else ${gone} end`;

interface Logged {
  readonly stream: string;
  readonly name: string;
  readonly url: string;
  readonly row: string;
  readonly where: string;
  readonly detail: string;
}

/** Each object once, by its latest entry in the change log; the latest first. */
function logged({ state }: DigestAsker, { stream, name, url, row, where, detail }: Logged): Listing {
  return {
    base: `select distinct on (c.key[1]) c.key[1] as id, ${name} as name, ${url} as url, ${detail} as detail, c.changed_at
              from ${state('changes')} c
              join ${state('history')} h on h.stream = c.stream and c.changed_at > h.since
              ${row}
             where c.stream = '${stream}' and ${where} and c.changed_at between $1 and $2
             order by c.key[1], c.changed_at desc, c.change_id desc`,
    ...{ from: 'base b', id: 'b.id', name: 'b.name', url: 'b.url', detail: 'b.detail' },
    order: 'b.changed_at desc, b.id',
  };
}

/** Changes as the model calls them. */
const KINDS: Readonly<Record<string, AccessChange>> = {
  given: 'given',
  changed: 'changed',
  'taken away': 'takenAway',
  joined: 'joined',
  left: 'left',
  'team deleted': 'teamDeleted',
};

async function askAccess({ rows, top, model, range }: DigestAsker): Promise<Report['access']> {
  const counts = await rows<{ change: string; n: number }>(
    `select a.change, count(*)::integer as n from ${model('access_changes')} a
      where a.changed_at between $1 and $2 group by a.change`,
    range,
  );
  const who = `coalesce(a.member_name, a.team_name, a.member_id, a.team_id, 'somebody')`;
  return {
    ...{ given: 0, changed: 0, takenAway: 0, joined: 0, left: 0, teamDeleted: 0 },
    ...Object.fromEntries(counts.map(({ change, n }) => [KINDS[change] ?? change, n])),
    latest: await top(
      {
        from: `${model('access_changes')} a`,
        where: 'a.changed_at between $1 and $2',
        ...{ id: 'coalesce(a.inode_id, a.team_id, a.grant_id)', name: 'coalesce(a.inode_name, a.team_name)' },
        detail: `case a.change
                when 'given' then coalesce(a.permission_after || ' ', '') || 'granted to ' || ${who}
                when 'taken away' then coalesce(a.permission_before || ' ', '') || 'revoked from ' || ${who}
                when 'changed' then coalesce(a.permission_before || ' became ' || a.permission_after || ' for ', 'changed for ') || ${who}
                when 'team deleted' then 'team deleted; its members lost what it gave'
                else coalesce(a.member_name, a.member_id, 'somebody') || ' ' || a.change end`,
        // By the time itself, a plan would walk through all that was ever logged to find five.
        order: `a.changed_at - timestamptz 'epoch' desc, id, a.grant_id, a.member_id`,
      },
      range,
    ),
  };
}
