/** What somebody should look at: streams and exports that are not as they should be, and open alerts. */
import { html } from 'hono/html';
import type { Site } from '../../site.ts';
import type { Freshness } from '../../view/tone.ts';
import { ago, type Content, errorText, runLink, section, status, subjectLink } from '../../view/elements.ts';
import { table } from '../../view/table.ts';
import { count, plural, spaced } from '../../../../core/words.ts';
import type { Overview, Subject } from './overview-facts.ts';

/** See the head of this file; nothing where all is well. */
export function attentionCard(site: Site, { answer, subjects }: Overview): Content {
  if (answer.problem !== undefined) return '';
  const now = site.now();
  const { alerts } = answer.value;
  const known = new Set(subjects.map(({ name }) => name));
  const order: readonly Freshness[] = ['failed', 'stale'];
  const wrong = subjects
    .filter(({ freshness, partitionsFailed }) => order.includes(freshness) || partitionsFailed > 0)
    .toSorted((a, b) => rank(a.freshness) - rank(b.freshness));
  if (wrong.length === 0 && alerts.length === 0) return '';
  return section(
    'Needs attention',
    html`${
      wrong.length === 0
        ? ''
        : table<Subject>(
            'Streams and exports that are not as they should be',
            [
              { title: 'Name', isHead: true, cell: ({ name }) => subjectLink(name, known) },
              { title: 'State', cell: ({ freshness }) => status(freshness) },
              { title: 'Last success', cell: ({ lastSuccessAt }) => ago(lastSuccessAt, now) },
              { title: 'Target', align: 'right', cell: ({ targetHours }) => `${count(targetHours)} h` },
              { title: 'Run', cell: ({ runId }) => runLink(runId) },
              {
                title: 'Why',
                isWide: true,
                cell: ({ error, partitionsFailed }) =>
                  error !== null
                    ? errorText(error, 300)
                    : partitionsFailed > 0
                      ? html`${plural(partitionsFailed, 'partition')} could not be read; the next run tries them again.`
                      : html`<span class="muted">No run completed it in time.</span>`,
              },
            ],
            wrong.slice(0, 25),
          )
    }${wrong.length > 25 ? html`<p><a href="/streams">All ${count(wrong.length)} of them</a></p>` : ''}${
      alerts.length === 0
        ? ''
        : html`<h3>Open alerts</h3><ul class="lines">${alerts.map(
            (alert) =>
              html`<li><strong>${spaced(alert.kind)}</strong> ${subjectLink(alert.subject, known)} <span class="muted">since ${ago(alert.raisedAt, now)}</span><br>${errorText(alert.detail, 300)}</li>`,
          )}</ul>`
    }`,
  );

  function rank(freshness: Freshness): number {
    const at = order.indexOf(freshness);
    return at === -1 ? order.length : at;
  }
}
