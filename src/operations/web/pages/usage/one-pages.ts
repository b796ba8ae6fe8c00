/** One workbook and one member. */
import { html } from 'hono/html';
import { type MemberView, memberView, type WorkbookView, workbookView } from '../../data/usage/one-row.ts';
import type { Visit } from '../../site.ts';
import type { Page } from '../../view/layout.ts';
import { lineagePicture } from '../../view/lineage-picture.ts';
import {
  ago,
  type Column,
  type Content,
  empty,
  facts,
  figure,
  type Html,
  link,
  runLink,
  section,
  table,
  time,
} from '../../view/elements.ts';
import {
  memberLink,
  NOT_LATELY,
  onThisPage,
  titled,
  workbookLink,
  type UsagePage,
  usagePage,
} from '../../view/usage-elements.ts';
import { count, plural, spaced } from '../../../../core/words.ts';
import { notFound } from '../error-pages.ts';
import { reachOf, seersOf } from './access-tables.ts';

const ID = /^[\w-]{1,128}$/;
const text = (value: unknown): string => (value === null || value === undefined ? '' : String(value));
const numeric = (value: unknown): string => count(Number(value));

/** `GET /workbooks/:id` */
export async function workbookPage(visit: Visit): Promise<Page> {
  const id = visit.param('id');
  if (!ID.test(id)) return notFound();
  return usagePage(visit, {
    title: 'Workbook',
    nav: '',
    ask: (asker) => workbookView(asker, id),
    show: (value, parts) =>
      value === undefined
        ? notFound('There is no such workbook, or it was deleted.')
        : shownWorkbook(id, value, parts),
  });
}

type Parts = Parameters<UsagePage<unknown>['show']>[1];

function shownWorkbook(id: string, value: WorkbookView, { nav, sql, now }: Parts) {
  const { workbook } = value;
  const name = titled(workbook['name'] as string | null);
  const url = text(workbook['url']);
  return {
    title: name,
    lead: html`${workbook['is_archived'] === true ? 'Archived. ' : ''}${text(workbook['description'])}${
      url.startsWith('https://') ? html` <a href="${url}" rel="noreferrer">Open in Sigma</a>` : ''
    }`,
    body: html`${nav}<div class="card">${workbookFacts(value, now)}</div>
${onThisPage(['Who can see it', 'Where its data comes from', ...(value.broken.length === 0 ? [] : ['What is broken']), 'What changed'])}
${section('Who can see it', seersOf(id, value.access))}
${section('Where its data comes from', lineage(id, name, value))}
${value.broken.length === 0 ? '' : section('What is broken', table('What is broken', BROKEN, value.broken))}
${section('What changed', history(value, now), { aside: html`<a href="${link('/changes', { key: id })}">All changes</a>` })}
${sql}`,
  };
}

function workbookFacts({ workbook: w }: WorkbookView, now: Date): Html {
  const tags = w['tags'] as readonly string[];
  return facts([
    {
      name: 'Owner',
      value: memberLink(text(w['owner_id']) || null, w['owner_name'] as string | null),
      note: w['owner_is_active'] === true ? undefined : 'not active',
    },
    {
      name: 'Folder',
      value: text(w['folder_path']),
      note: w['workspace_name'] === null ? undefined : html`workspace ${text(w['workspace_name'])}`,
    },
    {
      name: 'Last opened',
      value: ago(w['last_opened_at'] as Date | null, now, NOT_LATELY),
      note: plural(Number(w['openers']), 'member'),
    },
    {
      name: 'Last changed',
      value: ago(w['updated_at'] as Date | null, now),
      note: html`version ${text(w['latest_version'])}`,
    },
    {
      name: 'Content',
      value: plural(Number(w['elements']), 'element'),
      note: html`${plural(Number(w['pages']), 'page')}, ${plural(Number(w['columns']), 'column')}`,
    },
    {
      name: 'Schedules',
      value: numeric(w['schedules']),
      note: html`${numeric(w['materializations'])} materialized`,
    },
    {
      name: 'Embeds',
      value: numeric(w['embeds']),
      note: html`${numeric(w['public_embeds'])} without sign-in`,
    },
    ...(tags.length === 0 ? [] : [{ name: 'Tags', value: tags.join(', ') }]),
  ]);
}

const BROKEN: readonly Column<WorkbookView['broken'][number]>[] = [
  { title: 'Problem', isHead: true, cell: (row) => row.problem },
  { title: 'Where', cell: (row) => titled(row.name) },
  { title: 'Detail', isWide: true, cell: (row) => row.detail ?? '' },
];

/** The picture as a table. */
function nodeColumns(
  names: ReadonlyMap<string, string>,
  edges: WorkbookView['edges'],
): readonly Column<WorkbookView['nodes'][number]>[] {
  const feeds = new Map<string, string[]>();
  for (const { upstream_id: from, downstream_id: to } of edges)
    feeds.set(from, [...(feeds.get(from) ?? []), names.get(to) ?? to]);
  return [
    { title: 'Node', isHead: true, isWide: true, cell: (row) => titled(row.name) },
    { title: 'Type', cell: (row) => spaced(row.type) },
    { title: 'Feeds', isWide: true, cell: (row) => (feeds.get(row.node_id) ?? []).join(', ') },
    figure('Steps away', (row) => row.depth, { isExtra: true }),
  ];
}

function lineage(id: string, name: string, { nodes, edges }: WorkbookView): Content {
  if (nodes.length === 0) return empty('Sigma tells no sources.');
  const names = new Map([[id, name], ...nodes.map((node) => [node.node_id, titled(node.name)] as const)]);
  const total = nodes[0]?.total ?? 0;
  const rest =
    total > nodes.length
      ? html`<p class="muted">The nearest ${count(nodes.length)} of ${count(total)}.</p>`
      : '';
  return html`${lineagePicture({ id, name }, nodes, edges)}${rest}<details><summary>As a list</summary>${table('Where its data comes from', nodeColumns(names, edges), nodes)}</details>`;
}

function history({ changes }: WorkbookView, now: Date): Content {
  return table(
    'Changes of this workbook',
    [
      { title: 'When', isHead: true, cell: (row) => time(row.changed_at, now) },
      {
        title: 'What',
        isWide: true,
        cell: (row) => (row.operation === 'update' ? (row.changed ?? []).join(', ') : row.operation),
      },
      { title: 'Run', cell: (row) => runLink(row.run_id) },
    ],
    changes,
    empty('Nothing, since the log began.'),
  );
}

/** `GET /members/:id` */
export async function memberPage(visit: Visit): Promise<Page> {
  const id = visit.param('id');
  if (!ID.test(id)) return notFound();
  return usagePage(visit, {
    title: 'Member',
    nav: '',
    ask: (asker) => memberView(asker, id),
    show: (value, parts) =>
      value === undefined
        ? notFound('There is no such member, or it was deleted.')
        : shownMember(id, value, parts),
  });
}

function shownMember(id: string, value: MemberView, { nav, sql, now }: Parts) {
  const { member, opened, grants } = value;
  return {
    title: titled(member['name'] as string | null),
    lead: html`${text(member['email'])}${member['is_archived'] === true ? ', archived' : ''}`,
    body: html`${nav}<div class="card">${memberFacts(value, now)}</div>
${onThisPage(['What they can reach', 'What they opened', ...(grants.length === 0 ? [] : ['Grants in person'])])}
${section('What they can reach', reachOf(id, value))}
${section(
  'What they opened',
  table(
    'Recent files',
    [
      {
        title: 'File',
        isHead: true,
        isWide: true,
        cell: (row) => (row.type === 'workbook' ? workbookLink(row.file_id, row.name) : titled(row.name)),
      },
      { title: 'Type', cell: (row) => text(row.type) },
      { title: 'Opened', cell: (row) => ago(row.last_interaction_at, now) },
    ],
    opened,
    empty('Nothing lately.'),
  ),
)}
${grants.length === 0 ? '' : section('Grants in person', grantTable(grants))}
${sql}`,
  };
}

function memberFacts({ member: m }: MemberView, now: Date): Html {
  return facts([
    { name: 'Account type', value: spaced(text(m['member_type'])), note: text(m['verdict']) },
    { name: 'Last seen', value: ago(m['last_seen_at'] as Date | null, now, NOT_LATELY) },
    { name: 'Opened', value: plural(Number(m['opened']), 'file') },
    {
      name: 'Published',
      value: plural(Number(m['published']), 'version'),
      note: ago(m['last_published_at'] as Date | null, now),
    },
    {
      name: 'Owns',
      value: plural(Number(m['workbooks']), 'workbook'),
      note: plural(Number(m['data_models']), 'data model'),
    },
    { name: 'Teams', value: numeric(m['teams']), note: (m['team_names'] as readonly string[]).join(', ') },
  ]);
}

function grantTable(grants: MemberView['grants']): Html {
  return table(
    'Grants in person',
    [
      {
        title: 'Object',
        isHead: true,
        isWide: true,
        cell: (row) => html`${titled(row.name)}<span class="note">${row.inode_type}</span>`,
      },
      { title: 'Gives', cell: (row) => row.permission },
      { title: 'A team gives', cell: (row) => row.team_permission ?? 'nothing' },
      { title: 'So it is', cell: (row) => row.verdict },
    ],
    grants,
  );
}
