/** One request to the API, from its receipt to its answer: counted, perhaps made to fail, checked, answered. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { endpointsOf } from './catalogue.ts';
import type { Exports } from './exports/exports.ts';
import { type Answer, errorAnswer, type FileAnswer, jsonAnswer, Refusal } from './http/answer.ts';
import { Auth, type Token } from './http/auth.ts';
import { type Compression, encodingFor } from './http/compression.ts';
import { breakOff, readBody, send, sendCut, sendEndlessly, sendFile } from './http/connection.ts';
import type { Counters } from './http/counters.ts';
import type { Call, DataEndpoint, Endpoint } from './http/endpoint.ts';
import { type DueFault, type FaultKind, type Faults, faultAnswer, truncated } from './http/faults.ts';
import { followsEmptyPage, type PageTrick, pageBody, pages, tokenOf } from './http/listing.ts';
import type { Novelties } from './http/novelties.ts';
import { type Match, Router } from './http/router.ts';
import { Views } from './http/views.ts';
import { hash } from './store/random.ts';
import type { Store } from './store/store.ts';

const TOKEN_PATH = '/v2/auth/token';
/** A token is revoked by a fault only when it has been of use: that models an expiry, not a dead account. */
const TOKEN_AGE_MS = 1000;
const TOKEN_SERVED = 20;
/** A file that is cut breaks within its first chunks, of 64 KB and more. */
const CUT_WITHIN = 8;

export interface ApiOptions {
  readonly store: Store;
  readonly counters: Counters;
  readonly faults: Faults;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly tokenLifetimeS: number;
  readonly latencyMs: number;
  readonly novelties: Novelties;
  readonly exports: Exports;
  readonly compression: Compression;
}

/** A request on its way through. */
interface Request {
  readonly req: IncomingMessage;
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly requestId: string;
  readonly match: Match<Endpoint | DataEndpoint> | undefined;
  readonly token: Token | undefined;
}

export class Api {
  readonly #options: ApiOptions;
  readonly #auth: Auth;
  readonly #views: Views;
  /** By method. */
  readonly #routers = { GET: new Router<Endpoint | DataEndpoint>(), POST: new Router<DataEndpoint>() };
  #requests = 0;

  constructor(options: ApiOptions) {
    this.#options = options;
    const { clientId, clientSecret, tokenLifetimeS: lifetimeS, store, faults } = options;
    this.#auth = new Auth({ seed: store.seed, clientId, clientSecret, lifetimeS });
    this.#views = new Views(store, () => faults.switches.permissionLoss);
    for (const endpoint of endpointsOf(options.novelties)) this.#routers.GET.add(endpoint.path, endpoint);
    for (const endpoint of options.exports.endpoints.filter(
      ({ novelty }) => novelty === undefined || options.novelties[novelty],
    ))
      this.#routers[endpoint.method].add(endpoint.path, endpoint);
  }

  /** See `Auth`. */
  rotateSecret(secret: string): void {
    this.#auth.rotateSecret(secret);
  }

  async handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { counters, faults, latencyMs, compression } = this.#options;
    const request = this.#read(req);
    const { method, target, path } = request;
    const isToken = method === 'POST' && path === TOKEN_PATH;
    counters.received(method, path, isToken ? TOKEN_PATH : (request.match?.template ?? '(unknown)'));
    const { socket } = req;
    res.once('close', () => {
      counters.finished({ method, path: target, status: res.headersSent ? res.statusCode : 0 });
      counters.moved(socket);
    });
    const tooSoon = isToken && counters.tokenReceived();
    if (faults.switches.down) {
      breakOff(req, true);
      return;
    }
    const fault = faults.due(method, target, (kind) => fits(kind, request, isToken));
    const delay = latencyMs + (fault?.kind === 'slow' ? fault.slowMs : 0);
    if (delay > 0) await sleep(delay);
    if (fault !== undefined) counters.faulted(fault.kind);
    if (fault?.kind === 'reset') {
      breakOff(req, fault.bits % 2 === 0);
      return;
    }
    if (fault?.kind === 'endless' || fault?.kind === 'drip') {
      sendEndlessly(res, fault.kind === 'drip' ? 1000 : 0);
      return;
    }
    const body = method === 'POST' ? await readBody(req) : '';
    const given =
      (fault && faultAnswer(fault, request.requestId)) ?? this.#answer(request, fault, body, tooSoon);
    const headers = { ...given.headers, 'x-request-id': request.requestId };
    if ('chunks' in given) {
      const encoding = encodingFor(compression, req.headers, given, undefined);
      const cutAfter = fault?.kind === 'cut' ? fault.bits % CUT_WITHIN : undefined;
      await sendFile(res, { ...given, headers }, { encoding, cutAfter });
      return;
    }
    const answer = fault?.kind === 'truncated' ? truncated(given) : given;
    const encoding = encodingFor(compression, req.headers, answer, Buffer.byteLength(answer.body));
    const sendIt = fault?.kind === 'cut' ? sendCut : send;
    sendIt(res, { ...answer, headers }, encoding);
  }

  #read(req: IncomingMessage): Request {
    const target = req.url ?? '/';
    const mark = target.indexOf('?');
    const path = mark < 0 ? target : target.slice(0, mark);
    const method = req.method ?? 'GET';
    return {
      ...{ req, method, target, path },
      query: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)),
      requestId: this.#requestId(),
      match: method === 'GET' || method === 'POST' ? this.#routers[method].match(path) : undefined,
      token: this.#auth.bearer(req.headers.authorization),
    };
  }

  #requestId(): string {
    const number = ++this.#requests;
    return `${hash(this.#options.store.seed, 'request', number).toString(16).padStart(8, '0')}-${number}`;
  }

  #answer(
    request: Request,
    fault: DueFault | undefined,
    body: string,
    tooSoon: boolean,
  ): Answer | FileAnswer {
    try {
      const isToken = request.method === 'POST' && request.path === TOKEN_PATH;
      return isToken ? this.#token(request, body, tooSoon) : this.#serve(request, fault, body);
    } catch (error) {
      // Anything else is a mistake of the simulator's own, and must not look like an injected fault.
      const refusal =
        error instanceof Refusal ? error : new Refusal(501, `simulator: ${String(error)}`, 'defect');
      return errorAnswer(refusal, request.requestId);
    }
  }

  #token(request: Request, body: string, tooSoon: boolean): Answer {
    if (tooSoon) throw new Refusal(429, 'at most one token request a second');
    const type = request.req.headers['content-type'] ?? '';
    if (!type.startsWith('application/x-www-form-urlencoded'))
      throw new Refusal(400, 'the body must be application/x-www-form-urlencoded');
    return jsonAnswer(200, this.#auth.grant(new URLSearchParams(body), request.req.headers.authorization));
  }

  #serve(request: Request, fault: DueFault | undefined, body: string): Answer | FileAnswer {
    const { token, target, match, query, requestId } = request;
    const { faults, store, novelties, exports } = this.#options;
    if (fault?.kind === 'expired-token' && token !== undefined) this.#auth.revoke(token);
    if (token === undefined || fault?.kind === 'expired-token' || faults.switches.unauthorizedAlways)
      throw new Refusal(401, 'the access token is missing, expired or revoked');
    token.served++;
    const data = match !== undefined && 'does' in match.value ? match.value : undefined;
    // An export reads these headers itself, and refuses malformed ones.
    if (match !== undefined && data?.does !== 'export')
      exports.noteOverrides(`${request.method} ${match.template}`, request.req.headers);
    const refused = faults.refused(target);
    if (refused === 403) throw new Refusal(403, 'forbidden');
    if (refused === 404) throw new Refusal(404, 'not found');
    // For an unknown endpoint the API answers an empty 404, but only to clients with a token.
    if (match === undefined) return { status: 404, headers: {}, body: '' };
    const call: Call = { store, views: this.#views, novelties, params: match.params, query };
    const endpoint = match.value;
    const { headers } = request.req;
    if ('does' in endpoint) return endpoint.answer({ ...call, requestId, headers, body, fault });
    if ('get' in endpoint) return jsonAnswer(200, endpoint.get(call));
    if (endpoint.strict !== undefined && novelties[endpoint.strict] && query.size > 0)
      throw new Refusal(400, 'this endpoint takes no parameters');
    if (fault?.kind === 'shift') endpoint.shift?.(call, fault.bits % 2 === 0);
    return jsonAnswer(200, pageBody(endpoint.list(call), query, endpoint, trickOf(fault)));
  }
}

/** True if a fault makes sense for a request. */
function fits(kind: FaultKind, { token, match, query }: Request, isToken: boolean): boolean {
  const endpoint = match?.value;
  const does = endpoint !== undefined && 'does' in endpoint ? endpoint.does : undefined;
  const list = endpoint !== undefined && 'list' in endpoint ? endpoint : undefined;
  const page = list === undefined ? null : tokenOf(list, query);
  switch (kind) {
    case 'expired-token':
      return (
        !isToken &&
        token !== undefined &&
        token.served >= TOKEN_SERVED &&
        performance.now() - token.mintedAt >= TOKEN_AGE_MS
      );
    // A change in front of the first page shifts nothing for its reader, and there is no token yet to repeat.
    case 'shift':
      return list?.shift !== undefined && Boolean(page);
    case 'repeat-token':
      return list !== undefined && pages(list, query) && Boolean(page);
    case 'empty-page':
      return list !== undefined && pages(list, query) && !followsEmptyPage(list, page);
    // A reader can't tell a file that ends too soon, but properly, from a whole one.
    case 'truncated':
      return does !== 'download';
    case 'slow-job':
      return does === 'export';
    case 'early-404':
    case 'expired-query':
    case 'envelope-500':
      return does === 'download';
    default:
      return true;
  }
}

function trickOf(fault: DueFault | undefined): PageTrick | undefined {
  return fault?.kind === 'empty-page' || fault?.kind === 'repeat-token' ? fault.kind : undefined;
}
