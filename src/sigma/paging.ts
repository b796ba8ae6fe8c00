/**
 * Reads a listing to its end, whichever of the four shapes it has: `nextPage`, `nextPageToken`, a bare array, or a
 * single object. The declared shape decides what is sent; what is read is decided by the answer, because a client
 * that looks for the wrong one silently stops after the first page.
 */
import { createHash } from 'node:crypto';
import {
  ApiError,
  causedBy,
  type ErrorContext,
  LimitError,
  NetworkError,
  PagingError,
} from '../core/errors.ts';
import type { EventBus } from '../core/events/bus.ts';
import { count } from '../core/words.ts';
import { OversizeError } from './body.ts';
import type { RequestOptions, SigmaClient } from './client.ts';
import { TransportError } from './http.ts';
import type { ApiAnswer } from './outcome.ts';
import { isAddress } from './segment.ts';
import { means } from './status.ts';

/**
 * The paging of a listing: `page`/`limit` → `nextPage`, `pageToken`/`pageSize` → `nextPageToken`, nothing → a bare
 * array, nothing → a single object. [spec] `any` if no source tells: nothing is sent, and the answer decides the next
 * request.
 */
export type PagingShape = 'page' | 'pageToken' | 'array' | 'object' | 'any';

/** A listing to read. */
export interface ListingRequest {
  readonly path: string;
  readonly paging: PagingShape;
  readonly query: Readonly<Record<string, string>>;
  readonly stream: string;
  readonly partition: string;
  readonly signal?: AbortSignal | undefined;
  /** Page size where it is not the usual one. */
  readonly limit?: number;
  /** Takes the entries out of a single object. */
  readonly entries?: (body: Readonly<Record<string, unknown>>) => readonly unknown[];
  readonly patience?: RequestOptions['patience'];
}

/** Settings for reading listings. */
export interface ListingOptions {
  /** Entries per page. */
  readonly pageSize: number;
  /** Most pages of one listing; default 20,000. */
  readonly maxPages?: number | undefined;
  readonly events: EventBus;
}

/** One page of it. */
export interface ListingPage {
  readonly entries: readonly unknown[];
  readonly requestId: string | undefined;
}

/** Facts known at the end of a listing. */
export interface ListingSummary {
  readonly pages: number;
  /** False where `total` contradicts the entries read, or a page token came twice. */
  readonly consistent: boolean;
}

/** A page token may come again while a listing shifts; more often than this it is a loop. */
const MOST_REPEATS = 3;
const MOST_EMPTY_PAGES = 50;
/**
 * Pages of hidden entries all look the same. If more equal pages than this follow each other, the listing goes in
 * circles.
 */
const MOST_EQUAL_PAGES = 50;
const MOST_PAGES = 20_000;
const SMALLEST_LIMIT = 50;
/** No server takes an address with a longer one. */
const LONGEST_TOKEN = 8000;

/**
 * Yields page after page. Tokens are followed, never computed. A page the API can't produce in time is asked for
 * again with fewer entries.
 *
 * @throws PagingError where the listing loops or has no known shape; what `client.get` throws.
 */
export async function* readListing(
  client: SigmaClient,
  request: ListingRequest,
  options: ListingOptions,
): AsyncGenerator<ListingPage, ListingSummary> {
  const where: ErrorContext = { stream: request.stream, partition: request.partition, path: request.path };
  const { maxPages = MOST_PAGES } = options;
  const seen = new Set<string>();
  const signs = new Map<string, number>();
  let limit = request.limit ?? options.pageSize;
  let pages = 0;
  let read = 0;
  let repeats = 0;
  let empty = 0;
  let consistent = true;

  async function fetchPage(token: Token | undefined): Promise<ApiAnswer> {
    const { stream, partition, signal, patience } = request;
    // A token that is an address is followed as one; the client refuses any origin but its own.
    if (token !== undefined && isAddress(token.text))
      return client.get(token.text, { holds: true, stream, partition, signal, patience });
    for (;;) {
      const asked = limit;
      try {
        const query = queryFor(request, token, asked);
        return await client.get(request.path, { query, holds: true, stream, partition, signal, patience });
      } catch (error) {
        if (!isTooLarge(error) || asked <= SMALLEST_LIMIT || !isPaged(request)) throw error;
        limit = Math.max(SMALLEST_LIMIT, Math.floor(asked / 4));
        const reason = error instanceof Error ? error.message : String(error);
        const [from, to] = [`${asked} entries a page`, `${limit} entries a page`];
        options.events.emit('api.degraded', { stream, from, to, reason });
      }
    }
  }

  let pending: Promise<ApiAnswer> | undefined = fetchPage(undefined);
  let held: ApiAnswer | undefined;
  try {
    for (;;) {
      const answer: ApiAnswer = await pending;
      [held, pending] = [answer, undefined];
      const page = parsePage(answer, request, where);
      const { next, entries } = page;
      pages++;
      read += entries.length;
      if (next === undefined) {
        if (page.total !== undefined && page.total !== read) consistent = false;
        yield { entries, requestId: answer.requestId };
        return { pages, consistent };
      }
      empty = entries.length === 0 ? empty + 1 : 0;
      if (empty > MOST_EMPTY_PAGES) throw loop(`${empty} empty pages in a row`, where);
      if (pages >= maxPages) throw tooMany(maxPages, where);
      if (entries.length > 0) {
        const sign = signOf(entries);
        const equal = (signs.get(sign) ?? 0) + 1;
        if (equal > MOST_EQUAL_PAGES) throw loop(`${equal} pages with the same entries`, where);
        signs.set(sign, equal);
      }
      if (seen.has(next.text)) {
        consistent = false;
        if (++repeats > MOST_REPEATS) throw loop('the same page token again and again', where);
      }
      if (next.text.length > LONGEST_TOKEN) throw loop('a page token beyond all length', where);
      seen.add(next.text);
      // The next page is on its way while this one is loaded, unless this one is large; its failure is met when it is its turn.
      if (answer.release === undefined) pending = fetchPage(next);
      pending?.catch(() => undefined);
      yield { entries, requestId: answer.requestId };
      answer.release?.();
      held = undefined;
      pending ??= fetchPage(next);
    }
  } finally {
    held?.release?.();
    pending?.then(
      (answer) => answer.release?.(),
      () => undefined,
    );
  }
}

/** By what a page is known: its size, and its first and last entry. */
function signOf(entries: readonly unknown[]): string {
  const text = (entry: unknown): string => {
    try {
      return JSON.stringify(entry) ?? '';
    } catch {
      // Nested more deeply than the stack is.
      return '?';
    }
  };
  const sign = `${entries.length} ${text(entries[0])} ${text(entries.at(-1))}`;
  return createHash('sha256').update(sign).digest('base64');
}

function isPaged({ paging }: ListingRequest): boolean {
  return paging === 'page' || paging === 'pageToken';
}

function queryFor(request: ListingRequest, token: Token | undefined, limit: number): Record<string, string> {
  if (request.paging === 'any' && token !== undefined)
    return { ...request.query, [token.of === 'nextPage' ? 'page' : 'pageToken']: decodeToken(token.text) };
  if (!isPaged(request)) return { ...request.query };
  const [size, next] = request.paging === 'page' ? ['limit', 'page'] : ['pageSize', 'pageToken'];
  return {
    ...request.query,
    [size]: String(limit),
    ...(token === undefined ? {} : { [next]: decodeToken(token.text) }),
  };
}

/**
 * One vendor recipe takes `nextPage` for encoded already and appends it as it is, another encodes it: it is decoded
 * once where it holds escapes, and encoded again with the rest of the query.
 */
export function decodeToken(token: string): string {
  if (!/%[0-9a-f]{2}/i.test(token)) return token;
  try {
    return decodeURIComponent(token);
  } catch {
    return token;
  }
}

/** The way to the next page. */
interface Token {
  readonly text: string;
  /** The field that it came in. */
  readonly of: 'nextPage' | 'nextPageToken';
}

interface Page {
  readonly entries: readonly unknown[];
  readonly next: Token | undefined;
  readonly total: number | undefined;
}

function parsePage({ body, requestId }: ApiAnswer, request: ListingRequest, where: ErrorContext): Page {
  if (Array.isArray(body)) return { entries: body, next: undefined, total: undefined };
  if (typeof body !== 'object' || body === null) throw unknownShape(where, requestId);
  const fields = body as Readonly<Record<string, unknown>>;
  if (request.paging === 'object')
    return { entries: request.entries?.(fields) ?? [body], next: undefined, total: undefined };
  if (!Array.isArray(fields['entries'])) throw unknownShape(where, requestId);
  const next = (['nextPage', 'nextPageToken'] as const).flatMap((of) => {
    const text = toToken(fields[of]);
    return text === undefined ? [] : [{ text, of }];
  })[0];
  // Deprecated, but a contradiction all the same: more to come, and no way to it.
  if (next === undefined && fields['hasMore'] === true) throw endless(where, requestId);
  const total = fields['total'];
  return { entries: fields['entries'], next, total: typeof total === 'number' ? total : undefined };
}

/** A string by the specification; a number is taken too, and an empty token means the end. */
function toToken(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The signs of a page that is too large: no answer in time, a gateway that gave up on it, or a refusal that says so. */
function isTooLarge(error: unknown): boolean {
  if (causedBy(error, OversizeError)) return true;
  if (error instanceof NetworkError)
    return error.cause instanceof TransportError && error.cause.failure === 'timeout';
  if (!(error instanceof ApiError)) return false;
  const { status } = error.context;
  const namesLimit = /\b(limit|page.?size)\b/i.test(error.message);
  return means(status, 'too large') || (namesLimit && means(status, 'perhaps too large'));
}

function loop(what: string, context: ErrorContext): PagingError {
  return new PagingError(`The listing does not end: ${what}.`, {
    context,
    advice: 'None of it was loaded; the next run tries again.',
  });
}

function tooMany(pages: number, context: ErrorContext): LimitError {
  return new LimitError(`The listing continues after ${count(pages)} pages.`, {
    context,
    advice: 'None of it was loaded. Raise sigma.max_pages if the listing is that long.',
  });
}

function endless(context: ErrorContext, requestId: string | undefined): PagingError {
  return new PagingError('The listing says that there is more, but gives no next page.', {
    context: { ...context, requestId },
    advice: 'None of it was loaded; the next run tries again.',
  });
}

function unknownShape(context: ErrorContext, requestId: string | undefined): PagingError {
  return new PagingError('The answer is neither a list of entries nor an array.', {
    context: { ...context, requestId },
    advice: 'None of it was loaded; the next run tries again.',
  });
}
