/** Brings messages to receivers, and tells how that went. */
import type { Receiver } from '../../config/receivers.ts';
import { describeError } from '../../core/errors.ts';
import type { AlertsApp } from './alerts-app.ts';
import { type DeliveryLimits, deliver } from './deliver.ts';
import { type AlertItem, cleanDetail, messageOf, senderOf, summaryOf } from './message.ts';
import { PartlyToldError } from './send-mail.ts';

/** See the head of this file. */
export interface Courier {
  /**
   * Sends one message with these items; it never throws.
   *
   * @returns why it did not arrive.
   */
  send(
    receiver: Receiver,
    items: readonly AlertItem[],
    attempt: number,
    now: Date,
  ): Promise<string | undefined>;
  /** Waits for what is under way. */
  idle(): Promise<unknown>;
}

/** Makes a courier; nothing is sent yet. */
export function openCourier(
  { config, events, redact }: AlertsApp,
  instance: string,
  limits: DeliveryLimits,
): Courier {
  const sender = senderOf(config, instance);
  const underWay = new Set<Promise<unknown>>();
  return {
    async send(receiver, items, attempt, now) {
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
    idle: () => Promise.all(underWay),
  };
}
