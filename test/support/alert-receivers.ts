/** Real receivers of alerts: an HTTP server and a mail server, each with what reached it. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** The JSON of docs/alerts.md, as far as tests read it. */
export interface ToldJson {
  readonly summary: string;
  readonly omitted: number;
  readonly alerts: readonly {
    readonly kind: string;
    readonly state: string;
    readonly subject: string;
    readonly detail: string;
    readonly since: string;
    readonly run_id: string | null;
    readonly url: string | null;
  }[];
}

/** See {@link hookServer}. */
export interface HookServer extends AsyncDisposable {
  readonly url: string;
  /** Bodies of the requests so far, refused ones included. */
  readonly bodies: string[];
  /** Status of the answers; `hang` never answers. */
  answer: number | 'hang';
  /** The messages since the last call, parsed. */
  take(): ToldJson[];
}

/** A server that takes whatever is posted. */
export async function hookServer(): Promise<HookServer> {
  const bodies: string[] = [];
  let taken = 0;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    bodies.push(body);
    if (hook.answer === 'hang') return;
    response.writeHead(hook.answer, hook.answer === 302 ? { location: '/elsewhere' } : {});
    response.end(hook.answer < 300 ? 'ok' : 'the hook says no');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const hook: HookServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    bodies,
    answer: 200,
    take() {
      const news = bodies.slice(taken);
      taken = bodies.length;
      return news.map((body) => JSON.parse(body) as ToldJson);
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return hook;
}

/** A mail as it arrived. */
export interface ArrivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Header fields by their lower-case names, unfolded; of several the last. */
  readonly headers: ReadonlyMap<string, string>;
  readonly source: string;
}

/** See {@link mailServer}. */
export interface MailServer extends AsyncDisposable {
  readonly port: number;
  readonly mails: ArrivedMail[];
}

/** Options of {@link mailServer}. */
export interface MailServerOptions {
  /** TLS from the start, with a certificate that nobody vouches for. */
  readonly secure?: boolean;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Called when somebody tries to log in. */
  readonly onLogin?: () => void;
}

/** A mail server that lets one user in; without encryption unless it is to be secure. */
export async function mailServer(
  user: string,
  password: string,
  { secure = false, host = '127.0.0.1', onLogin }: MailServerOptions = {},
): Promise<MailServer> {
  const mails: ArrivedMail[] = [];
  const server = new SMTPServer({
    secure,
    authOptional: false,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: (auth, _session, done) => {
      onLogin?.();
      if (auth.username === user && auth.password === password) done(null, { user });
      else done(new Error('Invalid username or password'));
    },
    onRcptTo: ({ address }, _session, done) =>
      done(address.startsWith('nobody') ? new Error('no such mailbox') : null),
    onData: (stream, { envelope }, done) => {
      let source = '';
      stream.setEncoding('utf8').on('data', (text: string) => {
        source += text;
      });
      stream.on('end', () => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        const to = envelope.rcptTo.map(({ address }) => address);
        mails.push({ from, to, headers: headersOf(source), source });
        done();
      });
    },
  });
  server.on('error', () => undefined);
  const listening = server.listen(0, host);
  await once(listening, 'listening');
  return {
    port: (listening.address() as AddressInfo).port,
    mails,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function headersOf(source: string): Map<string, string> {
  const [head = ''] = source.split('\r\n\r\n');
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  return new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  );
}
