/** The run book. */
import { html } from 'hono/html';
import type { RunFilter } from '../../../state/read/runs.ts';
import { oneOf, positionOf, positionText } from '../address-parts.ts';
import { type RunRow, runRows } from '../data/read-runs.ts';
import { csvOf, type Download, type NoDownload } from '../lists/download.ts';
import type { Visit } from '../site.ts';
import { csvLink, empty, type Html, link, pager, runLink, select } from '../view/elements.ts';
import { type Page, pageOf } from '../view/layout.ts';
import { type Column, errorColumn, figure, table, text } from '../view/table.ts';
import { outcomeColumns, runCounts } from './run-columns.ts';

const COMMANDS = ['sync', 'backfill', 'export'] as const;
const STATUSES = ['running', 'complete', 'partial', 'failed', 'interrupted'] as const;
const PAGE = 50;
/** Runs of a download that are read at once. */
const DOWNLOADED = 1000;

/** The filter in an address. */
function filterOf(visit: Visit) {
  const command = oneOf(visit.query('command'), COMMANDS);
  return { command, status: oneOf(visit.query('status'), STATUSES) };
}

/** `GET /runs.csv` */
export function runsDownload(visit: Visit): Promise<Download | NoDownload> {
  const { site } = visit;
  const filter = filterOf(visit);
  const columns = [
    text<RunRow>('Run id', (run) => run.runId),
    ...runColumns(site.now()),
    figure<RunRow>('Retries', (run) => run.retries),
    figure<RunRow>('Rate limited', (run) => run.rateLimited),
    text<RunRow>('Error', (run) => run.error),
  ];
  return csvOf<RunRow, RunFilter['before']>('runs', columns, (before) =>
    site.questions.ask(async (session, schemas) => {
      const rows = await runRows(session, schemas, { ...filter, before, limit: DOWNLOADED });
      const last = rows.length < DOWNLOADED ? undefined : rows.at(-1);
      return { rows, next: last === undefined ? undefined : { position: last.position, runId: last.runId } };
    }),
  );
}

/** `GET /runs` */
export async function runsPage(visit: Visit): Promise<Page> {
  const { site } = visit;
  const now = site.now();
  const { command, status: word } = filterOf(visit);
  const place = positionOf(visit.query('before'));
  const before = place === undefined ? undefined : { position: place.at, runId: place.id };
  const answer = await site.questions.ask((session, schemas) =>
    runRows(session, schemas, { command, status: word, before, limit: PAGE + 1 }),
  );
  return pageOf(site, { title: 'Runs', place: '/runs' }, answer, (found) => {
    const runs = found.slice(0, PAGE);
    const last = runs.at(-1);
    const filter = { command, status: word };
    const older =
      found.length > PAGE && last !== undefined
        ? link('/runs', { ...filter, before: positionText({ at: last.position, id: last.runId }) })
        : undefined;
    const isFiltered = command !== undefined || word !== undefined;
    return {
      body: html`<form class="filter" method="get" action="/runs">
${select('command', 'Command', COMMANDS, command, 'any')}
${select('status', 'Outcome', STATUSES, word, 'any')}
<span class="do"><button>Show</button>${isFiltered ? html`<a href="/runs">Show all</a>` : ''}</span>
</form>
<section class="card" aria-label="Runs">${
        runs.length === 0
          ? empty(
              isFiltered || before !== undefined ? 'No runs match.' : 'No runs yet.',
              isFiltered
                ? html`<a href="/runs">Show all runs.</a>`
                : html`Start one from the <a href="/">overview</a>.`,
            )
          : [csvLink(link('/runs.csv', filter)), runTable(runs, now)]
      }${pager(before === undefined ? undefined : link('/runs', filter), older)}</section>`,
    };
  });
}

function runTable(runs: readonly RunRow[], now: Date): Html {
  return table<RunRow>(
    'Runs, newest first',
    [
      { title: 'Run', isHead: true, cell: (run) => runLink(run.runId) },
      ...runColumns(now),
      ...errorColumn(runs, 140),
    ],
    runs,
  );
}

function runColumns(now: Date): readonly Column<RunRow>[] {
  return [
    {
      title: 'Command',
      value: (run) => `${run.command}${run.full ? ', full' : ''}, ${run.schedule ?? run.trigger}`,
      cell: (run) =>
        html`${run.command}${run.full ? ', full' : ''}<span class="note">${run.schedule ?? run.trigger}</span>`,
    },
    ...outcomeColumns(now),
    ...runCounts,
  ];
}
