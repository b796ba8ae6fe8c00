/** One workbook or report. */
import { html } from 'hono/html';
import { count, plural, spaced } from '../../../../core/words.ts';
import { totalOf } from '../../data/counted.ts';
import type { AccessRow } from '../../data/usage/access-rows.ts';
import { type DocumentKind, type DocumentView, documentView } from '../../data/usage/one-document.ts';
import type { Visit } from '../../site.ts';
import {
  ago,
  type Content,
  cutNote,
  empty,
  facts,
  type Html,
  link,
  runLink,
  section,
  time,
} from '../../view/elements.ts';
import type { Page } from '../../view/layout.ts';
import { lineagePicture } from '../../view/lineage-picture.ts';
import { type Column, figure, table } from '../../view/table.ts';
import {
  folder,
  memberLink,
  NOT_LATELY,
  objectLink,
  onThisPage,
  textIn,
  titled,
  type UsageParts,
} from '../../view/usage-elements.ts';
import { accessColumns, accessTable } from './access-table.ts';
import { brokenList, scheduleList, versionList } from './document-lists.ts';
import { objectPage } from './object-page.ts';

/** `GET /workbooks/:id` */
export const workbookPage = (visit: Visit): Promise<Page> => documentPage(visit, 'workbook');

/** `GET /reports/:id` */
export const reportPage = (visit: Visit): Promise<Page> => documentPage(visit, 'report');

const TITLES = { workbook: 'Workbook', report: 'Report' } as const;

function documentPage(visit: Visit, kind: DocumentKind): Promise<Page> {
  return objectPage(visit, {
    title: TITLES[kind],
    nav: `/${kind}s`,
    crumbs: [[`/${kind}s`, `${TITLES[kind]}s`]],
    missing: `There is no such ${kind}, or it was deleted.`,
    ask: (asker, id) => documentView(asker, kind, id),
    show: (id, value, parts) => shown(kind, id, value, parts),
  });
}

function shown(kind: DocumentKind, id: string, value: DocumentView, { sql, now }: UsageParts) {
  const { document, broken, schedules } = value;
  const name = titled(document['name'] as string | null);
  const url = textIn(document['url']);
  const parts: readonly (readonly [title: string, body: Content, aside?: Content])[] = [
    [
      'Access',
      accessTable(
        value.access,
        `Members who can see this ${kind}`,
        memberColumns(id),
        'member',
        'No member has access.',
        `/${kind}s/${encodeURIComponent(id)}/access.csv`,
      ),
    ],
    ['Openings', openingsOf(value, now), html`<a href="${link('/openings', { of: id })}">Show all</a>`],
    ['Data sources', lineage(kind, id, name, value)],
    ...(broken.length === 0 ? [] : [['Broken elements', brokenList(kind, id, broken)] as const]),
    ...(schedules.length === 0
      ? []
      : [['Scheduled exports', scheduleList(kind, id, schedules, now)] as const]),
    [
      'Versions',
      value.versions.length === 0 ? empty('No versions listed.') : versionList(kind, id, value.versions, now),
    ],
    [
      'Changes',
      history(kind, value, now),
      html`<a href="${link('/changes', { stream: `${kind}s`, key: id })}">All changes</a>`,
    ],
  ];
  return {
    title: name,
    lead: html`${leadOf(kind, document)}${
      url.startsWith('https://') ? html` <a href="${url}" rel="noreferrer">Open in Sigma</a>` : ''
    }`,
    body: html`<div class="card">${documentFacts(value, now)}</div>
${onThisPage(parts.map(([title]) => title))}
${parts.map(([title, body, aside]) => section(title, body, aside === undefined ? {} : { aside }))}
${sql}`,
  };
}

function leadOf(kind: DocumentKind, document: DocumentView['document']): Html {
  const of = document['tagged_version_of'];
  const from =
    typeof of === 'string' ? html`A tagged version of ${objectLink(kind, of, `another ${kind}`)}. ` : '';
  return html`${document['is_archived'] === true ? `Archived ${kind}` : TITLES[kind]}. ${from}${textIn(document['description'])}`;
}

const SOURCES = [
  ['source_tables', 'table'],
  ['source_datasets', 'dataset'],
  ['source_data_models', 'data model'],
] as const;

function documentFacts({ document: d }: DocumentView, now: Date): Html {
  const tags = d['tags'] as readonly string[];
  const numeric = (column: string): string => count(Number(d[column]));
  const many = (column: string, one: string): string => plural(Number(d[column]), one);
  // Reports have neither embeds nor materializations.
  const hasMore = d['embeds'] !== undefined;
  return facts([
    {
      name: 'Owner',
      value: memberLink(textIn(d['owner_id']) || null, d['owner_name'] as string | null),
      note: d['owner_is_active'] === true ? undefined : 'not active',
    },
    {
      name: 'Folder',
      value: folder(textIn(d['folder_path'])),
      isText: true,
      note: d['workspace_name'] === null ? undefined : html`workspace ${textIn(d['workspace_name'])}`,
    },
    {
      name: 'Last opened',
      value: ago(d['last_opened_at'] as Date | null, now, NOT_LATELY),
      note: many('openers', 'member'),
    },
    {
      name: 'Last changed',
      value: ago(d['updated_at'] as Date | null, now),
      note: html`version ${textIn(d['latest_version'])}`,
    },
    {
      name: 'Content',
      value: many('elements', 'element'),
      note: html`${many('pages', 'page')}, ${many('columns', 'column')}`,
    },
    {
      name: 'Sources',
      value: numeric('sources'),
      note: SOURCES.filter(([column]) => Number(d[column]) > 0)
        .map(([column, one]) => many(column, one))
        .join(', '),
    },
    {
      name: 'Schedules',
      value: numeric('schedules'),
      note: hasMore
        ? html`${numeric('materializations')} materialized`
        : html`${numeric('active_schedules')} active`,
    },
    ...(hasMore
      ? [
          {
            name: 'Embeds',
            value: numeric('embeds'),
            note: html`${numeric('public_embeds')} without sign-in`,
          },
        ]
      : []),
    ...(tags.length === 0 ? [] : [{ name: 'Tags', value: tags.join(', ') }]),
  ]);
}

const memberColumns = (object: string): readonly Column<AccessRow>[] => [
  {
    ...{ title: 'Member', isHead: true, isWide: true },
    cell: (row) =>
      html`${memberLink(row.member_id, row.member_name)}<span class="note">${row.email ?? ''}</span>`,
  },
  ...accessColumns((row) => [row.member_id, object]),
];

function openingsOf({ openings }: DocumentView, now: Date): Content {
  if (openings.length === 0)
    return empty('No recent openings.', 'Openings come from the recent files of members.');
  const columns: readonly Column<DocumentView['openings'][number]>[] = [
    { title: 'Member', isHead: true, isWide: true, cell: (row) => memberLink(row.member_id, row.name) },
    { title: 'When', cell: (row) => time(row.opened_at, now) },
  ];
  return [
    cutNote(totalOf(openings), openings.length, 'latest'),
    table('Openings, latest first', columns, openings),
  ];
}

/** The picture as a table. */
function nodeColumns(
  names: ReadonlyMap<string, string>,
  edges: DocumentView['edges'],
): readonly Column<DocumentView['nodes'][number]>[] {
  const feeds = new Map<string, string[]>();
  for (const { upstream_id: from, downstream_id: to } of edges)
    feeds.set(from, [...(feeds.get(from) ?? []), names.get(to) ?? to]);
  return [
    {
      ...{ title: 'Node', isHead: true, isWide: true },
      cell: (row) => objectLink(row.type, row.node_id, row.name),
    },
    { title: 'Type', cell: (row) => spaced(row.type) },
    { title: 'Feeds', isWide: true, cell: (row) => (feeds.get(row.node_id) ?? []).join(', ') },
    figure('Steps away', (row) => row.depth, { isExtra: true }),
  ];
}

function lineage(type: DocumentKind, id: string, name: string, { nodes, edges }: DocumentView): Content {
  if (nodes.length === 0) return empty('Sigma reports no sources.');
  const names = new Map([[id, name], ...nodes.map((node) => [node.node_id, titled(node.name)] as const)]);
  const rest = cutNote(
    totalOf(nodes),
    nodes.length,
    'nearest',
    html`<a href="/lineage/${encodeURIComponent(id)}">Lineage with all of them</a>`,
  );
  return html`${lineagePicture({ node_id: id, type, name }, nodes, edges)}${rest}<details><summary>As a list</summary>${table('Data sources', nodeColumns(names, edges), nodes)}</details>`;
}

function history(kind: DocumentKind, { changes }: DocumentView, now: Date): Content {
  return [
    cutNote(totalOf(changes), changes.length, 'latest'),
    table(
      `Changes of this ${kind}`,
      [
        { title: 'When', isHead: true, cell: (row) => time(row.changed_at, now) },
        {
          title: 'Columns',
          isWide: true,
          cell: (row) => (row.operation === 'update' ? (row.changed ?? []).join(', ') : row.operation),
        },
        { title: 'Run', cell: (row) => runLink(row.run_id) },
      ],
      changes,
      empty('No changes since the change log started.'),
    ),
  ];
}
