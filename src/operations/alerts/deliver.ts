/** Brings messages to receivers, by whatever way each is reached, and tells how that went. */
import { describeError } from '../../core/errors.ts';
import type { AlertsApp } from './alerts-app.ts';
import { type AlertMessage, cleanDetail, jsonOf, messageOf, senderOf, summaryOf } from './message.ts';
import type { Receiver } from '../../config/receivers.ts';
import { slackOf } from './render-slack.ts';
import { mailOf } from './render-mail.ts';
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

export type Courier = ReturnType<typeof openCourier>;

/** Makes a courier; nothing is sent yet. */
export function openCourier({ config, events, redact }: AlertsApp, instance: string, limits: DeliveryLimits) {
  const sender = senderOf(config, instance);
  const underWay = new Set<Promise<unknown>>();
  return {
    /** Sends one message with these items; it never throws. @returns why it did not arrive */
    async send(
      receiver: Receiver,
      items: AlertMessage['alerts'],
      attempt: number,
      now: Date,
    ): Promise<string | undefined> {
      const message = messageOf(sender, items, now, redact);
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
      const kind = [...new Set(items.map((item) => item.kind))].join(', ');
      events.emit('alert.sent', { receiver: name, kind, subject: summaryOf(message) });
      return undefined;
    },
    /** Waits for what is under way. */
    idle: () => Promise.all(underWay),
  };
}
