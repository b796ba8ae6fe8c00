/** Builds messages: one for everything that is due to a receiver, in words and as JSON. Pure. */
import type { Config } from '../../config/schema.ts';
import type { AlertItem, AlertMessage, CauseItem, Paragraph, Sender } from './message-parts.ts';
import { oneLine } from './plain-text.ts';
import { pageOfOrganization, paragraphsOfMany, summaryOfMany } from './words-of-many.ts';
import { pageOf, paragraphsOfOne, recoveryOf, summaryOfOne } from './words-of-one.ts';

export type { AlertItem, AlertMessage, CauseItem, Paragraph, Sender } from './message-parts.ts';
export { pageOf } from './words-of-one.ts';

/** The sender of messages from these settings. */
export function senderOf(config: Config, instance: string): Sender {
  const { baseUrl } = config.sigma;
  return {
    instance,
    organization: baseUrl === undefined ? null : (URL.parse(baseUrl)?.host ?? null),
    schema: config.database.schema,
    page: config.service.publicUrl?.replace(/\/+$/, ''),
  };
}

const LONGEST_SUBJECT = 200;
const LONGEST_DETAIL = 1000;

/** Makes a message. Secrets are taken out before anything is cut, so that none is left in part. */
export function messageOf(
  sender: Sender,
  alerts: readonly AlertItem[],
  sentAt: Date,
  redact: (text: string) => string,
  causes?: readonly CauseItem[],
): AlertMessage {
  return {
    ...sender,
    sentAt,
    ...(causes === undefined
      ? {}
      : {
          causes: causes.map((cause) => ({
            ...cause,
            title: oneLine(redact(cause.title), LONGEST_SUBJECT),
            detail: oneLine(redact(cause.detail), LONGEST_DETAIL),
          })),
        }),
    alerts: alerts.map((alert) => ({
      ...alert,
      subject: oneLine(redact(alert.subject), LONGEST_SUBJECT),
      detail: cleanDetail(alert.detail, redact),
    })),
  };
}

/** A detail without secrets: at most two lines of plain text. */
export function cleanDetail(detail: string, redact: (text: string) => string): string {
  const [fact = '', ...why] = redact(detail).split('\n');
  const lines = [oneLine(fact, LONGEST_DETAIL), oneLine(why.join(' '), LONGEST_DETAIL)];
  return lines.filter((line) => line !== '').join('\n');
}

/** The message in a few words, for a subject. */
export function summaryOf({ alerts, causes }: Pick<AlertMessage, 'alerts' | 'causes'>): string {
  return causes === undefined ? summaryOfOne(alerts) : summaryOfMany(causes, alerts);
}

/** The message as paragraphs, with a bound on their number and length: what failed first, what recovered last. */
export function paragraphsOf(message: AlertMessage): readonly Paragraph[] {
  return message.causes === undefined ? paragraphsOfOne(message) : paragraphsOfMany(message, message.causes);
}

const MOST_IN_JSON = 100;

/** The JSON that webhooks and commands get; docs/alerts.md documents it. */
export function jsonOf(message: AlertMessage): Record<string, unknown> {
  const { instance, organization, schema, page, sentAt, alerts, causes } = message;
  return {
    version: 1,
    instance,
    organization,
    schema,
    sent_at: sentAt.toISOString(),
    summary: summaryOf(message),
    url: page ?? null,
    ...(causes === undefined ? {} : { causes: causes.map(causeAsJson) }),
    alerts: alerts.slice(0, MOST_IN_JSON).map((alert) => ({
      ...(alert.organization === undefined ? {} : { organization: alert.organization }),
      kind: alert.kind,
      state: alert.state,
      subject: alert.subject,
      detail: alert.state === 'recovered' ? recoveryOf(alert) : alert.detail.replace('\n', ' '),
      since: alert.since.toISOString(),
      run_id: alert.runId,
      url: urlOf(message, alert) ?? null,
    })),
    omitted: Math.max(0, alerts.length - MOST_IN_JSON),
  };
}

function causeAsJson({ since, ...cause }: CauseItem): Record<string, unknown> {
  return { ...cause, since: since.toISOString() };
}

function urlOf(message: AlertMessage, alert: AlertItem): string | undefined {
  const { page } = message;
  const isOfOne = alert.organization === undefined || page === undefined;
  return pageOf(isOfOne ? message : { page: pageOfOrganization(page, alert.organization) }, alert);
}
