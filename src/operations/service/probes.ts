/** `/metrics`, `/healthz` and `/readyz` of processes of many organizations, for any listener, and a listener of their own. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import type { Config } from '../../config/schema.ts';
import { ConfigError, describeError } from '../../core/errors.ts';
import type { Logger } from '../../core/logging/logger.ts';
import type { FleetMetrics } from '../metrics/open-fleet-metrics.ts';
import { Attempts } from '../web/security/attempts.ts';
import { identifyInTime } from '../web/security/auth.ts';
import { isOurHost } from '../web/security/hosts.ts';

/** An answer to a GET. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Gives the reasons why a process is not well; none if it is. It never throws, and never waits long. */
export type HealthCheck = () => Promise<readonly string[]>;

/** Answers by their paths. Those that are {@link OPEN} are for everybody. */
export type Probes = Readonly<Record<string, () => Promise<Answer>>>;

/** Paths that say nothing about the inside, so that a probe needs no token. */
export const OPEN: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

/** Sources of the answers. */
export interface ProbeOptions {
  readonly metrics: Pick<FleetMetrics, 'expose'>;
  readonly health: HealthCheck;
  readonly isStopping: () => boolean;
}

/** The answers of a process, to be mounted on a listener. */
export function probesOf({ metrics, health, isStopping }: ProbeOptions): Probes {
  const well = async (): Promise<Answer> => {
    if (isStopping()) return json(503, { status: 'stopping', reasons: ['The process is stopping.'] });
    const reasons = await health();
    return reasons.length === 0 ? json(200, { status: 'ok' }) : json(503, { status: 'not ok', reasons });
  };
  return {
    '/metrics': async () => ({ status: 200, ...(await metrics.expose()) }),
    '/healthz': well,
    '/readyz': well,
  };
}

function json(status: number, value: unknown): Answer {
  return { status, contentType: 'application/json', body: JSON.stringify(value) };
}

/** A listener for probes alone. */
export interface ProbeListener {
  /** Without a slash at its end. */
  readonly url: string;
  close(): Promise<void>;
}

/** The address to listen on, and the settings that say who may ask. */
export interface ListenOptions {
  readonly probes: Probes;
  readonly port: number;
  /** Asked for each request: a token may be rotated. The host is that of the start. */
  readonly service: () => Config['service'];
}

const LIMITS = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 5_000,
};
const MOST_CONNECTIONS = 64;
const GRACE_MS = 1000;
const PLAIN = 'text/plain; charset=utf-8';

/** Listens. @throws ConfigError if it can't */
export async function listenForProbes({ probes, port, service }: ListenOptions): Promise<ProbeListener> {
  const { host } = service();
  const attempts = new Attempts();
  const server = createServer(LIMITS, (request, response) => {
    const options = { probes, host, service, attempts };
    answer(request, options)
      .catch((): Refused => ({ status: 500, contentType: PLAIN, body: 'It could not be answered.\n' }))
      .then(({ status, contentType, body, headers }) => {
        response.writeHead(status, {
          'content-type': contentType,
          'cache-control': 'no-store',
          'x-content-type-options': 'nosniff',
          ...headers,
        });
        response.end(request.method === 'HEAD' ? undefined : body);
      });
  });
  server.maxConnections = MOST_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => resolve());
  }).catch((error: unknown) => {
    throw new ConfigError(`Nothing can listen on ${host} port ${port}: ${describeError(error)}.`, {
      cause: error,
    });
  });
  const bound = (server.address() as AddressInfo).port;
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return {
    url: `http://${name.includes(':') ? `[${name}]` : name}:${bound}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), GRACE_MS);
      await closed;
      clearTimeout(timer);
    },
  };
}

/** Listens where it can: a port that is taken keeps no process from its work. It gives what stops it. */
export async function listen(
  options: ListenOptions,
  logger: Pick<Logger, 'info' | 'warn'>,
  redact: (text: string) => string,
): Promise<() => Promise<void>> {
  try {
    const { url, close } = await listenForProbes(options);
    logger.info('probes.started', { url });
    return close;
  } catch (error) {
    logger.warn('probes.failed', { error: redact(describeError(error)) });
    return async () => undefined;
  }
}

interface AnswerOptions extends Omit<ListenOptions, 'port'> {
  readonly host: string;
  readonly attempts: Attempts;
}

interface Refused extends Answer {
  readonly headers?: Readonly<Record<string, string>>;
}

async function answer(request: IncomingMessage, options: AnswerOptions): Promise<Refused> {
  const { probes, host: bound, service, attempts } = options;
  const { method = '', url = '', headers } = request;
  const refuse = (status: number, text: string, more: Record<string, string> = {}): Refused => ({
    ...{ status, contentType: PLAIN, body: `${text}\n`, headers: more },
  });
  if (method !== 'GET' && method !== 'HEAD') return refuse(405, 'Only GET and HEAD.', { allow: 'GET, HEAD' });
  const [path = ''] = url.split('?', 1);
  if (!OPEN.has(path)) {
    const { publicUrl, password, viewerPassword, token } = service();
    const who = await identifyInTime(
      headers.authorization,
      request.socket.remoteAddress ?? '',
      { bound, password, viewerPassword, token },
      attempts,
      () => performance.now(),
    );
    if (who.kind !== 'program' && !isOurHost(headers.host, { bound, machine: hostname(), publicUrl }))
      return refuse(421, 'Nothing here answers to this host.');
    if (who.kind === 'wait') return refuse(429, 'Too many wrong tokens. Try again later.');
    if (who.kind === 'unknown' || who.kind === 'wrong')
      return refuse(401, 'Send the token of the settings (service.token).', {
        'www-authenticate': 'Bearer realm="sigma-sync"',
      });
  }
  const own = Object.hasOwn(probes, path) ? probes[path] : undefined;
  return (await own?.()) ?? refuse(404, 'There are /metrics, /healthz and /readyz.');
}
