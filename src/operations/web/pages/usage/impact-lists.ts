/** Impact of a removal: the search for an object, and everything that takes its data from there. */
import { html } from 'hono/html';
import type { Asker } from '../../../../analytics/asker.ts';
import { count, plural, spaced } from '../../../../core/words.ts';
import { edgesOfDocuments } from '../../data/usage/impact-documents.ts';
import { named } from '../../data/usage/named.ts';
import {
  IMPACT,
  type ImpactAround,
  type ImpactRow,
  SOURCES,
  type SourceRow,
} from '../../data/usage/upkeep-rows.ts';
import { answerList } from '../../lists/answer-list.ts';
import type { List, ListPart, ListSearch } from '../../lists/list.ts';
import { empty, facts, link, section } from '../../view/elements.ts';
import { lineagePicture } from '../../view/lineage-picture.ts';
import { figure, since, text } from '../../view/table.ts';
import { listed, memberLink, NOT_LATELY, objectLink } from '../../view/usage-elements.ts';
import { HEAD, nothingOn } from './list-pages.ts';

const kindOf = (type: string): string => spaced(type.replaceAll('-', ' '));

/** `/impact` */
export const sourceList: List<SourceRow> = answerList<SourceRow>({
  title: 'What breaks',
  path: '/impact',
  lead: 'Choose a table, connection, data model or dataset to see which content reads from it and breaks if it is removed.',
  what: SOURCES,
  placeholder: 'name of a table, data model, …',
  nothing: nothingOn('/impact'),
  columns: () => [
    {
      ...{ title: 'Name', ...HEAD, value: (row) => row.name },
      cell: (row) =>
        html`<a href="${link('/impact/of', { of: row.id })}">${objectLink(null, row.id, row.name)}</a>`,
    },
    text('Type', (row) => kindOf(row.type), { sort: 'type' }),
    text('Where', (row) => row.note, { isWide: true, isExtra: true }),
    {
      title: 'See also',
      cell: (row) => html`<a href="/lineage/${encodeURIComponent(row.id)}">lineage</a>`,
    },
  ],
  more: [text('Id', (row) => row.id)],
});

async function aroundImpact(
  asker: Asker,
  { of }: ListSearch,
  beside: unknown,
): Promise<Pick<ListPart<unknown>, 'title' | 'lead' | 'above'>> {
  if (of === undefined)
    return {
      lead: html`<a href="/impact">First choose a table, connection, data model or dataset.</a>`,
      above: '',
    };
  const { type = null, name = of } = (await named(asker, of)) ?? {};
  const { totals, nearest } = beside as ImpactAround;
  const drawn = nearest ?? [];
  const edges = await edgesOfDocuments(asker, [of, ...drawn.map(({ node_id: id }) => id)]);
  const total = drawn[0]?.total ?? 0;
  const rest = html`<p class="muted">Each document includes its elements.${total > drawn.length ? ` These are the nearest ${count(drawn.length)} of ${count(total)}; the list below has all.` : ''}</p>`;
  return {
    title: `Content that breaks without ${listed(name)}`,
    lead: html`Content that breaks if ${type === null ? '' : `the ${kindOf(type)} `}<bdi>${objectLink(type, of, name)}</bdi> is removed.`,
    above:
      totals === undefined || drawn.length === 0
        ? ''
        : html`<div class="card">${facts([
            { name: 'Workbooks', value: count(totals.workbooks) },
            { name: 'Reports', value: count(totals.reports) },
            {
              name: 'Data models',
              value: count(totals.data_models),
              note: html`and ${plural(totals.others, 'element or other node', 'elements and other nodes')}`,
            },
            { name: 'Owners to notify', value: count(totals.owners) },
            { name: 'Active schedules', value: count(totals.schedules), note: 'of this content' },
          ])}</div>${section('Picture', html`${lineagePicture({ node_id: of, type: type ?? 'unknown', name }, drawn, edges)}${rest}`)}`,
  };
}

/** `/impact/of?of=…` */
export const impactList: List<ImpactRow> = answerList<ImpactRow>({
  title: 'Content that breaks if it is removed',
  path: '/impact/of',
  nav: '/impact',
  crumbs: [['/impact', 'What breaks']],
  what: IMPACT,
  filter: 'documents',
  placeholder: 'title or owner',
  around: aroundImpact,
  nothing: ({ text: wanted, of, filters }) =>
    of === undefined
      ? empty('Nothing is chosen.', html`<a href="/impact">Choose what would be removed.</a>`)
      : wanted !== undefined || filters['filter'] !== 'documents'
        ? empty(
            'Nothing matches.',
            html`<a href="${link('/impact/of', { of, filter: 'all' })}">Show everything that depends on it.</a>`,
          )
        : empty('Nothing breaks.', 'No workbook, report or data model reads from it.'),
  columns: (now) => [
    {
      ...{ title: 'What breaks', ...HEAD, value: (row) => row.name },
      cell: (row) =>
        html`${objectLink(row.type, row.node_id, row.name)}<span class="note">${kindOf(row.type)}</span>`,
    },
    {
      ...{ title: 'Owner', sort: 'owner', value: (row) => row.owner_name },
      cell: (row) => memberLink(row.owner_id, row.owner_name),
    },
    figure('Opened by', (row) => row.openers, { sort: 'openers' }),
    since('Last opened', (row) => row.last_opened_at, now, { sort: 'opened', none: NOT_LATELY }),
    figure('Active schedules', (row) => row.active_schedules, { sort: 'schedules', isExtra: true }),
    figure('Steps away', (row) => row.depth, { sort: 'depth', isExtra: true }),
  ],
  more: [
    text('Type', (row) => row.type),
    text('Id', (row) => row.node_id),
    text('Owner id', (row) => row.owner_id),
    text('Document id', (row) => row.document_id),
  ],
});
