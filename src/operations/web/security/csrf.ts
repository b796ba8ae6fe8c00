/** A form counts only if it was sent from our own page: by the browser's word and by a token that only we can make. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { parseHost } from './hosts.ts';

/** A browser's statement on where a form came from. */
export interface FormOrigin {
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
  /** Host header of the request. */
  readonly host: string | undefined;
  /** Setting `service.public_url`: behind a proxy the Host header may be another. */
  readonly publicUrl: string | undefined;
}

/**
 * True where the browser says that our own page sent it. Everything it says must agree, and it must say something: a
 * browser that says nothing is too old to be trusted with this.
 */
export function isSameOrigin({ origin, fetchSite, host, publicUrl }: FormOrigin): boolean {
  if (origin === undefined && fetchSite === undefined) return false;
  if (fetchSite !== undefined && fetchSite !== 'same-origin') return false;
  if (origin === undefined) return true;
  const from = /^https?:\/\//.test(origin) ? URL.parse(origin) : null;
  if (from === null || from.origin !== origin) return false;
  if (publicUrl !== undefined && URL.parse(publicUrl)?.origin === origin) return true;
  const [ours, theirs] = [parseHost(host), parseHost(from.host)];
  // Behind a proxy that ends TLS we don't know the scheme, and neither the port it implies.
  const port = (one: string): string => (one === '80' || one === '443' ? '' : one);
  return (
    ours !== undefined &&
    theirs !== undefined &&
    ours.name === theirs.name &&
    port(ours.port) === port(theirs.port)
  );
}

export type FormTokens = ReturnType<typeof formTokens>;

/**
 * Tokens that are good as long as this process lives, each for one action only.
 *
 * @param organization one of several that share the secret: its tokens are none of another.
 */
export function formTokens(secret: Buffer = randomBytes(32), organization = '') {
  const of = (action: string, subject: string): string =>
    createHmac('sha256', secret)
      .update(JSON.stringify([action, subject, organization]))
      .digest('base64url');
  return {
    /** Token of one action on one object. */
    of,
    check(token: string, action: string, subject: string): boolean {
      const [given, right] = [Buffer.from(token), Buffer.from(of(action, subject))];
      return given.length === right.length && timingSafeEqual(given, right);
    },
  };
}
