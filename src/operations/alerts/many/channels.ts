/** The receivers of many organizations: those that are the same are one channel, which gets each cause once. */
import { hostname } from 'node:os';
import type { Receiver } from '../../../config/receivers.ts';
import type { AlertsApp } from '../alerts-app.ts';
import { type AlertItem, type AlertMessage, type CauseItem, messageOf } from '../message.ts';
import type { BookPlace } from './books.ts';
import type { News, NewsItem } from './news.ts';

/** One organization of several, as alerts need it. */
export interface AlertsMember {
  readonly name: string;
  readonly app: AlertsApp;
}

/** A receiver, and the organizations whose settings have it. */
export interface Channel {
  readonly receiver: Receiver;
  readonly members: readonly AlertsMember[];
}

/** The channels of organizations. Receivers are the same if all of their settings are. */
export function channelsOf(members: readonly AlertsMember[]): readonly Channel[] {
  const channels = new Map<string, { readonly receiver: Receiver; readonly members: AlertsMember[] }>();
  for (const member of members)
    for (const receiver of member.app.receivers) {
      const key = JSON.stringify(receiver);
      const channel = channels.get(key) ?? { receiver, members: [] };
      channels.set(key, channel);
      channel.members.push(member);
    }
  return [...channels.values()];
}

/** The tables and the API of an organization. */
export function placeOf({ name, app }: AlertsMember): BookPlace {
  const { baseUrl } = app.config.sigma;
  const host = baseUrl === undefined ? undefined : URL.parse(baseUrl)?.host;
  return { name, schemas: app.schemas, host };
}

/** The message with these news to the organizations of a channel. */
export function messageOfNews(
  members: readonly AlertsMember[],
  news: readonly News[],
  now: Date,
  redact: (text: string) => string,
): AlertMessage {
  const items = news.flatMap((one) => one.items.map((item) => itemOf(item, isOfMany(one))));
  return messageTo(members, items, news.filter(isOfMany).map(causeItem), now, redact);
}

/** A message about these organizations; it names the only one. */
export function messageTo(
  members: readonly AlertsMember[],
  items: readonly AlertItem[],
  causes: readonly CauseItem[],
  now: Date,
  redact: (text: string) => string,
): AlertMessage {
  const names = new Set(items.map(({ organization }) => organization));
  const concerned = members.filter(({ name }) => names.has(name));
  const [only] = concerned.length === 1 ? concerned : [];
  const sender = {
    instance: hostname(),
    organization: only?.name ?? null,
    schema: only?.app.schemas.target ?? null,
    page: members[0]?.app.config.service.publicUrl?.replace(/\/+$/, ''),
  };
  return messageOf(sender, items, now, redact, causes);
}

const isOfMany = ({ organizations, recovered }: News): boolean => organizations.length + recovered.length > 1;

function itemOf({ alert, state }: NewsItem, isInCause: boolean): AlertItem {
  const { kind, subject, detail, raisedAt: since, runId, organization } = alert;
  return { kind, subject, detail, since, state, runId, organization, isInCause };
}

function causeItem({ cause, state, since, organizations, recovered, items }: News): CauseItem {
  const [first] = items.filter((item) => item.state !== 'recovered');
  const [fact = '', reason = fact] = first?.alert.detail.split('\n') ?? [];
  // The title says the first sentence of an error already.
  const rest = reason.startsWith(cause.title)
    ? reason.slice(cause.title.length).replace(/^[.!]\s*/, '')
    : reason;
  const detail = [rest, cause.advice].filter((part) => part !== '').join(' ');
  return { state, title: cause.title, detail, since, organizations, recovered };
}
