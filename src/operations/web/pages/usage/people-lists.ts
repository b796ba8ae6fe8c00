/** Lists of what people do and may: who opened what, whose access changed, what each licence does. */
import { html } from 'hono/html';
import type { Asker } from '../../../../analytics/asker.ts';
import type { Row } from '../../../../core/database/database.ts';
import { count, cut, plural, spaced } from '../../../../core/words.ts';
import { named } from '../../data/usage/named.ts';
import {
  ACCESS_CHANGES,
  type AccessChangeRow,
  LICENCES,
  type LicenceRow,
  OPENINGS,
  type OpeningRow,
  TEAMS,
  type TeamRow,
  VERDICTS,
} from '../../data/usage/people-rows.ts';
import { answerList } from '../../lists/answer-list.ts';
import type { List, ListPart, ListSearch } from '../../lists/list.ts';
import { ago, type Content, empty, facts, type Html, link, runLink, section } from '../../view/elements.ts';
import { figure, since, table, text } from '../../view/table.ts';
import {
  listed as listedName,
  memberLink,
  NOT_LATELY,
  objectLink,
  titled,
} from '../../view/usage-elements.ts';
import { ADMINISTRATOR, HEAD, marks, nothingOn } from './list-pages.ts';

/** The subject of a list in its lead. */
const leadAbout =
  (path: string, title: string, all: Content, about: string) =>
  async (asker: Asker, { of }: ListSearch): Promise<Pick<ListPart<unknown>, 'title' | 'crumbs' | 'lead'>> => {
    if (of === undefined) return { lead: all };
    const { type = null, name = of } = (await named(asker, of)) ?? {};
    return {
      title: `${title}: ${listedName(name)}`,
      crumbs: [[path, title]],
      lead: html`${about} <bdi>${objectLink(type, of, name)}</bdi>. <a href="${path}">Show all</a>`,
    };
  };

/** `/openings` */
export const openingList: List<OpeningRow> = answerList<OpeningRow>({
  title: 'Who opened what',
  path: '/openings',
  what: OPENINGS,
  placeholder: 'member or object',
  around: leadAbout(
    '/openings',
    'Who opened what',
    'The last time each member opened each object, from recent files. An export of the audit log adds every opening.',
    'Openings of or by',
  ),
  nothing: nothingOn('/openings'),
  columns: (now) => [
    {
      ...{ title: 'Member', ...HEAD, sort: 'member', value: (row) => row.member_name },
      cell: (row) =>
        html`${memberLink(row.member_id, row.member_name)}${marks(row.is_administrator === true && ADMINISTRATOR)}<span class="note">${cut(row.email ?? '', 120)}</span>`,
    },
    {
      ...{ title: 'Opened', isWide: true, sort: 'name', value: (row) => row.name },
      cell: (row) =>
        html`${objectLink(row.type, row.object_id, row.name)}<span class="note">${spaced(row.type ?? 'in no listing')}</span>`,
    },
    since('When', (row) => row.opened_at, now, { sort: 'opened' }),
  ],
  more: [
    text('Email', (row) => row.email),
    text('Type', (row) => row.type),
    { title: 'Administrator', cell: () => '', value: (row) => row.is_administrator },
    text('Member id', (row) => row.member_id),
    text('Object id', (row) => row.object_id),
  ],
});

/** `/teams` */
export const teamList: List<TeamRow> = answerList<TeamRow>({
  title: 'Teams',
  path: '/teams',
  lead: 'Every team, with its members and grants.',
  what: TEAMS,
  filter: 'active',
  placeholder: 'name or description',
  nothing: nothingOn('/teams'),
  columns: (now) => [
    {
      ...{ title: 'Team', ...HEAD, value: (row) => row.name },
      cell: (row) =>
        html`${objectLink('team', row.team_id, row.name)}${marks(row.is_archived && 'archived')}<span class="note">${cut(row.description ?? '', 120)}</span>`,
    },
    figure('Members', (row) => row.members, { sort: 'members' }),
    figure('Direct grants', (row) => row.grants, { sort: 'grants' }),
    since('Created', (row) => row.created_at, now, { sort: 'created', isExtra: true }),
  ],
  more: [
    text('Description', (row) => row.description),
    { title: 'Archived', cell: () => '', value: (row) => row.is_archived },
    text('Team id', (row) => row.team_id),
  ],
});

/** The member or team whose access changed. */
function whoOf(row: AccessChangeRow): Html {
  if (row.member_id !== null)
    return html`<bdi>${memberLink(row.member_id, row.member_name)}</bdi>${row.is_administrator === true ? ' (administrator)' : ''}`;
  if (row.team_id === null) return html`An unknown member`;
  return html`Everyone in team <bdi>${objectLink('team', row.team_id, row.team_name)}</bdi>`;
}

/** `Ada Rossi got edit on Pipeline through a direct grant`. */
function sentenceOf(row: AccessChangeRow): Html {
  const who = whoOf(row);
  const team =
    row.team_id === null
      ? html`a team`
      : html`team <bdi>${objectLink('team', row.team_id, row.team_name)}</bdi>`;
  if (row.change === 'joined') return html`${who} joined ${team} and got its access`;
  if (row.change === 'left') return html`${who} left ${team} and lost what it gave`;
  if (row.change === 'team deleted') return html`${who} lost what the team gave: it was deleted`;
  const kind = row.type === null ? '' : ` (${spaced(row.type.replaceAll('-', ' '))})`;
  const object =
    row.inode_id === null
      ? html`an unknown object`
      : html`<bdi>${objectLink(row.type, row.inode_id, row.inode_name)}</bdi>${kind}`;
  const how = row.member_id === null ? 'through the team' : 'through a direct grant';
  const [before, after] = [
    cut(row.permission_before ?? 'access', 40),
    cut(row.permission_after ?? 'access', 40),
  ];
  if (row.change === 'given')
    return html`${who} got <strong><bdi>${after}</bdi></strong> on ${object}, ${how}`;
  if (row.change === 'taken away')
    return html`${who} lost <strong><bdi>${before}</bdi></strong> on ${object}, ${how}`;
  return html`${who} has <strong><bdi>${after}</bdi></strong> instead of <strong><bdi>${before}</bdi></strong> on ${object}, ${how}`;
}

/** The same as plain words, for a file. */
function plainOf(row: AccessChangeRow): string {
  const member = row.member_name ?? row.member_id;
  const who =
    member ?? (row.team_id === null ? 'An unknown member' : `Everyone in team ${titled(row.team_name)}`);
  if (row.change === 'joined' || row.change === 'left')
    return `${who} ${row.change} team ${titled(row.team_name)}`;
  if (row.change === 'team deleted') return `${who} lost what the team gave: it was deleted`;
  const object = row.inode_name ?? row.inode_id ?? 'an unknown object';
  if (row.change === 'given') return `${who} got ${row.permission_after ?? 'access'} on ${object}`;
  if (row.change === 'taken away') return `${who} lost ${row.permission_before ?? 'access'} on ${object}`;
  return `${who} has ${row.permission_after ?? 'access'} instead of ${row.permission_before ?? 'access'} on ${object}`;
}

/** `/access/changes` */
export const accessChangeList: List<AccessChangeRow> = answerList<AccessChangeRow>({
  title: 'Access changes',
  path: '/access/changes',
  what: ACCESS_CHANGES,
  placeholder: 'member, team or object',
  around: leadAbout(
    '/access/changes',
    'Access changes',
    html`Access that members and teams got or lost, as the syncs found it. Changes through a folder, an owner or an account type are not listed. For those, compare two times in <a href="/access">Who sees what</a>.`,
    'Access changes of',
  ),
  nothing: (search) =>
    search.filters['filter'] === 'all' && search.text === undefined && search.of === undefined
      ? empty('No access changes yet.', 'Each sync lists the grants and memberships that changed.')
      : nothingOn('/access/changes')(search),
  columns: (now) => [
    {
      ...{ title: 'Summary', ...HEAD, sort: 'object', value: plainOf },
      cell: (row) => html`<span class="told">${sentenceOf(row)}</span>`,
    },
    since('When', (row) => row.changed_at, now, { sort: 'when' }),
    { title: 'Run', isExtra: true, cell: (row) => runLink(row.run_id), value: (row) => row.run_id },
    {
      title: 'Ids',
      cell: (row) =>
        html`<details class="ids"><summary>ids</summary><code>${[row.grant_id, row.member_id, row.team_id, row.inode_id].filter((id) => id !== null).join(' ')}</code></details>`,
    },
  ],
  more: [
    text('Change', (row) => row.change),
    text('Member', (row) => row.member_name),
    text('Team', (row) => row.team_name),
    text('Object', (row) => row.inode_name),
    text('Permission before', (row) => row.permission_before),
    text('Permission after', (row) => row.permission_after),
    { title: 'Administrator', cell: () => '', value: (row) => row.is_administrator },
    text('Member id', (row) => row.member_id),
    text('Team id', (row) => row.team_id),
    text('Object id', (row) => row.inode_id),
    text('Grant id', (row) => row.grant_id),
  ],
});

/** Licences of an account type. */
interface TypeRow extends Row {
  readonly member_type: string | null;
  readonly total: number;
  readonly [verdict: string]: unknown;
}

/** A share in percent, which is not nothing where there are some. */
const share = (number: number, total: number): string =>
  number > 0 && number < total / 100 ? 'under 1 %' : `${Math.round((100 * number) / total)} %`;

/** Number of licences by verdict, in all and by account type. */
async function licenceTotals(asker: Asker): Promise<{ readonly above: Content }> {
  const rows = await asker.rows<TypeRow>(
    `select l.member_type, count(*)::integer as total,
       ${VERDICTS.map((word) => `(count(*) filter (where l.verdict = '${word}'))::integer as "${word}"`).join(',\n       ')}
  from ${asker.model('licence_use')} l
 group by l.member_type order by total desc, l.member_type`,
  );
  const sum = (of: (row: TypeRow) => unknown): number => rows.reduce((all, row) => all + Number(of(row)), 0);
  const total = sum((row) => row.total);
  if (total === 0) return { above: '' };
  return {
    above: html`<div class="card">${facts(
      VERDICTS.map((word) => {
        const number = sum((row) => row[word]);
        return {
          name: spaced(word).replace(/^./, (first) => first.toUpperCase()),
          value: html`<a href="${link('/licences', { filter: word })}">${count(number)}</a>`,
          note: `${share(number, total)} of ${plural(total, 'licence')}`,
        };
      }),
    )}</div>${section(
      'By account type',
      table(
        'Licences by account type',
        [
          {
            title: 'Account type',
            isHead: true,
            cell: (row: TypeRow) => spaced(row.member_type ?? 'unknown'),
          },
          figure<TypeRow>('Licences', (row) => row.total),
          ...VERDICTS.map((word) =>
            figure<TypeRow>(
              spaced(word).replace(/^./, (first) => first.toUpperCase()),
              (row) => Number(row[word]),
            ),
          ),
        ],
        rows,
      ),
    )}`,
  };
}

/** `/licences` */
export const licenceList: List<LicenceRow> = answerList<LicenceRow>({
  title: 'Licences',
  path: '/licences',
  lead: html`Members who are not archived, and the use of their licences. Idle members were not seen within <code>analytics.stale_days</code>.`,
  what: LICENCES,
  placeholder: 'name, email or account type',
  around: licenceTotals,
  nothing: nothingOn('/licences'),
  columns: (now) => [
    {
      ...{ title: 'Member', ...HEAD, value: (row) => row.name },
      cell: (row) =>
        html`${memberLink(row.member_id, row.name)}${marks(row.is_administrator === true && ADMINISTRATOR)}<span class="note">${cut(row.email ?? '', 120)}</span>`,
    },
    text('Account type', (row) => spaced(row.member_type ?? ''), { sort: 'type' }),
    text('Use', (row) => row.verdict, { sort: 'use' }),
    since('Last seen', (row) => row.last_seen_at, now, { sort: 'seen', none: NOT_LATELY }),
    figure('Idle days', (row) => row.idle_days, { sort: 'idle' }),
    figure('Workbooks', (row) => row.workbooks, { sort: 'workbooks', isExtra: true }),
    figure('Published', (row) => row.published, { sort: 'published', isExtra: true }),
    {
      ...{ title: 'Member since', isExtra: true, value: (row) => row.created_at },
      cell: (row) => ago(row.created_at, now, ''),
    },
  ],
  more: [
    text('Email', (row) => row.email),
    figure('Reports', (row) => row.reports),
    { title: 'Can create content', cell: () => '', value: (row) => row.can_make },
    { title: 'Administrator', cell: () => '', value: (row) => row.is_administrator },
    text('Member id', (row) => row.member_id),
  ],
});
