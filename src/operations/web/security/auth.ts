/** Who asks: nobody needs to say so on loopback without a password, everybody does else. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Attempts } from './attempts.ts';
import { isLoopback } from '../../../core/network.ts';

export const USER = 'sigma-sync';

/**
 * `open`: nothing is asked for. `person`: came with the password. `program`: came with the token, may only read.
 * `unknown`: came with nothing. `wrong`: came with what is not right. `wait`: failed too often, and was not looked at.
 */
export type Identity =
  | { readonly kind: 'open' | 'person' | 'program' | 'unknown' | 'wrong' }
  | { readonly kind: 'wait'; readonly ms: number };

/** Keyed, so that what is compared says nothing about what it was. */
const KEY = randomBytes(32);

/** Compares without telling by its time how much was right. */
function isEqual(given: string, right: string): boolean {
  const hash = (text: string): Buffer => createHmac('sha256', KEY).update(text).digest();
  return timingSafeEqual(hash(given), hash(right));
}

/** Who sent a request with this Authorization header. @param now milliseconds */
export function identify(
  header: string | undefined,
  address: string,
  { bound, password, token }: Record<'password' | 'token', string | undefined> & { readonly bound: string },
  attempts: Attempts,
  now: number,
): Identity {
  if (password === undefined && token === undefined && isLoopback(bound)) return { kind: 'open' };
  if (header === undefined) return { kind: 'unknown' };
  const ms = attempts.wait(address, now);
  if (ms > 0) return { kind: 'wait', ms };
  const kind = check(header, password, token);
  if (kind === 'wrong') attempts.failed(address, now);
  else attempts.succeeded(address);
  return { kind };
}

function check(
  header: string,
  password: string | undefined,
  token: string | undefined,
): 'person' | 'program' | 'wrong' {
  const [, scheme = '', value = ''] = /^(basic|bearer) +(\S{1,4000}) *$/i.exec(header) ?? [];
  if (scheme.toLowerCase() === 'bearer')
    return token !== undefined && isEqual(value, token) ? 'program' : 'wrong';
  if (scheme.toLowerCase() !== 'basic' || password === undefined) return 'wrong';
  const given = Buffer.from(value, 'base64').toString('utf8');
  return isEqual(given, `${USER}:${password}`) ? 'person' : 'wrong';
}
