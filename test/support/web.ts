/** The page over a database of a test, and plain requests to it. */
import { type IncomingHttpHeaders, request } from 'node:http';
import type { App } from '../../src/app.ts';
import type { Database } from '../../src/core/database/database.ts';
import { startWeb, type Web, type WebOptions } from '../../src/operations/web/start-web.ts';
import { type ControlOptions, openControl, type TestControl } from './web-control.ts';

/** See {@link openWeb}. */
export interface TestWeb extends AsyncDisposable {
  readonly web: Web;
  readonly control: TestControl;
  /** One request; `path` goes out as it is. */
  send(path: string, options?: SendOptions): Promise<Answer>;
  /** The token of a form of the overview. @throws Error where there is none */
  formToken(action: 'run' | 'cancel', schedule: string): Promise<string>;
  /** Sends a form as our own page would. */
  post(action: 'run' | 'cancel', schedule: string, options?: SendOptions): Promise<Answer>;
}

/** Parts of a request. */
export interface SendOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An answer. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Starts the page. */
export async function openWeb(
  app: App,
  database: () => Promise<Database>,
  options: Omit<WebOptions, 'control'> & Omit<ControlOptions, 'app' | 'database'> = {},
): Promise<TestWeb> {
  const { metrics, patienceMs, ...rest } = options;
  const control = openControl({ app, database, ...rest });
  const web = await startWeb({
    control,
    ...(metrics === undefined ? {} : { metrics }),
    ...(patienceMs === undefined ? {} : { patienceMs }),
  });
  const { port } = new URL(web.url);
  const send: TestWeb['send'] = (path, given = {}) => sendTo(Number(port), path, given);
  const formToken: TestWeb['formToken'] = async (action, schedule) => {
    const { text } = await send('/');
    const form = new RegExp(
      `action="/actions/${action}"><input type="hidden" name="subject" value="${schedule}"><input type="hidden" name="token" value="([^"]+)"`,
    ).exec(text.replaceAll(/\s+(?=<|>)/g, ''));
    if (form?.[1] === undefined) throw new Error(`the overview has no form to ${action} ${schedule}`);
    return form[1];
  };
  return {
    web,
    control,
    send,
    formToken,
    async post(action, schedule, given = {}) {
      const token = await formToken(action, schedule);
      return send(`/actions/${action}`, {
        method: 'POST',
        body: new URLSearchParams({ subject: schedule, token }).toString(),
        ...given,
        headers: { ...OWN_FORM, origin: web.url, ...given.headers },
      });
    },
    async [Symbol.asyncDispose]() {
      for (const { name } of control.running()) control.cancel(name);
      await control.idle();
      await web.close();
    },
  };
}

/** The headers that a browser sends with a form of the page itself. */
export const OWN_FORM = {
  'content-type': 'application/x-www-form-urlencoded',
  'sec-fetch-site': 'same-origin',
};

/** `Authorization` of a user and password. */
export function basic(password: string, user = 'sigma-sync'): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** A request that goes out exactly as given, which `fetch` would not allow. */
export function sendTo(
  port: number,
  path: string,
  { method = 'GET', headers = {}, body }: SendOptions = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        ...{ host: '127.0.0.1', port, path, method, agent: false },
        headers: {
          ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
          ...headers,
        },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            text: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
