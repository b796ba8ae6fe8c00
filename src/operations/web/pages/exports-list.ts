/** All exports: how fresh each is, how far it came, and its table. */
import { html } from 'hono/html';
import { bytes } from '../../../core/words.ts';
import { type ExportOutcome, exportOutcomes } from '../../../state/read/outcomes.ts';
import { type TableFacts, tableFacts } from '../data/read-streams.ts';
import type { List } from '../lists/list.ts';
import { partOf } from '../lists/rows-in-memory.ts';
import type { Site } from '../site.ts';
import { empty, errorText, exportLink, link, status } from '../view/elements.ts';
import { at, type Column, since, text } from '../view/table.ts';
import { type HowFresh, howFresh } from './how-fresh.ts';
import { rowsOf } from './table-growth.ts';

/** An export. */
export interface ListedExport extends HowFresh {
  readonly name: string;
  readonly table: string;
  readonly mode: string;
  /** False where only the database knows it. */
  readonly isConfigured: boolean;
  readonly row: ExportOutcome | undefined;
  readonly schedule: string | undefined;
}

/** Those of the settings, then those that only the database knows. */
export function listedExports(site: Site, rows: readonly ExportOutcome[]): ListedExport[] {
  const known = new Map(rows.map((row) => [row.export, row]));
  const fresh = howFresh(site);
  const of = (name: string, row: ExportOutcome | undefined) => {
    const { freshness, targetHours } = fresh('export', name, row);
    // Another process may be at it.
    return { name, row, targetHours, freshness: row?.status === 'running' ? 'running' : freshness } as const;
  };
  const configured = site.control.app.exports.map(
    ({ name, table: into, mode, schedule }): ListedExport => ({
      ...of(name, known.get(name)),
      ...{ table: into, mode, schedule, isConfigured: true },
    }),
  );
  const names = new Set(configured.map(({ name }) => name));
  const former = rows
    .filter((row) => !names.has(row.export))
    .map(
      (row): ListedExport => ({
        ...of(row.export, row),
        ...{ table: row.table, mode: row.mode, schedule: undefined, isConfigured: false },
      }),
    );
  return [...configured, ...former];
}

/** An export with its table. */
interface Row extends ListedExport {
  readonly schema: string;
  readonly facts: TableFacts | undefined;
}

/** `/exports` */
export const exportList: List<Row> = {
  path: '/exports',
  title: 'Exports',
  place: '/exports',
  placeholder: 'name, table or error',
  size: 200,
  filters: [],
  sorts: {
    settings: { title: 'As in the settings', isDescending: false },
    name: { title: 'Export', isDescending: false },
    state: { title: 'State', isDescending: false },
    success: { title: 'Last complete', isDescending: true },
    watermark: { title: 'Watermark', isDescending: true },
    rows: { title: 'Rows', isDescending: true },
    size: { title: 'Size', isDescending: true },
  },
  columns,
  more: [text('Error', ({ row }) => row?.error), text('Run id', ({ row }) => row?.runId)],
  nothing: ({ text: wanted }) =>
    wanted === undefined
      ? empty(
          'No exports in the settings.',
          html`<code>sigma-sync exports discover &lt;workbook&gt;</code> prints entries for the settings file.`,
        )
      : empty('No exports match.', html`<a href="/exports">Show all exports.</a>`),
  async read(site, search, rows) {
    const schema = site.control.app.config.database.exportsSchema;
    const answer = await site.questions.cached('exports', 2000, async (session, schemas) => ({
      rows: await exportOutcomes(session, schemas),
      tables: await tableFacts(session, schemas, schema),
    }));
    if (answer.problem !== undefined) return answer;
    const sizes = new Map(answer.value.tables.map((one) => [one.name, one]));
    const all = listedExports(site, answer.value.rows).map((one) => ({
      ...{ ...one, schema, facts: sizes.get(one.table) },
    }));
    const texts = ({ name, table, row }: Row) => [name, table, row?.error];
    return { value: partOf(all, { columns: columns(site.now()), texts }, search, rows) };
  },
};

/** The page of an export with its form of a range open. */
const againOf = (name: string): string =>
  `${link(`/exports/${encodeURIComponent(name)}`, { again: 'range' })}#actions`;

function columns(now: Date): readonly Column<Row>[] {
  return [
    {
      ...{ title: 'Export', isHead: true, isWide: true, sort: 'name', value: ({ name }) => name },
      cell: ({ name, isConfigured, row }) =>
        html`${exportLink(name)}${isConfigured ? '' : html`<span class="note">no longer in the settings</span>`}${row?.error == null ? '' : html`<span class="note">${errorText(row.error, 140)}</span>`}`,
    },
    {
      ...{ title: 'State', isState: true, sort: 'state', value: ({ freshness }) => freshness },
      cell: ({ freshness }) => status(freshness),
    },
    since('Last complete', ({ row }) => row?.lastSuccessAt, now, { sort: 'success' }),
    at('Watermark', ({ row }) => row?.watermark, now, { sort: 'watermark' }),
    text('Mode', ({ mode }) => mode, { isExtra: true }),
    {
      ...{ title: 'Table', isExtra: true, value: ({ schema, table }) => `${schema}.${table}` },
      cell: ({ schema, table }) => html`<code>${schema}.${table}</code>`,
    },
    {
      ...{ title: 'Rows', align: 'right', sort: 'rows', value: ({ facts }) => facts?.rows },
      cell: ({ facts }) => rowsOf(facts),
    },
    {
      ...{ title: 'Size', align: 'right', isExtra: true, sort: 'size', value: ({ facts }) => facts?.bytes },
      cell: ({ facts }) => bytes(facts?.bytes),
    },
    {
      title: 'Actions',
      cell: ({ name, isConfigured }) => (isConfigured ? html`<a href="${againOf(name)}">Run again…</a>` : ''),
    },
  ];
}
