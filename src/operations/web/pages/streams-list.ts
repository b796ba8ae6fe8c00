/** All streams: how fresh each is against its target, and how its table grows. */
import { html } from 'hono/html';
import { bytes, count, plural } from '../../../core/words.ts';
import { catalogue } from '../../../extractors/catalogue.ts';
import { readOutage } from '../../../state/read/outage.ts';
import {
  type DaySize,
  type StreamRow,
  sizesOver,
  streamRows,
  type TableFacts,
  tableFacts,
} from '../data/read-streams.ts';
import { selectedStreams } from '../data/selected-streams.ts';
import type { List } from '../lists/list.ts';
import { partOf } from '../lists/rows-in-memory.ts';
import type { Site } from '../site.ts';
import { sparkline } from '../view/charts.ts';
import { breakable, type Content, empty, errorText, runLink, status } from '../view/elements.ts';
import { type Column, figure, since, text } from '../view/table.ts';
import { type HowFresh, howFresh } from './how-fresh.ts';
import { outageNotice } from './outage-notice.ts';
import { rowsOf, weekOf } from './table-growth.ts';

const DAYS = 90;

/** A stream of the list. */
interface Listed extends HowFresh {
  readonly name: string;
  readonly row: StreamRow | undefined;
  readonly facts: TableFacts | undefined;
  readonly sizes: readonly DaySize[];
}

/** Words of the filter, with what they show. */
const STATES: Readonly<Record<string, string>> = {
  all: 'All',
  fresh: 'Fresh (within target)',
  stale: 'Stale (older than target)',
  failed: 'Failed in the last run',
  never: 'Never synced',
  unavailable: 'Unavailable to these credentials',
  retired: 'Retired by Sigma',
};

/** `/streams` */
export const streamList: List<Listed> = {
  path: '/streams',
  title: 'Streams',
  place: '/streams',
  placeholder: 'name or error',
  size: 200,
  filters: [{ name: 'state', label: 'Filter', options: STATES, standard: 'all' }],
  sorts: {
    catalogue: { title: 'As documented', isDescending: false },
    name: { title: 'Stream', isDescending: false },
    state: { title: 'State', isDescending: false },
    success: { title: 'Last complete', isDescending: true },
    target: { title: 'Target', isDescending: false },
    rows: { title: 'Rows', isDescending: true },
    size: { title: 'Size', isDescending: true },
  },
  columns,
  more: [
    text('Run id', ({ row }) => row?.runId),
    text('Error', ({ row }) => row?.error),
    figure('Failed partitions', ({ row }) => row?.partitionsFailed),
  ],
  nothing: () => empty('No streams match.', html`<a href="/streams">Show all streams.</a>`),
  async read(site, search, rows) {
    const answer = await site.questions.cached('streams', 2000, async (session, schemas) => ({
      rows: await streamRows(session, schemas),
      tables: await tableFacts(session, schemas, schemas.target),
      sizes: await sizesOver(session, schemas, schemas.target, DAYS),
      outage: await readOutage(session, schemas),
    }));
    if (answer.problem !== undefined) return answer;
    const all = listedOf(site, answer.value);
    const part = partOf(
      all,
      {
        columns: columns(site.now()),
        texts: ({ name, row }) => [name, row?.error],
        isIn: ({ freshness }, { state }) => state === 'all' || freshness === state,
      },
      search,
      rows,
    );
    return { value: { ...part, lead: leadOf(all), above: outageNotice(site, answer.value.outage) } };
  },
};

interface Found {
  readonly rows: readonly StreamRow[];
  readonly tables: readonly TableFacts[];
  readonly sizes: ReadonlyMap<string, readonly DaySize[]>;
}

function listedOf(site: Site, { rows, tables, sizes }: Found): Listed[] {
  const known = new Map(rows.map((row) => [row.stream, row]));
  const byTable = new Map(tables.map((one) => [one.name, one]));
  const fresh = howFresh(site);
  return selectedStreams(site.control.app).map(({ name }) => {
    const row = known.get(name);
    return {
      ...{ name, row, facts: byTable.get(name), sizes: sizes.get(name) ?? [] },
      ...fresh('stream', name, row),
    };
  });
}

function leadOf(all: readonly Listed[]): Content {
  const off = catalogue.length - all.length;
  const never = all.filter(({ freshness }) => freshness === 'never').length;
  return html`${plural(all.length, 'stream')} selected in the settings${off > 0 ? html`, ${count(off)} not selected` : ''}${never > 0 ? html`; ${count(never)} never synced` : ''}. Rows are counted once a day; ≈ marks an estimate by the database.`;
}

function columns(now: Date): readonly Column<Listed>[] {
  return [
    {
      ...{ title: 'Stream', isHead: true, isWide: true, sort: 'name', value: ({ name }) => name },
      cell: ({ name, row }) =>
        html`<a href="/streams/${name}">${breakable(name)}</a>${(row?.partitionsFailed ?? 0) > 0 ? html`<span class="note bad">${plural(row?.partitionsFailed ?? 0, 'partition')} failed</span>` : ''}${row === undefined || row.error === null ? '' : html`<span class="note">${errorText(row.error, 140)}</span>`}`,
    },
    {
      ...{ title: 'State', isState: true, sort: 'state', value: ({ freshness }) => freshness },
      cell: ({ freshness }) => status(freshness),
    },
    since('Last complete', ({ row }) => row?.lastSuccessAt, now, { sort: 'success' }),
    {
      ...{ title: 'Target', align: 'right', sort: 'target', isExtra: true },
      value: ({ targetHours }) => targetHours,
      cell: ({ targetHours }) => `${count(targetHours)} h`,
    },
    {
      ...{ title: 'Rows', align: 'right', sort: 'rows', value: ({ facts }) => facts?.rows },
      cell: ({ facts }) => rowsOf(facts),
    },
    {
      ...{ title: `Rows over ${DAYS} days`, isExtra: true },
      cell: ({ name, sizes }) =>
        sparkline(
          sizes.map(({ at, rows }) => ({ at, value: rows })),
          `Rows of ${name}: from ${count(sizes[0]?.rows)} to ${count(sizes.at(-1)?.rows)}`,
        ),
    },
    {
      ...{ title: 'Change in 7 days', align: 'right', isExtra: true },
      value: ({ sizes }) => weekOf(sizes)?.now,
      cell: ({ sizes }) => weekOf(sizes)?.text ?? '',
    },
    {
      ...{ title: 'Size', align: 'right', sort: 'size', value: ({ facts }) => facts?.bytes },
      cell: ({ facts }) => bytes(facts?.bytes),
    },
    { title: 'Last run', isExtra: true, cell: ({ row }) => runLink(row?.runId) },
  ];
}
