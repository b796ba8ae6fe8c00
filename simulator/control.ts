/**
 * The control interface under `/_simulator`: for demos and for tests in other processes. It needs no token and
 * answers loopback addresses only.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { STREAMS } from './catalogue.ts';
import { issuesOf, jsonAnswer, Refusal } from './http/answer.ts';
import { readBody, send } from './http/connection.ts';
import type { Counters } from './http/counters.ts';
import { type Faults, faultRule, switchChanges, switches } from './http/faults.ts';
import { describeMutations, mutateBy } from './mutations.ts';
import type { Organization } from './organization.ts';

export const CONTROL = '/_simulator';

/** The parts that can be inspected and changed. */
export interface Controlled {
  readonly organization: Organization;
  readonly counters: Counters;
  readonly faults: Faults;
}

const bigExport = z.strictObject({ rows: z.int().min(0).max(1e12) });
const share = z.number().min(0).max(1).default(0);
const auditLog = z.strictObject({
  perDay: z.number().positive().default(100),
  days: z.number().positive().default(75),
  lateShare: share.default(0.1),
  duplicates: share,
});

type Handler = (c: Controlled, body: unknown, query: URLSearchParams) => unknown;
/** Routes: what each is for, and what answers it. */
const ROUTES: Readonly<Record<string, readonly [about: string, handler?: Handler]>> = {
  'GET /_simulator': ['this description', describe],
  'GET /_simulator/counters': [
    'counts of requests, bytes on the wire, faults and broken limits; with ?paths=true by path as well',
    ({ counters }, _, query) => ({
      ...counters.toJSON(),
      ...(query.get('paths') === 'true' && { paths: Object.fromEntries(counters.paths) }),
    }),
  ],
  'POST /_simulator/counters/reset': [
    'sets them to zero',
    ({ counters }) => {
      counters.reset();
      return counters;
    },
  ],
  'POST /_simulator/log': [
    '{"on": true} keeps a log of requests',
    ({ counters }, body) => {
      counters.logging = z.strictObject({ on: z.boolean() }).parse(body).on;
      return { on: counters.logging };
    },
  ],
  'GET /_simulator/log': ['the log: method, path with query, status', ({ counters }) => counters.log],
  'POST /_simulator/mutate': [
    '{"op": …, …arguments} or {"random": n}; answers what was changed',
    ({ organization }, body) => ({ changed: mutateBy(organization, body) }),
  ],
  'POST /_simulator/clock': [
    '{"advanceMs": n} moves the logical clock: results expire, audit events arrive',
    ({ organization }, body) => ({
      now: organization.advance(z.strictObject({ advanceMs: z.number().min(0) }).parse(body).advanceMs),
    }),
  ],
  'POST /_simulator/audit-log': [
    'adds the audit log: {"perDay", "days", "lateShare", "duplicates"}, all optional',
    ({ organization }, body) => {
      const { workbookId, elementId, connectionId } = organization.addAuditLog(auditLog.parse(body));
      return { workbookId, elementId, connectionId };
    },
  ],
  'POST /_simulator/big-export': [
    '{"rows": n} adds an element with so many rows of twelve columns',
    ({ organization }, body) => organization.addBigExport(bigExport.parse(body)),
  ],
  'POST /_simulator/faults': ['adds a rule and changes the switches named', addFault],
  'GET /_simulator/faults': ['rules and switches', ({ faults }) => faults],
  'DELETE /_simulator/faults': [
    'removes the rules and switches everything off',
    ({ faults }) => {
      faults.clear();
      return faults;
    },
  ],
  'GET /_simulator/truth/{stream}': ['all the API gives for a stream, as NDJSON'],
};

/** Answers a request to the control interface. */
export async function control(c: Controlled, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const url = new URL(req.url ?? '', 'http://localhost');
  const path = url.pathname.replace(/\/$/, '');
  try {
    if (!isLoopback(req.socket.remoteAddress)) throw new Refusal(403, 'only loopback addresses are answered');
    if (req.method === 'GET' && path.startsWith(`${CONTROL}/truth/`)) {
      await sendTruth(c.organization, path.slice(`${CONTROL}/truth/`.length), res);
      return;
    }
    const [, handler] = ROUTES[`${req.method} ${path}`] ?? [];
    if (handler === undefined) throw new Refusal(404, `no such route; GET ${CONTROL} lists them`);
    const body = req.method === 'POST' ? parseJson(await readBody(req)) : {};
    send(res, jsonAnswer(200, handler(c, body, url.searchParams)));
  } catch (error) {
    const { status, message } = asRefusal(error);
    send(res, jsonAnswer(status, { message }));
  }
}

function describe({ organization }: Controlled): unknown {
  const options = z.toJSONSchema(z.strictObject({ ...faultRule.shape, ...switches.shape }).partial());
  return {
    about: 'A simulator of the Sigma API',
    seed: organization.seed,
    now: organization.now,
    routes: Object.fromEntries(Object.entries(ROUTES).map(([route, [about]]) => [route, about])),
    mutations: describeMutations(),
    faults: options.properties,
    streams: STREAMS,
  };
}

function addFault({ faults }: Controlled, body: unknown): unknown {
  const request = z.record(z.string(), z.unknown()).parse(body);
  const isSwitch = (name: string): boolean => name in switches.shape;
  const part = (keep: (name: string) => boolean): Record<string, unknown> =>
    Object.fromEntries(Object.entries(request).filter(([name]) => keep(name)));
  const changes = switchChanges.parse(part(isSwitch));
  const rule = part((name) => !isSwitch(name));
  // Both are validated before either takes effect.
  if (Object.keys(rule).length > 0) faults.inject(faultRule.parse(rule));
  faults.set(changes);
  return faults;
}

async function sendTruth(organization: Organization, stream: string, res: ServerResponse): Promise<void> {
  if (!STREAMS.some((known) => known === stream))
    throw new Refusal(404, `unknown stream ${stream}; known are ${STREAMS.join(', ')}`);
  res.writeHead(200, { 'content-type': 'application/x-ndjson; charset=utf-8' });
  await pipeline(ndjson(organization.truthOf(stream)), res);
}

/** In chunks: an organization can be too big for one string. */
function* ndjson(entries: Iterable<unknown>): Generator<string> {
  let chunk = '';
  for (const entry of entries) {
    chunk += `${JSON.stringify(entry)}\n`;
    if (chunk.length < 65_536) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, 'the body is not JSON');
  }
}

function asRefusal(error: unknown): { status: number; message: string } {
  if (error instanceof Refusal) return error;
  if (error instanceof RangeError) return { status: 400, message: error.message };
  if (error instanceof z.ZodError) return { status: 400, message: issuesOf(error) };
  return { status: 500, message: String(error) };
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(::1|(::ffff:)?127\.)/.test(address);
}
