/** Builds messages: one for everything that is due to a receiver, in words and as JSON. Pure. */
import type { AlertState } from './book.ts';
import { oneLine } from './plain-text.ts';
import type { AlertKind } from '../../config/receivers.ts';
import type { Config } from '../../config/schema.ts';
import { stamp } from '../../core/words.ts';

export interface AlertItem {
  readonly kind: AlertKind | 'test';
  readonly subject: string;
  /** In a second line why, where that is known. */
  readonly detail: string;
  readonly since: Date;
  readonly state: AlertState;
  readonly runId: string | null;
}

/** A message, cleaned of secrets and of what is no plain text. */
export interface AlertMessage {
  /** Name of the machine that sends it. */
  readonly instance: string;
  /** Host of the API. */
  readonly organization: string | null;
  /** Schema of the tables. */
  readonly schema: string;
  /** Address of the page; ends without a slash. */
  readonly page: string | undefined;
  readonly sentAt: Date;
  readonly alerts: readonly AlertItem[];
}

export type Sender = Pick<AlertMessage, 'instance' | 'organization' | 'schema' | 'page'>;

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
): AlertMessage {
  return {
    ...sender,
    sentAt,
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

/** Words for a kind of alert: for one subject, for several, and as a count. */
interface Words {
  readonly one: Readonly<Record<AlertState, string>>;
  readonly many: Readonly<Record<AlertState, string>>;
  readonly count: (n: number) => string;
}

const WORDS: Readonly<Record<AlertItem['kind'], Words>> = {
  failure: {
    one: { raised: 'failed', lasting: 'still fails', recovered: 'works again' },
    many: { raised: 'failed', lasting: 'still fail', recovered: 'work again' },
    count: (n) => (n === 1 ? '1 failure' : `${n} failures`),
  },
  staleness: {
    one: { raised: 'is stale', lasting: 'is still stale', recovered: 'is fresh again' },
    many: { raised: 'are stale', lasting: 'are still stale', recovered: 'are fresh again' },
    count: (n) => `${n} stale`,
  },
  deletion_guard: {
    one: {
      raised: 'lost too many rows at once',
      lasting: 'still lacks too many rows',
      recovered: 'has its rows again, or their deletion was accepted',
    },
    many: {
      raised: 'lost too many rows at once',
      lasting: 'still lack too many rows',
      recovered: 'have their rows again, or their deletion was accepted',
    },
    count: (n) => (n === 1 ? '1 deletion guard' : `${n} deletion guards`),
  },
  drift: {
    one: { raised: 'changed its shape', lasting: 'changed its shape', recovered: 'has its old shape again' },
    many: {
      raised: 'changed their shape',
      lasting: 'changed their shape',
      recovered: 'have their old shape again',
    },
    count: (n) => (n === 1 ? '1 drift' : `${n} drifts`),
  },
  expiry: {
    one: {
      raised: 'must be replaced',
      lasting: 'still must be replaced',
      recovered: 'was replaced or is no longer used',
    },
    many: {
      raised: 'must be replaced',
      lasting: 'still must be replaced',
      recovered: 'were replaced or are no longer used',
    },
    count: (n) => (n === 1 ? '1 certificate to replace' : `${n} certificates to replace`),
  },
  test: {
    one: { raised: 'message', lasting: 'message', recovered: 'message' },
    many: { raised: 'messages', lasting: 'messages', recovered: 'messages' },
    count: (n) => `${n} test`,
  },
};

/** The message in a few words, for a subject. */
export function summaryOf({ alerts }: Pick<AlertMessage, 'alerts'>): string {
  const [first] = alerts;
  if (first === undefined) return 'no alerts';
  if (alerts.length === 1) return `${first.subject} ${WORDS[first.kind].one[first.state]}`;
  const bad = alerts.filter(({ state }) => state !== 'recovered');
  const kinds = Map.groupBy(bad, ({ kind }) => kind);
  const counts = [...kinds].map(([kind, items]) => WORDS[kind].count(items.length));
  const recovered = alerts.length - bad.length;
  return [...counts, ...(recovered > 0 ? [`${recovered} recovered`] : [])].join(', ');
}

/** Alerts of one cause, in one paragraph. */
export interface Paragraph {
  readonly state: AlertState;
  readonly heading: string;
  readonly text: string;
  /** Page of the run, stream or export; undefined without a page. */
  readonly url: string | undefined;
}

const MOST_PARAGRAPHS = 15;
const MOST_NAMES = 20;

/** The message as paragraphs, with a bound on their number and length: what failed first, what recovered last. */
export function paragraphsOf(message: AlertMessage): readonly Paragraph[] {
  const order: readonly AlertState[] = ['raised', 'lasting', 'recovered'];
  const groups = [
    ...Map.groupBy(message.alerts, (alert) => {
      const reason = alert.state === 'recovered' ? '' : (alert.detail.split('\n')[1] ?? '');
      return JSON.stringify([alert.state, alert.kind, reason]);
    }).values(),
  ].sort((a, b) => order.indexOf(a[0]?.state ?? 'raised') - order.indexOf(b[0]?.state ?? 'raised'));
  const shown = groups.slice(0, MOST_PARAGRAPHS).map((group) => paragraphOf(message, group));
  const hidden = groups.slice(MOST_PARAGRAPHS).flat();
  if (hidden.length === 0) return shown;
  const state = hidden[0]?.state ?? 'raised';
  const heading = `And ${hidden.length} more`;
  return [...shown, { state, heading, text: '"sigma-sync alert list" has all of them.', url: message.page }];
}

function paragraphOf(message: AlertMessage, group: readonly AlertItem[]): Paragraph {
  const [first] = group;
  if (first === undefined) throw new Error('a paragraph of nothing');
  const { state, kind } = first;
  const url = pageOf(message, first);
  if (group.length === 1) {
    const text =
      state === 'recovered'
        ? recoveryOf(first)
        : `${first.detail.replace('\n', ' ')}${state === 'lasting' ? ` Since ${stamp(first.since)} UTC.` : ''}`;
    return { state, heading: `${first.subject} ${WORDS[kind].one[state]}`, text, url };
  }
  const names = namesOf(group);
  const [fact = '', reason = ''] = first.detail.split('\n');
  const facts = [...new Set(group.map(({ detail }) => detail.split('\n')[0] ?? ''))];
  // Facts that differ are given for the first few, a common one once.
  const told =
    facts.length === 1
      ? fact
      : group
          .slice(0, 5)
          .map(({ subject, detail }) => `${subject}: ${detail.split('\n')[0]}`)
          .join(' ');
  const text = state === 'recovered' ? '' : [told, reason].filter((part) => part !== '').join(' ');
  return {
    state,
    heading: `${names} ${WORDS[kind].many[state]}`,
    text: text === '' ? 'No action is needed.' : text,
    url: message.page ?? url,
  };
}

/** The sentence for an alert that is over: the failure was reported before. */
function recoveryOf({ since }: AlertItem): string {
  return `The alert was raised at ${stamp(since)} UTC.`;
}

/** `streams a, b and 5 more`. */
function namesOf(group: readonly AlertItem[]): string {
  const byKind = Map.groupBy(
    [...new Set(group.map(({ subject }) => subject))],
    (subject) => /^(stream|export|schedule|certificate) /.exec(subject)?.[1] ?? '',
  );
  return [...byKind]
    .map(([what, subjects]) => {
      const names = subjects.map((subject) => (what === '' ? subject : subject.slice(what.length + 1)));
      const rest = names.length - MOST_NAMES;
      const listed = names.slice(0, MOST_NAMES).join(', ');
      const noun = what === '' ? '' : `${what}${names.length === 1 ? '' : 's'} `;
      const count = names.length > MOST_NAMES ? `${names.length} ` : '';
      return `${count}${noun}${listed}${rest > 0 ? ` and ${rest} more` : ''}`;
    })
    .join(', ');
}

/** The page of what an alert is about. */
export function pageOf({ page }: Pick<AlertMessage, 'page'>, item: AlertItem): string | undefined {
  if (page === undefined) return undefined;
  if (item.kind === 'failure' && item.runId !== null) return `${page}/runs/${encodeURIComponent(item.runId)}`;
  if (item.kind === 'expiry') return `${page}/streams/saml_certificates`;
  const [what, ...name] = item.subject.split(' ');
  if (what === 'stream' || what === 'export') return `${page}/${what}s/${encodeURIComponent(name.join(' '))}`;
  return page;
}

const MOST_IN_JSON = 100;

/** The JSON that webhooks and commands get; docs/alerts.md documents it. */
export function jsonOf(message: AlertMessage): Record<string, unknown> {
  const { instance, organization, schema, page, sentAt, alerts } = message;
  return {
    version: 1,
    instance,
    organization,
    schema,
    sent_at: sentAt.toISOString(),
    summary: summaryOf(message),
    url: page ?? null,
    alerts: alerts.slice(0, MOST_IN_JSON).map((alert) => ({
      kind: alert.kind,
      state: alert.state,
      subject: alert.subject,
      detail: alert.state === 'recovered' ? recoveryOf(alert) : alert.detail.replace('\n', ' '),
      since: alert.since.toISOString(),
      run_id: alert.runId,
      url: pageOf(message, alert) ?? null,
    })),
    omitted: Math.max(0, alerts.length - MOST_IN_JSON),
  };
}
