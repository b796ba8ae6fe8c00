/** Sends a mail: one attempt, within a time, with the server's certificate checked. */
import { createTransport } from 'nodemailer';
import type { Channel } from '../../config/receivers.ts';
import { AlertError } from '../../core/errors.ts';
import { isLocalhost, withoutBrackets } from '../../core/network.ts';
import { within } from '../../core/within.ts';
import type { MailText } from './render-mail.ts';

/** Some got the mail: to send it again would tell them twice. */
export class PartlyToldError extends AlertError {}

/** Time limit of each step; the whole has a limit of its own. */
const STEP_MS = 10_000;

/** @throws AlertError where the server did not take the mail; PartlyToldError where it did for some. */
export async function sendMail(
  { url, from, to }: Extract<Channel, { kind: 'email' }>,
  { subject, text, html }: MailText,
  timeoutMs: number,
): Promise<void> {
  const host = withoutBrackets(url.hostname);
  const secure = url.protocol === 'smtps:';
  const hasLogin = url.username !== '' || url.password !== '';
  const step = Math.min(STEP_MS, timeoutMs);
  // The parts are taken by hand: a query of the address must not switch the checks off.
  const transport = createTransport({
    host,
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    // A password never travels unencrypted, except within this machine.
    requireTLS: !secure && hasLogin && !isLocalhost(host),
    ...(hasLogin
      ? { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } }
      : {}),
    tls: { minVersion: 'TLSv1.2' },
    connectionTimeout: step,
    greetingTimeout: step,
    socketTimeout: step,
    dnsTimeout: step,
    // Contents come as texts only.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    const sent = transport.sendMail({
      from: { ...from },
      to: to.map((one) => ({ ...one })),
      subject,
      text,
      html,
      headers: { 'Auto-Submitted': 'auto-generated' },
    });
    if (!(await within(sent, timeoutMs)))
      throw new AlertError(`The mail was not sent within ${timeoutMs / 1000} s.`);
    const { rejected } = await sent;
    if (rejected.length > 0) {
      const message = `The mail server accepted the mail, but rejected ${rejected.length} of ${to.length} recipients.`;
      throw new PartlyToldError(message, { advice: 'Correct the addresses of "to".' });
    }
  } catch (error) {
    throw error instanceof AlertError ? error : toAlertError(error);
  } finally {
    transport.close();
  }
}

/** By the codes that nodemailer puts in the place of Node's own: ESOCKET is a refused connection and a bad certificate. */
const ADVICE: Readonly<Record<string, string>> = {
  EAUTH: 'Correct user and password in the address of the mail server.',
  ETLS: 'Use smtps:// with port 465, or a server that offers STARTTLS: a password is never sent unencrypted.',
  EENVELOPE: 'Correct the addresses of "from" and "to".',
  EDNS: 'Check the host of the mail server, and the network.',
  ESOCKET: 'Check host and port of the mail server, and its certificate.',
  ECONNECTION: 'Check host and port of the mail server.',
  ETIMEDOUT: 'Check host, port and firewall of the mail server.',
};

function toAlertError(error: unknown): AlertError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const text = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ');
  return new AlertError(`The mail was not sent: ${text}.`.replace(/\.+$/, '.'), {
    cause: error,
    advice: ADVICE[code] ?? 'Check the address of the mail server.',
  });
}
