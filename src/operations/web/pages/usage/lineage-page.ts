/** One node of lineage: what takes data from it, and where its own comes from, as a picture that can be clicked through. */
import { html } from 'hono/html';
import { count, cut, plural, spaced } from '../../../../core/words.ts';
import { isNode } from '../../address-parts.ts';
import { totalOf } from '../../data/counted.ts';
import { type LineageNode, type NodeView, nodesOf, nodeView } from '../../data/usage/lineage-of.ts';
import type { Download, NoDownload } from '../../lists/download.ts';
import type { Place, Visit } from '../../site.ts';
import { addressOf } from '../../view/addresses.ts';
import { type Content, empty, facts, type Html, link, listHead, section } from '../../view/elements.ts';
import type { Page } from '../../view/layout.ts';
import { lineagePicture } from '../../view/lineage-picture.ts';
import { type Column, figure, foldedTable, groupsOf } from '../../view/table.ts';
import { objectLink, onThisPage, titled, type UsageParts, usageNav } from '../../view/usage-elements.ts';
import { answerDownload } from './answer-download.ts';
import { objectPage } from './object-page.ts';

/** `GET /lineage/:id` */
export function lineagePage(visit: Visit): Promise<Page> {
  return objectPage(visit, {
    title: 'Lineage',
    nav: '/impact',
    crumbs: [['/impact', 'What breaks']],
    isKnown: isNode,
    missing: 'This id is not in the lineage.',
    ask: nodeView,
    show: (_, value, parts) => shownNode(value, parts),
  });
}

const DEPENDS = 'Downstream';
const COMES_FROM = 'Upstream';

function shownNode(value: NodeView, { sql }: UsageParts) {
  const { node, upstream, downstream, drawn, edges } = value;
  const all = totalOf(upstream) + totalOf(downstream);
  const partial =
    all > drawn.length
      ? html`<p class="muted">These are the nearest ${count(drawn.length)} of ${count(all)}; the lists below show more, and their downloads have all.</p>`
      : '';
  const file = `/lineage/${encodeURIComponent(node.node_id)}`;
  return {
    // Of a document this is not its own page.
    title: `${ownPage(node) === undefined ? '' : 'Lineage of '}${titled(node.name)}`,
    lead: leadOf(node),
    ...crumbsOf(node),
    body: html`<div class="card">${facts([
      {
        name: DEPENDS,
        value: html`<a href="${link('/impact/of', { of: node.node_id })}">${count(totalOf(downstream))}</a>`,
        note: kindsOf(downstream),
      },
      { name: COMES_FROM, value: count(totalOf(upstream)), note: kindsOf(upstream) },
    ])}</div>
${onThisPage(['Picture', DEPENDS, COMES_FROM])}
${section('Picture', drawn.length === 0 ? empty('It has no upstream or downstream nodes.') : html`${lineagePicture(node, drawn, edges)}${partial}`)}
${section(DEPENDS, listOf(DEPENDS, downstream, 'Nothing reads from it.', `${file}/downstream.csv`))}
${section(COMES_FROM, listOf(COMES_FROM, upstream, 'Sigma reports no sources.', `${file}/upstream.csv`))}
${sql}`,
  };
}

/** The contents of a document are below it, and so is the lineage of the document itself. */
function crumbsOf({ document_type: type, document_id: id, document_name: name }: NodeView['node']) {
  const own = addressOf(type, id ?? '');
  if ((type !== 'workbook' && type !== 'report') || own === undefined) return {};
  const [list, title] = type === 'workbook' ? ['/workbooks', 'Workbooks'] : ['/reports', 'Reports'];
  const crumbs: readonly Place[] = [
    [list, title],
    [own, cut(titled(name), 60)],
  ];
  return { crumbs, nav: usageNav(list, false) };
}

/** The page of a workbook or a report. */
function ownPage({
  node_id: id,
  document_id: document,
  document_type: type,
}: NodeView['node']): string | undefined {
  const own = id === document ? addressOf(type, id) : undefined;
  return own?.startsWith('/lineage/') === true ? undefined : own;
}

function leadOf(node: NodeView['node']): Html {
  const kind = spaced(node.type.replaceAll('-', ' '));
  const state = node.is_gone ? ', gone from Sigma' : node.is_archived ? ', archived' : '';
  const within =
    node.document_id === null || node.document_id === node.node_id
      ? ''
      : html` in ${objectLink(node.document_type, node.document_id, node.document_name)}`;
  const whole = ownPage(node);
  const page = whole === undefined ? '' : html`. <a href="${whole}">Open its page</a>`;
  return html`${kind.charAt(0).toUpperCase()}${kind.slice(1)}${within}${state}${page}`;
}

/** Number of listed nodes of each kind. */
function kindsOf(nodes: readonly LineageNode[]): string {
  const said = groupsOf(nodes, ({ type }) => type).map(({ title, rows }) =>
    plural(rows.length, spaced(title.replaceAll('-', ' '))),
  );
  return said.length === 0
    ? 'nothing'
    : `${totalOf(nodes) > nodes.length ? 'among the nearest ' : ''}${said.join(', ')}`;
}

const COLUMNS: readonly Column<LineageNode>[] = [
  {
    ...{ title: 'Name', isHead: true, isWide: true, value: (row) => row.name },
    cell: (row) => objectLink(row.type, row.node_id, row.name),
  },
  { title: 'Type', cell: (row) => spaced(row.type.replaceAll('-', ' ')), value: (row) => row.type },
  figure('Steps away', (row) => row.depth),
];

function listOf(caption: string, nodes: readonly LineageNode[], nothing: string, file: string): Content {
  if (nodes.length === 0) return empty(nothing);
  const groups = groupsOf(nodes, ({ type }) => `${spaced(type.replaceAll('-', ' '))}`);
  return [
    listHead(totalOf(nodes), nodes.length, file),
    foldedTable(caption, COLUMNS, groups, (rows, kind) => html`<strong>${plural(rows, kind)}</strong>`),
  ];
}

const DATA: readonly Column<LineageNode>[] = [{ title: 'Id', cell: () => '', value: (row) => row.node_id }];

/** `GET /lineage/:id/downstream.csv` and `…/upstream.csv`: all of it, the nearest first. */
export const lineageDownload =
  (name: 'downstream' | 'upstream') =>
  (visit: Visit): Promise<Download | NoDownload> =>
    answerDownload(visit, isNode, name, [...COLUMNS, ...DATA], (asker, id, { limit, offset }) =>
      nodesOf(asker, id, name === 'downstream' ? 'impact_steps' : 'upstream_steps', limit, offset),
    );
