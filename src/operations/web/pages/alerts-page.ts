/** What matters now, what mattered, and who was told. */
import { html } from 'hono/html';
import { type AlertRow, alertRows } from '../data/read-alerts.ts';
import { STREAM_NAMES } from '../data/selected-streams.ts';
import type { Visit } from '../site.ts';
import { type Page, pageOf } from '../view/layout.ts';
import {
  type Column,
  type Content,
  empty,
  errorText,
  runLink,
  section,
  subjectLink,
  table,
  time,
} from '../view/elements.ts';
import { duration, plural, spaced } from '../../../core/words.ts';

const OPEN = 200;
const SETTLED = 100;

/** `GET /alerts` */
export async function alertsPage(visit: Visit): Promise<Page> {
  const { site } = visit;
  const answer = await site.questions.ask(async (session, schemas) => ({
    open: await alertRows(session, schemas, 'open', OPEN),
    settled: await alertRows(session, schemas, 'settled', SETTLED),
  }));
  return pageOf(site, { title: 'Alerts', place: '/alerts' }, answer, ({ open, settled }) => {
    const now = site.now();
    const receivers = site.control.app.config.alerts;
    const common: Column<AlertRow>[] = [
      { title: 'Kind', isHead: true, cell: ({ kind }) => spaced(kind) },
      { title: 'Of', cell: ({ subject }) => subjectLink(subject, STREAM_NAMES) },
      { title: 'What', isWide: true, cell: ({ detail }) => errorText(detail, 600) },
      { title: 'Run', cell: ({ runId }) => runLink(runId) },
      { title: 'Since', cell: ({ raisedAt }) => time(raisedAt, now) },
    ];
    const told: Column<AlertRow> = { title: 'Told', cell: (alert) => toldOf(alert, now) };
    return {
      lead:
        receivers.length === 0
          ? html`Nobody is told: the settings have no receivers under <code>alerts:</code>.`
          : html`${plural(receivers.length, 'receiver')}: ${receivers.map(({ name }) => name).join(', ')}.`,
      body: html`${section(
        'Open',
        table<AlertRow>(
          'Open alerts',
          [...common, { title: 'Last seen', cell: ({ lastSeenAt }) => time(lastSeenAt, now) }, told],
          open,
          empty(
            'Nothing is wrong.',
            'Failures, staleness, guarded deletions, drift and certificates that run out are listed here while they last.',
          ),
        ),
      )}${section(
        'Settled',
        table<AlertRow>(
          'Settled alerts, the latest first',
          [
            ...common,
            { title: 'Settled', cell: ({ settledAt }) => time(settledAt, now) },
            {
              title: 'Lasted',
              align: 'right',
              cell: ({ raisedAt, settledAt }) => duration((settledAt ?? now).getTime() - raisedAt.getTime()),
            },
            told,
          ],
          settled,
          empty('None yet.'),
        ),
        { aside: html`<span class="muted">the last ${SETTLED}</span>` },
      )}`,
    };
  });
}

function toldOf({ messages }: AlertRow, now: Date): Content {
  if (messages.length === 0) return html`<span class="muted">nobody</span>`;
  return html`<ul class="plain">${messages.map(
    ({ receiver, toldAt, recoveryToldAt, attempts, error }) =>
      html`<li><strong>${receiver}</strong> ${
        toldAt === null
          ? html`<span class="bad">not told after ${plural(attempts, 'attempt')}</span>`
          : time(toldAt, now)
      }${recoveryToldAt === null ? '' : html`<span class="note">recovery ${time(recoveryToldAt, now)}</span>`}${error === null ? '' : html`<span class="note">${errorText(error, 160)}</span>`}</li>`,
  )}</ul>`;
}
