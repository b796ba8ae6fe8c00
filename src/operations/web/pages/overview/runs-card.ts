/** The latest runs, as a strip and as a table. */
import { html } from 'hono/html';
import type { OverviewData } from './overview-facts.ts';
import type { Visit } from '../../site.ts';
import { toneOf } from '../../view/tone.ts';
import { strip } from '../../view/charts.ts';
import { type Content, empty, runLink, section, table } from '../../view/elements.ts';
import { duration, plural, spaced } from '../../../../core/words.ts';
import { outcomeColumns, runCounts, tookOf } from '../run-columns.ts';

/** See the head of this file. */
export function runsCard(visit: Visit, { runs }: OverviewData): Content {
  const now = visit.site.now();
  const ended = runs.filter(({ finishedAt }) => finishedAt !== null);
  const longest = Math.max(1, ...ended.map((run) => tookOf(run, now)));
  const body =
    runs.length === 0
      ? empty(
          'No run yet.',
          visit.mayAct
            ? '“Run now” beside a schedule begins one.'
            : html`<code>sigma-sync sync</code> begins one.`,
        )
      : html`${strip(
          ended.toReversed().map((run) => ({
            href: `/runs/${encodeURIComponent(run.runId)}`,
            label: `${run.command} of ${run.startedAt.toISOString().slice(0, 16).replace('T', ' ')}: ${spaced(run.status)}, ${duration(tookOf(run, now))}`,
            tone: toneOf(run.status),
            // By the square root: one long backfill must not flatten the others.
            height: Math.sqrt(tookOf(run, now) / longest),
          })),
          `The last ${ended.length} runs, the newest at the right`,
        )}<p class="muted strip-note">The last ${plural(ended.length, 'run')}, the newest at the right; the higher, the longer it took.</p>${table(
          'The latest runs',
          [
            { title: 'Run', isHead: true, cell: (run) => runLink(run.runId) },
            {
              title: 'What',
              cell: (run) => html`${run.command}<span class="note">${run.schedule ?? run.trigger}</span>`,
            },
            ...outcomeColumns(now),
            ...runCounts.map((column) => ({ ...column, isExtra: true })),
          ],
          runs.slice(0, 8),
        )}`;
  return section('Runs', body, { aside: html`<a href="/runs">All runs</a>` });
}
