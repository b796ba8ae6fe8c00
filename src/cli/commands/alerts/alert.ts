import { hasTable } from '../../../core/database/database.ts';
import { type ListedAlert, listAlerts } from '../../../operations/alerts/book.ts';
import { receiversNamed, testReceivers } from '../../../operations/alerts/test-message.ts';
import { inContext } from '../../command-context.ts';
import { exitWith } from '../../output/stdout.ts';
import { ago, type JsonFlag, print, printJson, printTable } from '../../output/tables.ts';
import { notified } from './notified.ts';

/** `alert list`: open alerts, since when they last, and the receivers that got them. */
export const list = inContext(
  async ({ clock, database, redact, schemas }, { json }: JsonFlag) => {
    const target = await database();
    // A database that an older version left has no alerts yet.
    const isThere = await target.session((session) => hasTable(session, schemas.state, 'alert_messages'));
    const alerts = isThere ? await listAlerts(target, schemas) : [];
    if (json === true) return printJson({ alerts: alerts.map((alert) => jsonOf(alert, redact)) });
    if (alerts.length === 0) return print('No alert is open.');
    const now = clock.now();
    printTable(alerts, [
      { title: 'since', value: ({ raisedAt }) => ago(raisedAt.toISOString(), now) },
      'kind',
      'subject',
      { title: 'sent to', value: notified },
      { title: 'detail', value: ({ detail }) => redact(detail) },
    ]);
  },
  { together: async (all, flags) => (await import('./alerts-of-all.ts')).listAll(all, flags), reads: true },
);

function jsonOf(alert: ListedAlert, redact: (text: string) => string): Record<string, unknown> {
  return {
    kind: alert.kind,
    subject: alert.subject,
    detail: redact(alert.detail),
    since: alert.raisedAt.toISOString(),
    lastSeenAt: alert.lastSeenAt.toISOString(),
    runId: alert.runId,
    receivers: alert.receivers.map(({ receiver, toldAt, error }) => ({
      name: receiver,
      toldAt: toldAt?.toISOString() ?? null,
      error: error === null ? null : redact(error),
    })),
  };
}

/** `alert test`: sends a test message to the receivers and says what became of it. */
export const test = inContext(
  async (context, name: string | undefined, { json }: JsonFlag) => {
    const results = await testReceivers(context, receiversNamed(context.receivers, name));
    if (json === true) printJson({ receivers: results.map((one) => ({ ...one, error: one.error ?? null })) });
    else {
      printTable(results, [
        'receiver',
        'kind',
        { title: 'result', value: ({ ok }) => (ok ? 'sent' : 'FAILED') },
        { title: 'error', value: ({ error }) => error ?? '' },
      ]);
    }
    if (results.some(({ ok }) => !ok)) exitWith(1);
  },
  {
    together: async (all, name, flags) => (await import('./alerts-of-all.ts')).testAll(all, name, flags),
  },
);
