/** Brings messages to receivers, by whatever way each is reached, and tells how that went. */

import type { Receiver } from '../../config/receivers.ts';
import { describeError } from '../../core/errors.ts';
import type { AlertsApp } from './alerts-app.ts';
import { type AlertMessage, cleanDetail, jsonOf, messageOf, type Sender, summaryOf } from './message.ts';
import { mailOf } from './render-mail.ts';
import { slackOf } from './render-slack.ts';
import { runCommand } from './run-command.ts';
import { sendHttp } from './send-http.ts';
import { PartlyToldError, sendMail } from './send-mail.ts';

/** Time limits of deliveries, by channel. */
export interface DeliveryLimits {
  readonly httpMs: number;
  readonly mailMs: number;
  readonly commandMs: number;
}

export const DELIVERY_LIMITS: DeliveryLimits = { httpMs: 10_000, mailMs: 30_000, commandMs: 30_000 };

/** @throws AlertError that says what the receiver's owner can do. */
export async function deliver(
  { channel }: Receiver,
  message: AlertMessage,
  limits: DeliveryLimits,
): Promise<void> {
  switch (channel.kind) {
    case 'webhook':
      return sendHttp(channel.url, jsonOf(message), limits.httpMs);
    case 'slack':
      return sendHttp(channel.url, slackOf(message), limits.httpMs);
    case 'email':
      return sendMail(channel, mailOf(message), limits.mailMs);
    case 'command':
      return runCommand(channel, jsonOf(message), limits.commandMs);
  }
}

/** Sends items to a receiver; it never throws. @returns why they did not arrive */
export type Send = (
  receiver: Receiver,
  items: AlertMessage['alerts'],
  attempt: number,
  now: Date,
) => Promise<string | undefined>;

export type Courier = ReturnType<typeof openCourier>;

/** Makes a courier; nothing is sent yet. */
export function openCourier(
  { events, redact }: Pick<AlertsApp, 'events' | 'redact'>,
  limits: DeliveryLimits,
) {
  const underWay = new Set<Promise<unknown>>();
  /** Sends a message; it never throws. @returns why it did not arrive */
  const post = async (
    receiver: Receiver,
    message: AlertMessage,
    attempt: number,
  ): Promise<string | undefined> => {
    const { name } = receiver;
    const delivery = deliver(receiver, message, limits);
    const end = delivery.catch(() => undefined);
    underWay.add(end);
    try {
      await delivery;
    } catch (failure) {
      const error = cleanDetail(describeError(failure), redact);
      events.emit('alert.failed', { receiver: name, attempt, error });
      if (!(failure instanceof PartlyToldError)) return error;
    } finally {
      underWay.delete(end);
    }
    const kind = [...new Set(message.alerts.map((item) => item.kind))].join(', ');
    events.emit('alert.sent', { receiver: name, kind, subject: summaryOf(message) });
    return undefined;
  };
  return {
    post,
    /** Sends one message with these items; it never throws. @returns why it did not arrive */
    send: (
      sender: Sender,
      receiver: Receiver,
      items: AlertMessage['alerts'],
      attempt: number,
      now: Date,
    ): Promise<string | undefined> => post(receiver, messageOf(sender, items, now, redact), attempt),
    /** Waits for what is under way. */
    idle: () => Promise.all(underWay),
  };
}
