/** Receivers of alerts, as the settings have them: checked, and with what their kind needs. */

import { ConfigError } from '../core/errors.ts';
import type { AlertConfig } from './schema.ts';

/** The subject of an alert. */
export type AlertKind = Exclude<AlertConfig['on'][number], 'recovery'>;

/** The channel to a receiver. */
export type Channel =
  | { readonly kind: 'webhook' | 'slack'; readonly url: URL }
  | {
      readonly kind: 'email';
      /** The mail server. */
      readonly url: URL;
      readonly from: MailAddress;
      readonly to: readonly MailAddress[];
    }
  | { readonly kind: 'command'; readonly program: string; readonly args: readonly string[] };

/** The sender or a recipient of a mail. */
export interface MailAddress {
  readonly name: string;
  readonly address: string;
}

export interface Receiver {
  readonly name: string;
  readonly channel: Channel;
  /** Kinds of alerts it gets. */
  readonly kinds: readonly AlertKind[];
  /** It also gets a message when one of its alerts is over. */
  readonly wantsRecovery: boolean;
  /** The time after which an alert that lasts is sent again; 0 = never. */
  readonly repeatMs: number;
}

const HOUR = 3_600_000;

/** @throws ConfigError where two receivers have one name, one gets no alerts at all, or an address is none. */
export function compileAlerts(alerts: readonly AlertConfig[]): readonly Receiver[] {
  const places = new Map<string, number[]>();
  for (const [index, { name }] of alerts.entries()) places.set(name, [...(places.get(name) ?? []), index]);
  for (const [name, indices] of places) {
    if (indices.length === 1) continue;
    const where = indices.map((index) => `alerts.${index}`).join(' and ');
    throw new ConfigError(`Two receivers of alerts have the name "${name}" (${where}).`, {
      advice: 'Give each its own name: the database records deliveries by name.',
    });
  }
  return alerts.map((entry, index) => {
    const kinds = entry.on.filter((event): event is AlertKind => event !== 'recovery');
    if (kinds.length === 0) {
      throw new ConfigError(
        `alerts.${index} (${entry.name}) has only recovery in "on", so it would never get a message.`,
        {
          advice: 'A receiver gets the recovery of an alert that it got: add kinds of alerts to "on".',
        },
      );
    }
    return {
      name: entry.name,
      channel: channelOf(entry, index),
      kinds,
      wantsRecovery: entry.on.includes('recovery'),
      repeatMs: entry.repeatHours * HOUR,
    };
  });
}

function channelOf({ kind, name, url, from, to, command }: AlertConfig, index: number): Channel {
  const path = `alerts.${index} (${name})`;
  if (kind === 'command') {
    const [program, ...args] = command;
    if (program === undefined) throw new ConfigError(`${path} lacks its command.`);
    return { kind, program, args };
  }
  const address = URL.parse(url ?? '');
  if (address === null) throw new ConfigError(`${path} lacks its url.`);
  if (kind !== 'email') return { kind, url: address };
  const mailAddress = (text: string | undefined, setting: string): MailAddress => {
    const found = parseAddress(text ?? '');
    if (found !== undefined) return found;
    // A user who mixes up two settings writes the address of the mail server here, with its password.
    const given = text?.includes('://') === true ? '' : `: "${text}"`;
    throw new ConfigError(`${path}: ${setting} is no e-mail address${given}.`, {
      advice: 'Write data@example.com, or Data team <data@example.com>.',
    });
  };
  return {
    kind,
    url: address,
    from: mailAddress(from, 'from'),
    to: to.map((one, number) => mailAddress(one, `to.${number}`)),
  };
}

/** `a@b.example` or `Name <a@b.example>`. */
function parseAddress(text: string): MailAddress | undefined {
  const match = /^(?:([^<>"\p{Cc}]{1,100}) <)?([^\s<>"@,;:\p{Cc}]+@[^\s<>"@,;:\p{Cc}]+?)(>?)$/u.exec(
    text.trim(),
  );
  const [, name = '', address, close] = match ?? [];
  if (address === undefined || (name !== '') !== (close === '>')) return undefined;
  return { name: name.trim(), address };
}
