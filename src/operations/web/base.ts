/**
 * The base of a site's addresses. Pages write addresses from the root of their site: `/runs`. A site that stands under
 * another path, such as `/o/acme`, puts that in front of all of them as its answers leave, so that no link can forget it.
 */
import type { MiddlewareHandler } from 'hono';
import type { Env } from './guard.ts';

/**
 * Attributes with an address of the site. Text in pages is escaped, and its quotes with it, so only our own markup has
 * such an attribute. A link that leads out of the site has `data-out` in front of its address.
 */
const ADDRESSES = /(?<!\bdata-out)( (?:href|src|action|data-live-path)=")\/(?!\/)/g;

/** An address as a visitor asks for it. @param path begins with a slash */
export const addressUnder = (base: string, path: string): string => `${base}${path}`;

/** A page, or a part of one, with the addresses that visitors ask for. */
export const pageUnder = (base: string, markup: string): string =>
  base === '' ? markup : markup.replace(ADDRESSES, `$1${base}/`);

/** Puts the base in front of the addresses of every page, of parts of pages, and of redirects. */
export function standsUnder(base: string): MiddlewareHandler<Env> {
  return async (c, next) => {
    await next();
    if (base === '') return;
    const location = c.res.headers.get('location');
    if (location !== null) c.res.headers.set('location', addressUnder(base, location));
    if (c.res.headers.get('content-type')?.startsWith('text/html') !== true) return;
    c.res = new Response(pageUnder(base, await c.res.text()), c.res);
  };
}
