/** A plain client for the simulator's own tests: no retries, nothing hidden. */
import { onTestFinished } from 'vitest';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../../simulator/server.ts';

export type Json = Record<string, unknown>;

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Json;
}

export interface Client {
  readonly simulator: Simulator;
  readonly token: string;
  get(path: string): Promise<Reply>;
  control(method: string, path: string, body?: unknown): Promise<Reply>;
  /** All entries of a listing, following `nextPage` as it should be. */
  all(path: string, limit?: number): Promise<Json[]>;
  /** The same for one that pages by `pageToken`. */
  allByToken(path: string, pageSize?: number): Promise<Json[]>;
  /** A bare array. */
  array(path: string): Promise<Json[]>;
}

/** Starts a simulator that ends with the test. */
export async function start(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator(options);
  onTestFinished(() => simulator.close());
  return simulator;
}

/** The same with a token. */
export async function open(options: SimulatorOptions = {}): Promise<Client> {
  const simulator = await start(options);
  const { access_token } = (await tokenRequest(simulator)).body;
  const token = String(access_token);
  const get = (path: string): Promise<Reply> =>
    reply(fetch(simulator.url + path, { headers: { authorization: `Bearer ${token}` } }));
  const entries = async (path: string): Promise<Json> => {
    const { status, body, text } = await get(path);
    if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
    return body;
  };
  return {
    simulator,
    token,
    get,
    control: (method, path, body) =>
      reply(
        fetch(`${simulator.url}/_simulator${path}`, {
          method,
          ...(body !== undefined && { body: JSON.stringify(body) }),
        }),
      ),
    async all(path, limit = 50) {
      const found: Json[] = [];
      let page: string | undefined;
      do {
        const token = page === undefined ? '' : `&page=${encodeURIComponent(decodeURIComponent(page))}`;
        const body = await entries(`${path}${path.includes('?') ? '&' : '?'}limit=${limit}${token}`);
        found.push(...(body['entries'] as Json[]));
        page = typeof body['nextPage'] === 'string' ? body['nextPage'] : undefined;
      } while (page !== undefined);
      return found;
    },
    async allByToken(path, pageSize = 50) {
      const found: Json[] = [];
      let token: unknown;
      do {
        const next = token === undefined ? '' : `&pageToken=${encodeURIComponent(String(token))}`;
        const body = await entries(`${path}?pageSize=${pageSize}${next}`);
        found.push(...(body['entries'] as Json[]));
        token = body['nextPageToken'];
      } while (token !== undefined);
      return found;
    },
    async array(path) {
      const { status, text } = await get(path);
      if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
      return JSON.parse(text) as Json[];
    },
  };
}

export function tokenRequest(
  simulator: Simulator,
  form: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<Reply> {
  const { clientId: client_id, clientSecret: client_secret } = simulator;
  const all = { grant_type: 'client_credentials', client_id, client_secret, ...form };
  return reply(
    fetch(`${simulator.url}/v2/auth/token`, { method: 'POST', headers, body: new URLSearchParams(all) }),
  );
}

async function reply(pending: Promise<Response>): Promise<Reply> {
  const response = await pending;
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson && text.endsWith('}') ? (JSON.parse(text) as Json) : {},
  };
}

/** The status of each path, asked for at once. */
export async function statusesOf(client: Client, paths: readonly string[]): Promise<number[]> {
  return Promise.all(paths.map(async (path) => (await client.get(path)).status));
}

/** Order of no consequence. */
export function sorted(entries: readonly unknown[]): string[] {
  return entries.map((entry) => JSON.stringify(canonical(entry))).sort();
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, v]) => [key, canonical(v)]),
  );
}
