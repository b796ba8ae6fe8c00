/**
 * The simulated API over HTTP, after the vendor's specification of November 2025 and reports of its users. Made for
 * tests, demonstrations and measurements: deterministic for a seed, live, and able to misbehave on demand.
 *
 * The rooms of the house, from the ground up; each imports only from those before it:
 *
 * - `store/`: seed, clock, ordered tables, names. An organization stands on these.
 * - `http/`: endpoints, listings and answers; routes, tokens, faults, counters.
 * - `streams/`: one file for each stream, with all that is known of it; `stream.ts` and `mutation.ts` define its
 *   declarations.
 * - `exports/`: the data of elements, the files made of it, jobs, the audit log.
 * - `catalogue.ts`, `mutations.ts`, `organization.ts` put the streams together, in the order that a seed depends on;
 *   `streams.generated.ts` lists them. `api.ts` answers a request, `control.ts` the control interface.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Api } from './api.ts';
import { control } from './control.ts';
import { type ExportOptions, Exports } from './exports/exports.ts';
import { COMPRESSION, type Compression } from './http/compression.ts';
import { Counters } from './http/counters.ts';
import { noveltiesOf } from './http/endpoint.ts';
import { Faults } from './http/faults.ts';
import { EVERY_NOVELTY, type Novelties } from './http/novelties.ts';
import {
  createOrganization,
  isOrganization,
  type Organization,
  type OrganizationOptions,
} from './organization.ts';

export interface SimulatorOptions extends ExportOptions {
  /** The organization to serve, or how to make one. */
  readonly organization?: Organization | OrganizationOptions;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default `simulator-client`. */
  readonly clientId?: string;
  /** Default `simulator-secret`. */
  readonly clientSecret?: string;
  /** Lifetime of an access token in seconds. Default 3600, as Sigma's. */
  readonly tokenLifetimeS?: number;
  /** Delay of every answer in milliseconds. Default 0. */
  readonly latencyMs?: number;
  /**
   * Compression of answers for clients that ask for it. Default: as Cloudflare does; `{ encodings: [] }` switches it
   * off.
   */
  readonly compression?: Partial<Compression>;
  /** Features that are newer than the specification; each is on unless it is switched off. */
  readonly novelties?: Partial<Novelties>;
}

/** A running simulator. */
export interface Simulator extends AsyncDisposable {
  /** Base URL, without a trailing slash. */
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Change it at any time: the API shows the change at once. */
  readonly organization: Organization;
  readonly counters: Counters;
  readonly faults: Faults;
  /** Jobs of exports, and the tokens they were asked for with. */
  readonly exports: Exports;
  /** Gives the credentials another secret: the old one gets no tokens any more. */
  rotateSecret(secret: string): void;
  /** Stops listening and breaks what is open. */
  close(): Promise<void>;
}

/**
 * Starts a simulator.
 *
 * ```ts
 * await using simulator = await startSimulator({ organization: { seed: 7, workbooks: 2000 } });
 * simulator.faults.inject({ kinds: ['429', '500', 'cut'], rate: 0.1 });
 * ```
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const given = options.organization;
  const organization = isOrganization(given) ? given : createOrganization(given);
  const clientId = options.clientId ?? 'simulator-client';
  const clientSecret = options.clientSecret ?? 'simulator-secret';
  const counters = new Counters();
  const faults = new Faults();
  const controlled = { organization, counters, faults };
  const exports = new Exports(organization, counters, faults, options);
  const api = new Api({
    store: organization,
    counters,
    faults,
    exports,
    clientId,
    clientSecret,
    tokenLifetimeS: options.tokenLifetimeS ?? 3600,
    latencyMs: options.latencyMs ?? 0,
    compression: { ...COMPRESSION, ...options.compression },
    novelties: { ...Object.assign(noveltiesOf(organization), EVERY_NOVELTY, options.novelties) },
  });
  const server = createServer((req, res) => {
    const isControl = /^\/_simulator(?:[/?]|$)/.test(req.url ?? '');
    void (isControl ? control(controlled, req, res) : api.handle(req, res)).catch(() => req.socket.destroy());
  });
  // Longer than a client keeps an idle connection, so that closing it is never a fault nobody injected.
  server.keepAliveTimeout = 60_000;
  const host = options.host ?? '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  };
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    clientId,
    clientSecret,
    ...controlled,
    exports,
    rotateSecret: (secret) => api.rotateSecret(secret),
    close,
    [Symbol.asyncDispose]: close,
  };
}
