/** Posts JSON to a receiver: one attempt, no redirects, an answer that is read in part and in time. */
import { Agent, type Dispatcher, EnvHttpProxyAgent, request } from 'undici';
import { AlertError } from '../../core/errors.ts';
import { version } from '../../core/version.ts';

/** Of the body of an answer, for the error. */
const MOST_BODY = 2048;
const LOCAL = ['localhost', '127.0.0.1', '[::1]'];

/** @throws AlertError where there is no answer of 2xx within `timeoutMs`. */
export async function sendHttp(url: URL, body: unknown, timeoutMs: number): Promise<void> {
  // Companies reach the world through a proxy (HTTPS_PROXY); nothing on this machine is behind one.
  const settings = { connect: { timeout: timeoutMs }, pipelining: 0 };
  const dispatcher: Dispatcher = LOCAL.includes(url.hostname)
    ? new Agent(settings)
    : new EnvHttpProxyAgent(settings);
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

/** What comes of a failure that may pass. */
const LATER = 'Alerts are tried again, tests are not.';

function refused({ status, text }: Answer): AlertError {
  const said = text.trim() === '' ? '' : `: ${text.trim()}`;
  if (status >= 300 && status < 400) {
    return new AlertError(`The address answered with a redirect (status ${status}), which is not followed.`, {
      advice: 'Set the address that it leads to.',
    });
  }
  const advice =
    status === 429 || status >= 500
      ? LATER
      : 'Check that the address is still valid; chat programs give out a new one where it was revoked.';
  return new AlertError(`The address answered with status ${status}${said}.`, { advice });
}

function unanswered(error: unknown, timeoutMs: number): AlertError {
  const code = codeOf(error);
  const options = { cause: error };
  if (code === 'ECONNREFUSED') {
    return new AlertError('The connection was refused.', {
      ...options,
      advice: 'Check host and port of the address, and that the receiver runs.',
    });
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new AlertError('The host name does not resolve.', {
      ...options,
      advice: 'Check the host of the address, and the network.',
    });
  }
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO/.test(code)) {
    return new AlertError(`The certificate of the receiver is not accepted (${code}).`, {
      ...options,
      advice: 'Name a certificate authority of your own in NODE_EXTRA_CA_CERTS.',
    });
  }
  if (/TIMEOUT/.test(code) || (error instanceof Error && error.name === 'TimeoutError')) {
    return new AlertError(`No answer came within ${timeoutMs / 1000} s.`, {
      ...options,
      advice: 'Check that the receiver runs and that a firewall lets the request through.',
    });
  }
  const text = error instanceof Error ? error.message : String(error);
  return new AlertError(`The connection broke (${text}).`, { ...options, advice: LATER });
}

function codeOf(error: unknown): string {
  for (let e = error; e instanceof Error; e = e.cause) {
    if ('code' in e && typeof e.code === 'string') return e.code;
    if (e instanceof AggregateError && e.errors[0] instanceof Error) return codeOf(e.errors[0]);
  }
  return '';
}
