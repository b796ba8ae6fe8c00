/** The change log with its search. */
import { html } from 'hono/html';
import { count, cut, stamp } from '../../../core/words.ts';
import { catalogue } from '../../../extractors/catalogue.ts';
import { oneOf, positionOf, positionText, textOf, timeOf } from '../address-parts.ts';
import {
  type ChangePage,
  type ChangeRow,
  type ChangeSearch,
  type LogPosition,
  searchChanges,
} from '../data/search-changes.ts';
import { STREAM_NAMES } from '../data/selected-streams.ts';
import { csvOf, type Download, type NoDownload } from '../lists/download.ts';
import type { Visit } from '../site.ts';
import {
  type Content,
  csvLink,
  empty,
  type Html,
  link,
  pager,
  runLink,
  select,
  subjectLink,
  time,
} from '../view/elements.ts';
import { type Page, pageOf } from '../view/layout.ts';
import { type Column, table, text } from '../view/table.ts';

const OPERATIONS = ['insert', 'update', 'delete'] as const;
const LIMITS = { rows: 50, budgetMs: 1000 };

/** The search of an address; what is no search is left out. */
function searchOf(visit: Visit): ChangeSearch {
  const key = visit
    .queries('key')
    .map(textOf)
    .filter((part) => part !== undefined)
    .slice(0, 8);
  const stream = visit.query('stream') ?? '';
  const after = positionOf(visit.query('after'));
  return {
    stream: STREAM_NAMES.has(stream) ? stream : undefined,
    key: key.length === 0 ? undefined : key,
    operation: oneOf(visit.query('operation'), OPERATIONS),
    runId: /^[\w-]{1,64}$/.exec(visit.query('run') ?? '')?.[0],
    from: timeOf(visit.query('from')),
    to: timeOf(visit.query('to')),
    text: textOf(visit.query('text')),
    after: after !== undefined && /^\d{1,18}$/.test(after.id) ? after : undefined,
  };
}

function addressOf(search: ChangeSearch, path = '/changes'): string {
  const { stream, key, operation, runId, from, to, text, after } = search;
  return link(path, {
    ...{ stream, key, operation, run: runId, text },
    from: from?.toISOString().slice(0, 19),
    to: to?.toISOString().slice(0, 19),
    after: after === undefined ? undefined : positionText(after),
  });
}

const DATA: readonly Column<ChangeRow>[] = [
  text('Changed at', (row) => row.at),
  text('Change', (row) => row.operation),
  text('Stream', (row) => row.stream),
  text('Key', (row) => row.key.join(' ')),
  text('Name', (row) => calledBy(row)),
  text('Columns', (row) => row.changed?.join(', ')),
  text('Before', (row) => asJson(row.before)),
  text('After', (row) => asJson(row.after)),
  text('Run id', (row) => row.runId),
];

const asJson = (value: ChangeRow['before']): string | undefined =>
  value === null ? undefined : JSON.stringify(value);

/** `GET /changes.csv`: from the latest back, as far as the log and the search reach. */
export function changesDownload(visit: Visit): Promise<Download | NoDownload> {
  const search = searchOf(visit);
  const parts = catalogue.find(({ name }) => name === search.stream)?.key.length;
  return csvOf<ChangeRow, LogPosition>('changes', DATA, (after = search.after) =>
    visit.site.questions.askDatabase((database, schemas) =>
      searchChanges(database, schemas, { ...search, after }, { ...LIMITS, rows: 1000 }, parts),
    ),
  );
}

/** `GET /changes` */
export async function changesPage(visit: Visit): Promise<Page> {
  const { site } = visit;
  const search = searchOf(visit);
  const parts = catalogue.find(({ name }) => name === search.stream)?.key.length;
  const answer = await site.questions.askDatabase((database, schemas) =>
    searchChanges(database, schemas, search, LIMITS, parts),
  );
  const now = site.now();
  return pageOf(site, { title: 'Changes', place: '/changes' }, answer, (changes) => ({
    lead: html`Rows that syncs inserted, updated or deleted, latest first. ${
      changes.since === undefined
        ? 'The change log has not started yet.'
        : html`The change log ${search.stream === undefined ? '' : html`of ${search.stream} `}is complete since ${time(changes.since, now)}.`
    }`,
    body: html`${searchForm(search)}<section class="card changes" aria-label="Changes">${found(search, changes, now)}</section>`,
  }));
}

function searchForm(search: ChangeSearch): Html {
  const local = (at: Date | undefined): string => at?.toISOString().slice(0, 19) ?? '';
  return html`<form class="filter" method="get" action="/changes" role="search">
${select('stream', 'Stream', [...STREAM_NAMES].sort(), search.stream, 'any')}
${select('operation', 'Operation', OPERATIONS, search.operation, 'any')}
<label><span>Key</span><input name="key" value="${search.key?.length === 1 ? search.key[0] : ''}" autocomplete="off" spellcheck="false"></label>
<label><span>Text</span><input type="search" name="text" value="${search.text ?? ''}" autocomplete="off"></label>
<label><span>From (UTC)</span><input type="datetime-local" name="from" step="1" value="${local(search.from)}"></label>
<label><span>Before (UTC)</span><input type="datetime-local" name="to" step="1" value="${local(search.to)}"></label>
${search.runId === undefined ? '' : html`<input type="hidden" name="run" value="${search.runId}">`}
<span class="do"><button>Search</button><a href="/changes">Clear</a></span>
</form>${
    search.runId === undefined && (search.key?.length ?? 0) < 2
      ? ''
      : html`<p class="muted">${search.runId === undefined ? '' : html`Only changes of run ${runLink(search.runId)}. `}${(search.key?.length ?? 0) < 2 ? '' : html`Only changes of row <code>${search.key?.join(' ')}</code>.`}</p>`
  }`;
}

function found(search: ChangeSearch, { rows, next, looked }: ChangePage, now: Date): Content {
  const older = next === undefined ? undefined : addressOf({ ...search, after: next });
  const newest = search.after === undefined ? undefined : addressOf({ ...search, after: undefined });
  const isCut = next !== undefined && rows.length < LIMITS.rows;
  const hint = isCut
    ? html`<p class="muted">Searched ${count(looked)} changes, back to ${stamp(new Date(next.at), true)}. Choose a stream, a key or a time to search faster.</p>`
    : '';
  const isSearch = Object.values(search).some((value) => value !== undefined);
  const list =
    rows.length > 0
      ? [csvLink(addressOf(search, '/changes.csv')), changeTable(rows, now)]
      : isCut
        ? html``
        : empty(
            isSearch ? 'No changes match.' : 'No changes yet.',
            isSearch ? html`<a href="/changes">Show all changes.</a>` : 'Each sync lists its changes here.',
          );
  return [list, hint, pager(newest, older, isCut ? 'Search further back' : 'Older')];
}

function changeTable(rows: readonly ChangeRow[], now: Date): Html {
  return table<ChangeRow>(
    'Changes, latest first',
    [
      { title: 'When', cell: ({ changedAt }) => time(changedAt, now, true) },
      {
        title: 'Change',
        isState: true,
        cell: ({ operation }) => html`<span class="op op-${operation}">${operation}</span>`,
      },
      { title: 'Stream', cell: ({ stream }) => subjectLink(stream, STREAM_NAMES) },
      {
        ...{ title: 'Row', isHead: true, isWide: true },
        cell: (row) =>
          html`${nameOf(row)}<a class="mono key" href="${link('/changes', { stream: row.stream, key: row.key })}">${cut(row.key.join(' '), 90)}</a>`,
      },
      { title: 'Values', isWide: true, cell: whatOf },
      { title: 'Run', isExtra: true, cell: ({ runId }) => runLink(runId) },
    ],
    rows,
  );
}

/** Name of the row, if its columns have one. */
function calledBy({ before, after }: ChangeRow): string | undefined {
  for (const column of ['name', 'title', 'email', 'path']) {
    const value = after?.[column] ?? before?.[column];
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
}

function nameOf(row: ChangeRow): Content {
  const name = calledBy(row);
  return name === undefined ? '' : html`<span class="row-name">${cut(name, 80)}</span>`;
}

function whatOf({ operation, changed, before, after }: ChangeRow): Content {
  if (operation === 'update') {
    return html`<dl class="diff">${(changed ?? []).map(
      (column) =>
        html`<div><dt>${column}</dt><dd><del>${shown(before?.[column])}</del> <span aria-hidden="true">→</span><span class="sr"> became </span> <ins>${shown(after?.[column])}</ins></dd></div>`,
    )}</dl>`;
  }
  const values = Object.entries((operation === 'insert' ? after : before) ?? {}).filter(
    ([, value]) => value !== null,
  );
  return html`<details><summary>${count(values.length)} values</summary><dl class="diff">${values.map(
    ([column, value]) => html`<div><dt>${column}</dt><dd>${shown(value)}</dd></div>`,
  )}</dl></details>`;
}

/** A value as JSON has it; text without its quotes. */
function shown(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  return cut(typeof value === 'string' ? value : JSON.stringify(value), 300);
}
