/** Tries receivers with a message that says that it is only a test. */
import { hostname } from 'node:os';
import type { Receiver } from '../../config/receivers.ts';
import { ConfigError, describeError } from '../../core/errors.ts';
import { suggestion } from '../../core/nearest.ts';
import type { AlertsApp } from './alerts-app.ts';
import { DELIVERY_LIMITS, deliver } from './deliver.ts';
import { type AlertsMember, type Channel, messageTo } from './many/channels.ts';
import { type AlertItem, type AlertMessage, cleanDetail, messageOf, senderOf } from './message.ts';

/** The outcome of a test message. */
export interface TestResult {
  readonly receiver: string;
  readonly kind: string;
  readonly ok: boolean;
  /** Why it did not arrive. */
  readonly error: string | undefined;
}

/** The receiver of that name, or all. @throws ConfigError where there is none. */
export function receiversNamed(
  receivers: readonly Receiver[],
  name: string | undefined,
): readonly Receiver[] {
  if (receivers.length === 0) {
    throw new ConfigError('The settings have no receivers of alerts.', {
      advice: 'Add one to "alerts"; docs/alerts.md has an example of each kind.',
    });
  }
  const found = receivers.filter((receiver) => name === undefined || receiver.name === name);
  if (found.length > 0) return found;
  const known = receivers.map((receiver) => receiver.name);
  throw new ConfigError(`There is no receiver "${name}" in the settings.${suggestion(known, name ?? '')}`);
}

/** Sends a test message to each receiver. Failures are in the results. */
export async function testReceivers(
  app: Pick<AlertsApp, 'config' | 'clock' | 'redact'>,
  receivers: readonly Receiver[],
): Promise<readonly TestResult[]> {
  const now = new Date(app.clock.now());
  const sender = senderOf(app.config, hostname());
  return Promise.all(
    receivers.map((receiver) =>
      attempt(receiver, messageOf(sender, [testItem(receiver, now)], now, app.redact), app.redact),
    ),
  );
}

/** The outcome of a test message to a receiver of several organizations. */
export interface ChannelResult extends TestResult {
  readonly organizations: readonly string[];
}

/** Sends a test message to each receiver of several organizations: once, if they share it. */
export async function testChannels(
  channels: readonly Channel[],
  now: Date,
  redact: (text: string) => string,
): Promise<readonly ChannelResult[]> {
  return Promise.all(
    channels.map(async ({ receiver, members }) => ({
      ...(await attempt(receiver, testOf(members, receiver, now, redact), redact)),
      organizations: members.map(({ name }) => name),
    })),
  );
}

function testOf(
  members: readonly AlertsMember[],
  receiver: Receiver,
  now: Date,
  redact: (text: string) => string,
): AlertMessage {
  const organizations = members.map(({ name }) => name);
  const item = testItem(receiver, now);
  const isInCause = organizations.length > 1;
  const items = organizations.map((organization) => ({ ...item, organization, isInCause }));
  const { state, since, detail } = item;
  const cause = { state, since, detail, title: 'test message', organizations, recovered: [] };
  return messageTo(members, items, isInCause ? [cause] : [], now, redact);
}

function testItem({ name }: Receiver, since: Date): AlertItem {
  const detail = `This is a test: alerts reach ${name} in this form. Nothing is wrong.`;
  return { kind: 'test', subject: 'test', detail, since, state: 'raised', runId: null };
}

async function attempt(
  receiver: Receiver,
  message: AlertMessage,
  redact: (text: string) => string,
): Promise<TestResult> {
  const result = { receiver: receiver.name, kind: receiver.channel.kind };
  try {
    await deliver(receiver, message, DELIVERY_LIMITS);
    return { ...result, ok: true, error: undefined };
  } catch (error) {
    return { ...result, ok: false, error: cleanDetail(describeError(error), redact) };
  }
}
