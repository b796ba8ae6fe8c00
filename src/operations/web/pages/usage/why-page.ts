/** Why can A see B, now or at an earlier time? */
import { html } from 'hono/html';
import { stamp } from '../../../../core/words.ts';
import { textOf, timeOf } from '../../address-parts.ts';
import { totalOf } from '../../data/counted.ts';
import { type Named, type PathRow, type WhyAnswer, why } from '../../data/usage/ask-why.ts';
import type { Visit } from '../../site.ts';
import { type Content, cutNote, empty, link, notice, section } from '../../view/elements.ts';
import type { Page } from '../../view/layout.ts';
import { type Column, table } from '../../view/table.ts';
import { FULL_ACCESS, memberLink, objectLink, titled, usagePage } from '../../view/usage-elements.ts';

const PATHS: readonly Column<PathRow>[] = [
  { title: 'Permission', isHead: true, cell: (row) => row.permission },
  {
    ...{ title: 'Through', isWide: true },
    cell: (row) =>
      row.via === 'owner'
        ? 'ownership'
        : row.via === 'team'
          ? html`team ${titled(row.team_name ?? row.team_id)}`
          : 'a direct grant',
  },
  {
    title: 'Granted on',
    cell: (row) =>
      row.inherited_from === null
        ? 'the object itself'
        : html`${row.inherited_type ?? ''} ${titled(row.inherited_name)}`,
  },
  {
    title: 'Grant',
    isExtra: true,
    cell: (row) => html`<span class="mono small">${row.grant_id ?? ''}</span>`,
  },
];

const NO_PATH = empty(
  'No grant or ownership gives access.',
  'They are not an administrator either. A link or an embed may still give access.',
);

const ONLY_AS_ADMINISTRATOR = empty('No other grant or ownership.', 'An administrator sees everything.');

/** `GET /access` */
export async function accessPage(visit: Visit): Promise<Page> {
  const [member, object, then] = [
    textOf(visit.query('member')),
    textOf(visit.query('object')),
    textOf(visit.query('at')),
  ];
  const at = timeOf(then);
  const asking = { member, object, at: at?.toISOString().slice(0, 19) };
  return usagePage(visit, {
    title: 'Who sees what',
    lead: 'Every way in which a member can see an object, strongest first. Enter a time for the access at that time.',
    nav: '/access',
    ask: (asker) => why(asker, member, object, at?.toISOString()),
    show: (value, { sql }) => ({
      body: html`<form class="filter" method="get" action="/access" role="search">
<label><span>Member</span><input class="id" name="member" value="${member ?? ''}" autocomplete="off" placeholder="name, email or id"></label>
<label><span>Object</span><input class="id" name="object" value="${object ?? ''}" autocomplete="off" placeholder="title or id"></label>
<label><span>As of (UTC)</span><input type="datetime-local" name="at" step="1" value="${asking.at ?? ''}"></label>
<span class="do"><button>Check access</button><a href="/access">Clear</a></span></form>
${then !== undefined && at === undefined ? notice('warn', 'The time is not valid, so this shows access now.', 'Write 2026-11-24 or 2026-11-24T02:15, in UTC.') : ''}
${choices('Which member?', 'member', value.members, asking, member)}
${choices('Which object?', 'object', value.objects, asking, object)}
${result(value, at)}${sql}`,
    }),
  });
}

/** The choice for a text that names several things, or none. */
function choices(
  title: string,
  name: 'member' | 'object',
  found: readonly Named[],
  asking: Readonly<Record<string, string | undefined>>,
  wanted: string | undefined,
): Content {
  if (wanted === undefined || found.length === 1) return '';
  if (found.length === 0) return notice('warn', `No ${name} matches.`, wanted);
  return section(
    title,
    html`${cutNote(totalOf(found), found.length, 'first', 'Type more of the name to see others.')}<ul class="plain hits">${found.map(
      (one) =>
        html`<li><a href="${link('/access', { ...asking, [name]: one.id })}">${titled(one.name)}</a> <span class="muted">${one.note ?? ''}</span></li>`,
    )}</ul>`,
  );
}

function result({ members, objects, paths, tooEarly }: WhyAnswer, at: Date | undefined): Content {
  if (tooEarly !== undefined) return notice('warn', 'The history does not go back that far.', tooEarly);
  const [member, object] = [members[0], objects[0]];
  if (paths === undefined || member === undefined || object === undefined) return '';
  const when = at === undefined ? '' : html`, as of ${stamp(at, true)} UTC`;
  const who = html`<p>${memberLink(member.id, member.name)} and ${objectLink(object.type, object.id, object.name)} <span class="muted">${object.note ?? ''}</span>${when}</p>`;
  const granted = paths.filter(({ via }) => via !== 'administrator');
  const isFull = granted.length < paths.length;
  return section(
    isFull ? FULL_ACCESS : paths.length === 0 ? 'No access' : `Access: ${paths[0]?.permission ?? ''}`,
    html`${who}${table('Paths of access', PATHS, granted, isFull ? ONLY_AS_ADMINISTRATOR : NO_PATH)}`,
    { id: 'access' },
  );
}
