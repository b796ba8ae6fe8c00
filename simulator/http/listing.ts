/**
 * One page of a listing. Pages are cut live, so a change between two pages shifts the rest, as it does at Sigma,
 * whose listings document no order.
 */
import type { Entry } from '../store/entry.ts';
import type { Sliceable } from '../store/ordered.ts';
import { Refusal } from './answer.ts';

/** The specification: "a maximum of 1,000 per request"; 50 by default. */
const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1000;

/**
 * The form of `nextPage`. The specification promises a string only: "50" is seen after the first 50, and one vendor
 * recipe treats the token as already URL-encoded. `escaped` must be decoded before it is encoded again.
 */
export type TokenStyle = 'offset' | 'opaque' | 'escaped';

/** Items that are rendered only when their page is read. */
export interface Listing {
  readonly length: number;
  entries(start: number, end: number): Entry[];
}

export function listing<T>(items: Sliceable<T>, render: (item: T) => Entry): Listing {
  return { length: items.length, entries: (start, end) => items.slice(start, end).map(render) };
}

/** A listing of entries that are there already. */
export function entriesListing(entries: readonly Entry[]): Listing {
  return { length: entries.length, entries: (start, end) => entries.slice(start, end) };
}

/** The paging of an endpoint. */
export interface Paging {
  readonly tokens: TokenStyle;
  /**
   * `page` and `limit` lead to `nextPage` (the default), `pageToken` and `pageSize` to `nextPageToken`, and an array
   * has no pages.
   */
  readonly shape?: 'page' | 'pageToken' | 'array';
  /** Largest page. Default 1,000. */
  readonly most?: number;
  /**
   * Answer to a request with neither `page` nor `limit`: all entries, as an array, or as an object without
   * `nextPage`.
   */
  readonly bare?: 'array' | 'entries';
  /** A number in the place of a token counts pages, from 1; an escaped token may come escaped once more. */
  readonly numbers?: boolean;
  /** Also `total` (default true) and the deprecated `hasMore` (default false). */
  readonly total?: boolean;
  readonly hasMore?: boolean;
}

/** Misbehaviour seen in the field: an empty page that goes on, the same token twice. */
export type PageTrick = 'empty-page' | 'repeat-token';

/** The body of one page, by the parameters of the query. */
export function pageBody(all: Listing, query: URLSearchParams, paging: Paging, trick?: PageTrick): unknown {
  const limit = limitOf(query, paging);
  if (!pages(paging, query)) {
    const entries = all.entries(0, all.length);
    return paging.bare === 'entries' ? { entries } : entries;
  }
  const token = tokenOf(paging, query);
  const digits = token === null || token === '' ? '' : readToken(paging, token, limit);
  const start = Number(digits);
  const end = start + limit;
  const more = end < all.length;
  const answer = (entries: Entry[], next: string | null): unknown =>
    paging.shape === 'pageToken'
      ? { entries, ...(next !== null && { nextPageToken: next }) }
      : { entries, nextPage: next, ...counts(paging, all.length, more) };
  // A leading zero makes another token of the same place, so that a client sees no repetition.
  if (trick === 'empty-page') return answer([], writeToken(paging.tokens, `0${digits}`));
  const next = more ? writeToken(paging.tokens, String(end)) : null;
  const repeated = trick === 'repeat-token' ? writeToken(paging.tokens, digits) : next;
  return answer(all.entries(start, end), repeated);
}

function counts(paging: Paging, total: number, hasMore: boolean): Entry {
  return { ...(paging.total !== false && { total }), ...(paging.hasMore === true && { hasMore }) };
}

/** False where all of it is answered at once. */
export function pages(paging: Paging, query: URLSearchParams): boolean {
  if (paging.shape === 'array') return false;
  return paging.bare === undefined || query.has('page') || query.has('limit');
}

/** The token a page is asked for with; null or empty for the first one. */
export function tokenOf({ shape }: Paging, query: URLSearchParams): string | null {
  return query.get(shape === 'pageToken' ? 'pageToken' : 'page');
}

/** True where an empty page was given for this place already: another one would make the listing endless. */
export function followsEmptyPage({ tokens }: Paging, page: string | null): boolean {
  return page !== null && digitsOf(tokens, page)?.startsWith('0') === true;
}

function limitOf(query: URLSearchParams, { shape, most = MAX_LIMIT }: Paging): number {
  const name = shape === 'pageToken' ? 'pageSize' : 'limit';
  const text = query.get(name);
  if (text === null) return DEFAULT_LIMIT;
  const limit = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > most) throw new Refusal(400, `${name} must be a whole number from 1 to ${most}`);
  return limit;
}

function writeToken(style: TokenStyle, digits: string): string {
  if (style === 'offset') return digits;
  if (style === 'opaque') return Buffer.from(JSON.stringify({ o: digits })).toString('base64url');
  return encodeURIComponent(`o+/${digits}==`);
}

function readToken({ tokens, shape = 'page', numbers }: Paging, token: string, limit: number): string {
  // Airbyte counts pages 1, 2, 3, and tap-sigma begins with 1: both are used with organizations. [Airbyte] [TAP]
  if (numbers === true && /^\d{1,9}$/.test(token)) return String(Math.max(0, Number(token) - 1) * limit);
  // One client sends the token as it came, another decodes it first: both were run against organizations. [SDK]
  const again = numbers === true && tokens === 'escaped' ? decoded(token) : token;
  const digits = digitsOf(tokens, token) ?? digitsOf(tokens, again);
  if (digits === undefined) throw new Refusal(400, `${shape} is not a token of this listing`);
  return digits;
}

function digitsOf(style: TokenStyle, token: string): string | undefined {
  const text = style === 'opaque' ? Buffer.from(token, 'base64url').toString() : token;
  return TOKEN[style].exec(text)?.[1];
}

function decoded(token: string): string {
  try {
    return decodeURIComponent(token);
  } catch {
    return token;
  }
}

const TOKEN: Readonly<Record<TokenStyle, RegExp>> = {
  offset: /^(\d{1,15})$/,
  opaque: /^\{"o":"(\d{1,15})"\}$/,
  escaped: /^o\+\/(\d{1,15})==$/,
};
