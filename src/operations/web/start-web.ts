/** The page of `start` and `serve`: listens, and lets go in order. */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { ConfigError } from '../../core/errors.ts';
import { isLoopback } from '../../core/network.ts';
import type { Metrics } from '../metrics/open-metrics.ts';
import { questions } from './data/ask.ts';
import { fleetMap } from './fleet/fleet-page.ts';
import { baseOf, OrganizationSites, type Organizations } from './organizations.ts';
import { type Extra, type RouteOptions, routes, routesOfOne } from './routes.ts';
import { formTokens } from './security/csrf.ts';
import type { ServiceControl } from './service-control.ts';
import type { Site } from './site.ts';
import { MAIN_PLACES } from './view/places.ts';

export interface WebOptions {
  /** The process that it shows. Host and port are those of its settings at the start. */
  readonly control: ServiceControl;
  /** The text of `/metrics`; without it there is no such page. */
  readonly metrics?: Metrics['expose'];
  /** Further addresses, such as `/metrics` of a process of many organizations. */
  readonly extra?: Readonly<Record<string, Extra>>;
  /** Many organizations, each with a site of its own behind the page over all of them. */
  readonly organizations?: Organizations;
  /** Time limit of the database for a page, in milliseconds. Default 10 s. */
  readonly patienceMs?: number;
}

/** A running page. */
export interface Web extends AsyncDisposable {
  /** Without a slash at its end. */
  readonly url: string;
  /** `/healthz` and `/readyz` say from now on that the process is stopping. */
  stopping(): void;
  /** Stops listening, lets answers under way end for a second, then breaks what is open. */
  close(): Promise<void>;
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST']);
const LIMITS = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 5_000,
};
const MOST_CONNECTIONS = 256;
const GRACE_MS = 1000;

/**
 * Starts the page.
 *
 * @throws ConfigError where it can't listen there, or would stand open to others.
 */
export async function startWeb(options: WebOptions): Promise<Web> {
  const { control, metrics, extra } = options;
  const { host, port, password, viewerPassword, token } = control.app.config.service;
  const isLocked = [password, viewerPassword, token].some((secret) => secret !== undefined);
  if (!isLoopback(host) && !isLocked) {
    throw new ConfigError(
      `The page would stand open to others on ${host}: no password and no token is set.`,
      { advice: 'Set SIGMA_SYNC_PASSWORD (or SIGMA_SYNC_PASSWORD_FILE), or bind to 127.0.0.1.' },
    );
  }
  let isClosing = false;
  const { site, map, sites } = sitesOf(options);
  const app = routes({ site, map, sites, bound: host, metrics, extra, isClosing: () => isClosing });
  const listener = getRequestListener(app.fetch, {
    hostname: host,
    // Our own Request and Response are of no use to anybody else in this process.
    overrideGlobalObjects: false,
    errorHandler: () => new Response('Bad request.\n', { status: 400 }),
  });
  const server = createServer(LIMITS, (incoming, outgoing) => {
    const refusal = oddity(incoming);
    if (refusal === undefined) void listener(incoming, outgoing);
    else refuse(outgoing, ...refusal);
  });
  server.maxConnections = MOST_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  }).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`The page can't listen on ${host} port ${port}: ${reason}.`, {
      cause: error,
      advice: 'Set service.host and service.port (SIGMA_SYNC_HOST, SIGMA_SYNC_PORT) to what is free.',
    });
  });
  void map?.prepare?.(site);
  const bound = server.address() as AddressInfo;
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    isClosing = true;
    closing ??= new Promise<void>((resolve) => {
      const timer = setTimeout(() => server.closeAllConnections(), GRACE_MS);
      server.close(() => {
        clearTimeout(timer);
        resolve();
      });
      server.closeIdleConnections();
    }).then(() => sites?.close());
    return closing;
  };
  return {
    url: `http://${name.includes(':') ? `[${name}]` : name}:${bound.port}`,
    stopping: () => {
      isClosing = true;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The site at the root, and those behind it. */
function sitesOf({
  control,
  patienceMs,
  organizations,
}: WebOptions): Pick<RouteOptions, 'site' | 'map' | 'sites'> {
  const secret = randomBytes(32);
  const siteOf = (of: ServiceControl, organization?: string): Site => ({
    ...{ base: organization === undefined ? '' : baseOf(organization), organization },
    places: MAIN_PLACES,
    tests: new Map(),
    control: of,
    questions: questions(of, patienceMs),
    tokens: formTokens(secret, organization),
    now: () => new Date(of.app.clock.now()),
  });
  const site = siteOf(control);
  if (organizations === undefined) return { site };
  return {
    site: { ...site, places: [], questions: questions(control, patienceMs, true) },
    map: fleetMap(organizations),
    sites: new OrganizationSites(organizations, (of, name) => routesOfOne(siteOf(of, name))),
  };
}

/** The defect of a request, found before anything looks at it. */
function oddity({
  method = '',
  url = '',
  headers,
}: IncomingMessage): [status: number, text: string] | undefined {
  if (!METHODS.has(method)) return [405, 'Only GET, HEAD and POST.\n'];
  // Proxies are asked for whole addresses; we are none.
  if (!url.startsWith('/') || url.startsWith('//')) return [400, 'Bad request.\n'];
  if (url.length > 4096) return [414, 'The address is too long.\n'];
  if (headers.host === undefined) return [400, 'The Host header is missing.\n'];
  return undefined;
}

function refuse(outgoing: ServerResponse, status: number, text: string): void {
  outgoing.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 405 ? { allow: 'GET, HEAD, POST' } : {}),
    connection: 'close',
  });
  outgoing.end(text);
}
