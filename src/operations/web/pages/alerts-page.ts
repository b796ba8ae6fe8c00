/** Alerts that are open, past alerts, and their deliveries. */
import { html } from 'hono/html';
import { duration, plural, spaced } from '../../../core/words.ts';
import { totalOf } from '../data/counted.ts';
import { type AlertRow, alertRows } from '../data/read-alerts.ts';
import { STREAM_NAMES } from '../data/selected-streams.ts';
import type { Download, NoDownload } from '../lists/download.ts';
import { stateDownload } from '../lists/state-download.ts';
import type { Visit } from '../site.ts';
import {
  type Content,
  cutNote,
  empty,
  errorText,
  runLink,
  section,
  status,
  subjectLink,
  time,
} from '../view/elements.ts';
import { type Page, pageOf } from '../view/layout.ts';
import { at, type Column, table, text } from '../view/table.ts';
import { asks } from './actions.ts';

const OPEN = 200;
const SETTLED = 100;

const ALL = 'The download has all.';

/** `GET /alerts.csv`: open ones, then resolved ones. */
export function alertsDownload(visit: Visit): Promise<Download | NoDownload> {
  const now = visit.site.now();
  const data = [
    ...columns(now),
    at<AlertRow>('Last seen', ({ lastSeenAt }) => lastSeenAt, now),
    at<AlertRow>('Resolved', ({ settledAt }) => settledAt, now),
    text<AlertRow>('Notified', ({ messages }) => messages.map(({ receiver }) => receiver).join(', ')),
  ];
  return stateDownload(visit, 'alerts', data, (session, schemas, part) =>
    alertRows(session, schemas, 'all', part),
  );
}

/** `GET /alerts` */
export async function alertsPage(visit: Visit): Promise<Page> {
  const { site } = visit;
  const answer = await site.questions.ask(async (session, schemas) => ({
    open: await alertRows(session, schemas, 'open', { limit: OPEN, offset: 0 }),
    settled: await alertRows(session, schemas, 'settled', { limit: SETTLED, offset: 0 }),
  }));
  return pageOf(site, { title: 'Alerts', place: '/alerts' }, answer, ({ open, settled }) => {
    const now = site.now();
    const receivers = site.control.app.config.alerts;
    const common = columns(now);
    const told: Column<AlertRow> = { title: 'Notified', cell: (alert) => toldOf(alert, now) };
    return {
      lead:
        receivers.length === 0
          ? html`Nobody is notified. Add receivers under <code>alerts:</code> in the settings.`
          : html`${plural(receivers.length, 'receiver')}: ${receivers.map(({ name }) => name).join(', ')}.`,
      body: html`${section('Open', [
        cutNote(totalOf(open), open.length, 'latest', ALL),
        table<AlertRow>(
          'Open alerts',
          [...common, at('Last seen', ({ lastSeenAt }) => lastSeenAt, now, { isLess: true }), told],
          open,
          empty(
            'No open alerts.',
            'Failures, stale data, deletion guards, drift and expiring certificates appear here while they last.',
          ),
        ),
      ])}${section(
        'Resolved',
        [
          cutNote(totalOf(settled), settled.length, 'latest', ALL),
          table<AlertRow>(
            'Resolved alerts, latest first',
            [
              ...common.map((column) => (column.title === 'Since' ? { ...column, isLess: true } : column)),
              at('Resolved', ({ settledAt }) => settledAt, now),
              {
                ...{ title: 'Duration', align: 'right', isLess: true },
                cell: ({ raisedAt, settledAt }) =>
                  duration((settledAt ?? now).getTime() - raisedAt.getTime()),
              },
              told,
            ],
            settled,
            empty('No resolved alerts yet.'),
          ),
        ],
        { aside: html`<a href="/alerts.csv" download>Download as CSV</a>` },
      )}${receivers.length === 0 ? '' : section('Receivers', receiversOf(visit))}`,
    };
  });
}

/** Receivers of alerts, their last test, and a button for another one. */
function receiversOf(visit: Visit): Content {
  const { control, tests, now } = visit.site;
  const known = control.app.receivers;
  return [
    table(
      'Receivers of alerts',
      [
        { title: 'Receiver', isHead: true, cell: ({ name }) => name },
        { title: 'Kind', cell: ({ channel }) => channel.kind },
        {
          title: 'Last test',
          isWide: true,
          cell: ({ name }) => {
            const last = tests.get(name);
            if (last === undefined)
              return html`<span class="muted">not tested since the process started</span>`;
            return html`${status(last.ok ? 'complete' : 'failed')} ${time(last.at, now())}${last.ok ? '' : html`<span class="note">${errorText(last.error, 400)}</span>`}`;
          },
        },
      ],
      known,
    ),
    asks(
      visit,
      known.map(({ name, channel }) => ({
        ...{ action: 'test', subject: name, title: `Test ${name}`, button: `Send a test to ${name}` },
        says: `Sends a test message by ${channel.kind}. It takes half a minute at most.`,
      })),
    ),
  ];
}

function columns(now: Date): readonly Column<AlertRow>[] {
  return [
    { title: 'Kind', isHead: true, cell: ({ kind }) => spaced(kind), value: ({ kind }) => spaced(kind) },
    {
      title: 'Subject',
      cell: ({ subject }) => subjectLink(subject, STREAM_NAMES),
      value: ({ subject }) => subject,
    },
    {
      ...{ title: 'Detail', isWide: true, value: ({ detail }) => detail },
      cell: ({ detail }) => errorText(detail, 600),
    },
    { title: 'Run', isLess: true, cell: ({ runId }) => runLink(runId), value: ({ runId }) => runId },
    at('Since', ({ raisedAt }) => raisedAt, now),
  ];
}

function toldOf({ messages }: AlertRow, now: Date): Content {
  if (messages.length === 0) return html`<span class="muted">nobody</span>`;
  return html`<ul class="plain">${messages.map(
    ({ receiver, toldAt, recoveryToldAt, attempts, error }) =>
      html`<li><strong>${receiver}</strong> ${
        toldAt === null
          ? html`<span class="bad">not notified after ${plural(attempts, 'attempt')}</span>`
          : time(toldAt, now)
      }${recoveryToldAt === null ? '' : html`<span class="note">recovery ${time(recoveryToldAt, now)}</span>`}${error === null ? '' : html`<span class="note">${errorText(error, 160)}</span>`}</li>`,
  )}</ul>`;
}
