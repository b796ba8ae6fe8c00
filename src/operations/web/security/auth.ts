/** Identifies the client: on loopback without a password nobody has to log in, otherwise everybody has. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { isLoopback } from '../../../core/network.ts';
import type { Attempts, Claim } from './attempts.ts';

/** Users of the page, and what they are. */
const USERS = { person: 'sigma-sync', viewer: 'viewer' } as const;

/**
 * `open`: nothing is asked for. `person`: came with the password, may act. `viewer`: came with that of viewers, may only
 * look. `program`: came with the token, may only read.
 * `unknown`: came with nothing. `wrong`: came with what is not right. `wait`: failed too often, and was not looked at.
 */
export type Identity =
  | { readonly kind: 'open' | 'person' | 'viewer' | 'program' | 'unknown' | 'wrong' }
  | { readonly kind: 'wait'; readonly ms: number };

/** Keyed, so that what is compared says nothing about what it was. */
const KEY = randomBytes(32);

/** Compares without telling by its time how much was right. */
function isEqual(given: string, right: string): boolean {
  const hash = (text: string): Buffer => createHmac('sha256', KEY).update(text).digest();
  return timingSafeEqual(hash(given), hash(right));
}

/** Credentials that a request may carry. */
export interface Rules extends Record<'password' | 'viewerPassword' | 'token', string | undefined> {
  /** Address that the server listens on. */
  readonly bound: string;
}

/** The client behind an Authorization header. @param now milliseconds */
export function identify(
  header: string | undefined,
  address: string,
  rules: Rules,
  attempts: Attempts,
  now: number,
): Identity {
  const { password, viewerPassword, token } = rules;
  const isLocked = [password, viewerPassword, token].some((secret) => secret !== undefined);
  if (!isLocked && isLoopback(rules.bound)) return { kind: 'open' };
  if (header === undefined) return { kind: 'unknown' };
  const ms = attempts.wait(address, now, claimOf(header));
  return ms > 0 ? { kind: 'wait', ms } : lookAt(header, address, rules, attempts, now);
}

/** The same; one that came too soon is kept waiting first, where no other one is. @param clock milliseconds */
export async function identifyInTime(
  header: string | undefined,
  address: string,
  rules: Rules,
  attempts: Attempts,
  clock: () => number,
): Promise<Identity> {
  const who = identify(header, address, rules, attempts, clock());
  if (who.kind !== 'wait' || header === undefined) return who;
  const claim = claimOf(header);
  if (!(await attempts.hold(address, who.ms, claim))) return who;
  const looked = lookAt(header, address, rules, attempts, clock());
  return looked.kind === 'wrong' ? { kind: 'wait', ms: attempts.wait(address, clock(), claim) } : looked;
}

function lookAt(header: string, address: string, rules: Rules, attempts: Attempts, now: number): Identity {
  const kind = check(header, rules);
  if (kind === 'wrong') attempts.failed(address, now, claimOf(header));
  else attempts.succeeded(address, claimOf(header));
  return { kind };
}

/** The part of it that is no secret: which user of the page it is, a token, or neither. */
function claimOf(header: string): Claim {
  const { scheme, value } = partsOf(header);
  if (scheme === 'bearer') return 'program';
  if (scheme !== 'basic') return 'nobody';
  const given = decoded(value);
  const isOf = (user: string): boolean => given.startsWith(`${user}:`);
  return isOf(USERS.person) ? 'person' : isOf(USERS.viewer) ? 'viewer' : 'nobody';
}

function partsOf(header: string): { readonly scheme: string; readonly value: string } {
  const [, scheme = '', value = ''] = /^(basic|bearer) +(\S{1,4000}) *$/i.exec(header) ?? [];
  return { scheme: scheme.toLowerCase(), value };
}

function decoded(value: string): string {
  return Buffer.from(value, 'base64').toString('utf8');
}

function check(
  header: string,
  { password, viewerPassword, token }: Rules,
): 'person' | 'viewer' | 'program' | 'wrong' {
  const { scheme, value } = partsOf(header);
  if (scheme === 'bearer') return token !== undefined && isEqual(value, token) ? 'program' : 'wrong';
  if (scheme !== 'basic') return 'wrong';
  const given = decoded(value);
  if (password !== undefined && isEqual(given, `${USERS.person}:${password}`)) return 'person';
  return viewerPassword !== undefined && isEqual(given, `${USERS.viewer}:${viewerPassword}`)
    ? 'viewer'
    : 'wrong';
}
