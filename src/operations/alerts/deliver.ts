/** Brings a message to a receiver, by whatever way that is reached. */
import type { AlertMessage } from './message.ts';
import { jsonOf } from './message.ts';
import type { Receiver } from '../../config/receivers.ts';
import { slackOf } from './render-slack.ts';
import { mailOf } from './render-mail.ts';
import { runCommand } from './run-command.ts';
import { sendHttp } from './send-http.ts';
import { sendMail } from './send-mail.ts';

/** How long each way may take. */
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
