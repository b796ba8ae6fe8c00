/** Alerts of several organizations: those of one cause in one line, and each receiver tested once. */
import { ConfigError } from '../../../core/errors.ts';
import { suggestion } from '../../../core/nearest.ts';
import { few } from '../../../core/words.ts';
import { type BookPlace, readBooks } from '../../../operations/alerts/many/books.ts';
import { type Cause, causeOf } from '../../../operations/alerts/many/cause.ts';
import { channelsOf, placeOf } from '../../../operations/alerts/many/channels.ts';
import { type BookAlert, groupsOf } from '../../../operations/alerts/many/news.ts';
import { testChannels } from '../../../operations/alerts/test-message.ts';
import type { TogetherContext } from '../../one-context.ts';
import { exitWith } from '../../output/stdout.ts';
import { ago, type JsonFlag, print, printJson, printTable } from '../../output/tables.ts';
import { notified } from './notified.ts';

/** Names in a cell. */
const MOST_NAMES = 3;

/** A cause, and the open alerts that have it. */
interface OpenCause {
  readonly cause: Cause;
  readonly since: string;
  readonly organizations: readonly string[];
  readonly alerts: readonly BookAlert[];
}

/** `alert list` of several organizations. */
export async function listAll(
  { members, database, redact, now }: TogetherContext,
  { json }: JsonFlag,
): Promise<void> {
  const places: readonly BookPlace[] = members.map(placeOf);
  const books = await readBooks(await database(), places, new Date(now));
  const open = books.filter(({ settledAt }) => settledAt === undefined);
  const causes = groupsOf(open.map((alert) => ({ alert, cause: causeOf(alert) })))
    .flatMap((group) => {
      const [first] = group;
      return first === undefined
        ? []
        : [
            asCause(
              first.cause,
              group.map(({ alert }) => alert),
            ),
          ];
    })
    .toSorted(
      (a, b) => b.organizations.length - a.organizations.length || Date.parse(a.since) - Date.parse(b.since),
    );
  if (json === true) return printJson({ causes: causes.map((one) => asJson(one, redact)) });
  if (causes.length === 0) return print('No alert is open.');
  printTable(causes, [
    { title: 'since', value: ({ since }) => ago(since, now) },
    { title: 'organizations', value: ({ organizations }) => organizations.length },
    { title: 'names', value: ({ organizations }) => few(organizations, MOST_NAMES) },
    { title: 'kind', value: ({ alerts }) => [...new Set(alerts.map(({ kind }) => kind))].join(', ') },
    { title: 'cause', value: (one) => redact(titleOf(one)) },
    { title: 'sent to', value: ({ alerts }) => notifiedOf(alerts) },
    { title: 'detail', value: ({ alerts }) => redact(alerts[0]?.detail ?? '') },
  ]);
}

function asCause(cause: Cause, alerts: readonly BookAlert[]): OpenCause {
  const since = new Date(Math.min(...alerts.map(({ raisedAt }) => raisedAt.getTime()))).toISOString();
  const organizations = [...new Set(alerts.map(({ organization }) => organization))].sort();
  return { cause, since, organizations, alerts };
}

function titleOf({ cause, organizations, alerts }: OpenCause): string {
  if (organizations.length > 1) return cause.title;
  return few([...new Set(alerts.map(({ subject }) => subject))], MOST_NAMES);
}

/** Each receiver once: an organization that joined the cause later may not have been named to it yet. */
function notifiedOf(alerts: readonly BookAlert[]): string {
  const all = alerts.flatMap((alert) => alert.told);
  const receivers = [...Map.groupBy(all, ({ receiver }) => receiver)].map(([receiver, some]) => ({
    receiver,
    toldAt: some.find(({ toldAt }) => toldAt !== undefined)?.toldAt ?? null,
    error: some.find(({ error }) => error !== undefined)?.error ?? null,
  }));
  return notified({ receivers: receivers.toSorted((a, b) => (a.receiver < b.receiver ? -1 : 1)) });
}

function asJson(one: OpenCause, redact: (text: string) => string): Record<string, unknown> {
  const { since, organizations, alerts } = one;
  return {
    ...{ cause: redact(titleOf(one)), since, organizations },
    alerts: alerts.map((alert) => ({
      ...{ organization: alert.organization, kind: alert.kind, subject: alert.subject },
      ...{ detail: redact(alert.detail), since: alert.raisedAt.toISOString(), runId: alert.runId },
      receivers: alert.told.map(({ receiver, toldAt, error }) => ({
        name: receiver,
        toldAt: toldAt?.toISOString() ?? null,
        error: error === undefined ? null : redact(error),
      })),
    })),
  };
}

/** `alert test` of several organizations. */
export async function testAll(
  { members, redact, now }: TogetherContext,
  name: string | undefined,
  { json }: JsonFlag,
): Promise<void> {
  const channels = channelsOf(members);
  if (channels.length === 0)
    throw new ConfigError('The settings have no receivers of alerts.', {
      advice: 'Add one to "alerts"; docs/alerts.md has an example of each kind.',
    });
  const chosen = channels.filter(({ receiver }) => name === undefined || receiver.name === name);
  if (chosen.length === 0) {
    const known = [...new Set(channels.map(({ receiver }) => receiver.name))];
    throw new ConfigError(`There is no receiver "${name}" in the settings.${suggestion(known, name ?? '')}`);
  }
  const results = await testChannels(chosen, new Date(now), redact);
  if (json === true) printJson({ receivers: results.map((one) => ({ ...one, error: one.error ?? null })) });
  else {
    printTable(results, [
      'receiver',
      'kind',
      { title: 'organizations', value: ({ organizations }) => organizations.length },
      { title: 'names', value: ({ organizations }) => few(organizations, MOST_NAMES) },
      { title: 'result', value: ({ ok }) => (ok ? 'sent' : 'FAILED') },
      { title: 'error', value: ({ error }) => error ?? '' },
    ]);
  }
  if (results.some(({ ok }) => !ok)) exitWith(1);
}
