/**
 * One page of a listing. Pages are cut live, so a change between two pages shifts the rest, as it does at Sigma,
 * whose listings document no order.
 */
import { Refusal } from './answer.ts';
import type { Entry } from './entities.ts';
import type { Sliceable } from './ordered.ts';

/** The specification: "a maximum of 1,000 per request"; 50 by default. */
const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1000;

/**
 * What `nextPage` looks like. The specification promises a string only: "50" is seen after the first 50, one
 * vendor recipe treats the token as already URL-encoded. `escaped` must be decoded before it is encoded again.
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

/** How an endpoint pages. */
export interface Paging {
  readonly tokens: TokenStyle;
  /** A bare array where neither `page` nor `limit` is sent. */
  readonly bare?: boolean;
  /** Also `total` (default true) and the deprecated `hasMore` (default false). */
  readonly total?: boolean;
  readonly hasMore?: boolean;
}

/** Misbehaviour seen in the field: an empty page that goes on, the same token twice. */
export type PageTrick = 'empty-page' | 'repeat-token';

/** The body of one page, by the `page` and `limit` of the query. */
export function pageBody(all: Listing, query: URLSearchParams, paging: Paging, trick?: PageTrick): unknown {
  const page = query.get('page');
  const limit = limitOf(query.get('limit'));
  if (!pages(paging, query)) return all.entries(0, all.length);
  const digits = page === null || page === '' ? '' : readToken(paging.tokens, page);
  const start = Number(digits);
  const end = start + limit;
  const more = end < all.length;
  const counts = {
    ...(paging.total !== false && { total: all.length }),
    ...(paging.hasMore === true && { hasMore: more }),
  };
  // A leading zero makes another token of the same place, so that a client sees no repetition.
  if (trick === 'empty-page')
    return { entries: [], nextPage: writeToken(paging.tokens, `0${digits}`), ...counts };
  const nextPage = more ? writeToken(paging.tokens, String(end)) : null;
  const repeated = trick === 'repeat-token' ? writeToken(paging.tokens, digits) : nextPage;
  return { entries: all.entries(start, end), nextPage: repeated, ...counts };
}

/** False where a bare array is answered. */
export function pages(paging: Paging, query: URLSearchParams): boolean {
  return paging.bare !== true || query.has('page') || query.has('limit');
}

/** True where an empty page was given for this place already: another one would make the listing endless. */
export function followsEmptyPage({ tokens }: Paging, page: string | null): boolean {
  return page !== null && digitsOf(tokens, page)?.startsWith('0') === true;
}

function limitOf(text: string | null): number {
  if (text === null) return DEFAULT_LIMIT;
  const limit = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > MAX_LIMIT)
    throw new Refusal(400, `limit must be a whole number from 1 to ${MAX_LIMIT}`);
  return limit;
}

function writeToken(style: TokenStyle, digits: string): string {
  if (style === 'offset') return digits;
  if (style === 'opaque') return Buffer.from(JSON.stringify({ o: digits })).toString('base64url');
  return encodeURIComponent(`o+/${digits}==`);
}

function readToken(style: TokenStyle, token: string): string {
  const digits = digitsOf(style, token);
  if (digits === undefined) throw new Refusal(400, 'page is not a token of this listing');
  return digits;
}

function digitsOf(style: TokenStyle, token: string): string | undefined {
  const text = style === 'opaque' ? Buffer.from(token, 'base64url').toString() : token;
  return TOKEN[style].exec(text)?.[1];
}

const TOKEN: Readonly<Record<TokenStyle, RegExp>> = {
  offset: /^(\d{1,15})$/,
  opaque: /^\{"o":"(\d{1,15})"\}$/,
  escaped: /^o\+\/(\d{1,15})==$/,
};
