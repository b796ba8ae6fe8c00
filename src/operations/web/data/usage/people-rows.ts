/** Lists of what people do and may: openings, changes of access, licences. */
import { allGrants } from '../../../../analytics/models/shared/sql-parts.ts';
import type { Row } from '../../../../core/database/database.ts';
import type { SqlFilter, SqlList } from './ask-list.ts';

/** A name of a column of a list, where it is sorted by that. */
const by = (title: string, column: string, isDescending = false) => ({ title, by: column, isDescending });
const filter = (says: string, where: string): SqlFilter => ({ says, where });
const within = (column: string, days: number): string => `${column} >= now() - interval '${days} days'`;

/** Somebody opened something. */
export interface OpeningRow extends Row {
  readonly opened_at: Date;
  readonly member_id: string;
  readonly member_name: string | null;
  readonly email: string | null;
  readonly is_administrator: boolean | null;
  readonly object_id: string;
  readonly type: string | null;
  readonly name: string | null;
}

export const OPENINGS: SqlList = {
  select: `o.opened_at, o.member_id, m.name as member_name, m.email, m.is_administrator, o.object_id, n.type, n.name`,
  from: (asker) => `${asker.model('openings')}() o
  left join ${asker.model('member_activity')} m on m.member_id = o.member_id
  left join ${asker.model('object_names')} n on n.id = o.object_id`,
  about: (of) => `(o.object_id = ${of} or o.member_id = ${of})`,
  searched: ['m.name', 'm.email', 'n.name'],
  id: 'o.object_id',
  filters: {
    week: filter('In the last 7 days', within('o.opened_at', 7)),
    month: filter('In the last 30 days', within('o.opened_at', 30)),
    workbooks: filter('Workbooks', `n.type = 'workbook'`),
    reports: filter('Reports', `n.type = 'report'`),
  },
  sorts: {
    opened: by('Opened', 'o.opened_at', true),
    member: by('Member', 'm.name'),
    name: by('Object', 'n.name'),
  },
  ties: 'o.opened_at desc, o.member_id, o.object_id',
};

/** Access that somebody got or lost. */
export interface AccessChangeRow extends Row {
  readonly changed_at: Date;
  readonly change: 'given' | 'changed' | 'taken away' | 'joined' | 'left' | 'team deleted';
  readonly member_id: string | null;
  readonly member_name: string | null;
  readonly is_administrator: boolean | null;
  readonly team_id: string | null;
  readonly team_name: string | null;
  readonly inode_id: string | null;
  readonly inode_name: string | null;
  readonly type: string | null;
  readonly permission_before: string | null;
  readonly permission_after: string | null;
  readonly grant_id: string | null;
  readonly run_id: string;
}

const LOST = `a.change in ('taken away', 'left', 'team deleted')`;
const GAINED = `a.change in ('given', 'joined')`;

export const ACCESS_CHANGES: SqlList = {
  select: `a.changed_at, a.change, a.member_id, a.member_name, m.is_administrator, a.team_id, a.team_name, a.inode_id, a.inode_name,
       e.type, a.permission_before, a.permission_after, a.grant_id, a.run_id`,
  from: (asker) => `${asker.model('access_changes')} a
  left join ${asker.model('member_activity')} m on m.member_id = a.member_id
  left join ${asker.model('access_exposure')} e on e.inode_id = a.inode_id`,
  about: (of) => `(a.member_id = ${of} or a.team_id = ${of} or a.inode_id = ${of})`,
  searched: ['a.member_name', 'a.team_name', 'a.inode_name'],
  id: 'a.inode_id',
  filters: {
    'lost lately': filter('Access lost in the last 7 days', `${LOST} and ${within('a.changed_at', 7)}`),
    'gained lately': filter('Access gained in the last 7 days', `${GAINED} and ${within('a.changed_at', 7)}`),
    lost: filter('Access lost', LOST),
    gained: filter('Access gained', GAINED),
    changed: filter('Permission changed', `a.change = 'changed'`),
    teams: filter('Teams joined, left or deleted', `a.change in ('joined', 'left', 'team deleted')`),
  },
  sorts: {
    when: by('When', 'a.changed_at', true),
    who: by('Who', 'coalesce(a.member_name, a.team_name)'),
    object: by('Object', 'a.inode_name'),
  },
  ties: 'a.changed_at desc, a.grant_id, a.team_id, a.member_id, a.change',
};

/** A team, its members and its grants. */
export interface TeamRow extends Row {
  readonly team_id: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly is_archived: boolean;
  readonly members: number;
  readonly grants: number;
  readonly created_at: Date | null;
}

export const TEAMS: SqlList = {
  select: 't.team_id, t.name, t.description, t.is_archived, t.members, t.grants, t.created_at',
  from: (
    asker,
  ) => `(select r.team_id, r.name, r.description, coalesce(r.is_archived, false) as is_archived, r.created_at,
             coalesce(m.n, 0) as members, coalesce(g.n, 0) as grants
        from ${asker.table('teams')} r
        left join (select x.team_id, count(*)::integer as n from ${asker.table('team_members')} x
                    where x._deleted_at is null group by x.team_id) m on m.team_id = r.team_id
        left join (select y.team_id, count(*)::integer as n
                     from ${allGrants({ live: (table) => `(select * from ${asker.table(table)} where _deleted_at is null)` })} y
                    where y.team_id is not null group by y.team_id) g on g.team_id = r.team_id
       where r._deleted_at is null) t`,
  searched: ['t.name', 't.description'],
  id: 't.team_id',
  filters: {
    active: filter('Active', 'not t.is_archived'),
    empty: filter('Without members', 't.members = 0 and not t.is_archived'),
    idle: filter('Without direct grants', 't.grants = 0 and not t.is_archived'),
    archived: filter('Archived', 't.is_archived'),
  },
  sorts: {
    name: by('Name', 't.name'),
    members: by('Members', 't.members', true),
    grants: by('Direct grants', 't.grants', true),
    created: by('Created', 't.created_at', true),
  },
  ties: 't.name, t.team_id',
};

/** The use of a licence. */
export interface LicenceRow extends Row {
  readonly member_id: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly member_type: string | null;
  readonly is_administrator: boolean | null;
  readonly can_make: boolean | null;
  readonly verdict: string;
  readonly last_seen_at: Date | null;
  readonly idle_days: number | null;
  readonly workbooks: number;
  readonly reports: number;
  readonly published: number;
  readonly created_at: Date | null;
}

/** The verdicts about licences, in the order of what to look at. */
export const VERDICTS = ['inactive', 'never seen', 'idle', 'could step down', 'in use'] as const;

export const LICENCES: SqlList = {
  select: `l.member_id, l.name, l.email, l.member_type, l.is_administrator, l.can_make, l.verdict, l.last_seen_at, l.idle_days, l.workbooks,
       l.reports, l.published, l.created_at`,
  from: (asker) => `${asker.model('licence_use')} l`,
  searched: ['l.name', 'l.email', 'l.member_type'],
  id: 'l.member_id',
  filters: {
    inactive: filter('Inactive (deactivated by the identity provider)', `l.verdict = 'inactive'`),
    'never seen': filter('Never seen', `l.verdict = 'never seen'`),
    idle: filter('Idle (not seen recently)', `l.verdict = 'idle'`),
    'could step down': filter('Could use a smaller account type', `l.verdict = 'could step down'`),
    'in use': filter('In use', `l.verdict = 'in use'`),
    unused: filter('Never seen or idle', `l.verdict in ('never seen', 'idle')`),
    administrators: filter('Administrators', 'l.is_administrator'),
  },
  sorts: {
    use: by(
      'Use',
      `array_position(array['inactive', 'never seen', 'idle', 'could step down', 'in use'], l.verdict)`,
    ),
    idle: by('Idle days', 'l.idle_days', true),
    seen: by('Last seen', 'l.last_seen_at', true),
    name: by('Name', 'l.name'),
    type: by('Account type', 'l.member_type'),
    workbooks: by('Workbooks', 'l.workbooks', true),
    published: by('Published', 'l.published', true),
  },
  ties: 'l.idle_days desc nulls first, l.name, l.member_id',
};
