/** Posts JSON to a receiver: one attempt, no redirects, an answer that is read in part and in time. */
import { type Dispatcher, request } from 'undici';
import { openDispatcher } from '../../core/dispatcher.ts';
import { AlertError } from '../../core/errors.ts';
import { codeOf, type NetworkFailure, networkFailure } from '../../core/network.ts';
import { version } from '../../core/version.ts';
import { isRedirect, isServerFault, means } from '../../sigma/status.ts';

/** Most of an answer's body to quote in an error. */
const MOST_BODY = 2048;

/** @throws AlertError where there is no answer of 2xx within `timeoutMs`. */
export async function sendHttp(url: URL, body: unknown, timeoutMs: number): Promise<void> {
  const { dispatcher } = openDispatcher(url, { connectTimeoutMs: timeoutMs, pipelining: 0 });
  try {
    const answer = await post(url, JSON.stringify(body), dispatcher, AbortSignal.timeout(timeoutMs));
    if (answer.status >= 200 && answer.status < 300) return;
    throw refused(answer);
  } catch (error) {
    if (error instanceof AlertError) throw error;
    throw unanswered(error, timeoutMs);
  } finally {
    await dispatcher.destroy();
  }
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function post(url: URL, body: string, dispatcher: Dispatcher, signal: AbortSignal): Promise<Answer> {
  const target = new URL(url);
  const { username, password } = target;
  target.username = '';
  target.password = '';
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const answer = await request(target, {
    method: 'POST',
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'user-agent': `sigma-sync/${version}`,
      ...(username === '' && password === ''
        ? {}
        : { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }),
    },
    body,
    dispatcher,
    signal,
  });
  if (answer.statusCode >= 200 && answer.statusCode < 300) {
    // It arrived; what is said about that matters to nobody.
    answer.body.on('error', () => undefined).destroy();
    return { status: answer.statusCode, text: '' };
  }
  let text = '';
  for await (const chunk of answer.body) {
    text += String(chunk);
    if (text.length > MOST_BODY) break;
  }
  return { status: answer.statusCode, text: text.slice(0, MOST_BODY) };
}

/** Advice after a failure that may pass. */
const LATER = 'Alerts are retried, tests are not.';

function refused({ status, text }: Answer): AlertError {
  const said = text.trim() === '' ? '' : `: ${text.trim()}`;
  if (isRedirect(status)) {
    return new AlertError(`The address answered with a redirect (status ${status}), which is not followed.`, {
      advice: 'Set the address that the redirect leads to.',
    });
  }
  const advice =
    means(status, 'throttled') || isServerFault(status)
      ? LATER
      : 'Check that the address is still valid. After a revocation, the chat program issues a new one.';
  return new AlertError(`The address answered with status ${status}${said}.`, { advice });
}

function unanswered(cause: unknown, timeoutMs: number): AlertError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const told: Readonly<Record<NetworkFailure, readonly [message: string, advice: string]>> = {
    refused: [
      'The connection was refused.',
      'Check host and port of the address, and that the receiver runs.',
    ],
    dns: ['The host name does not resolve.', 'Check the host of the address, and the network.'],
    tls: [
      `The certificate of the receiver is not trusted (${codeOf(cause)}).`,
      'Set NODE_EXTRA_CA_CERTS to the file of your own certificate authority.',
    ],
    timeout: [
      `No answer came within ${timeoutMs / 1000} s.`,
      'Check that the receiver runs and that a firewall lets the request through.',
    ],
    broken: [`The connection broke (${text}).`, LATER],
  };
  const [message, advice] = told[networkFailure(cause)];
  return new AlertError(message, { cause, advice });
}
