/** Decides on every request before its page. Policies are in `security/`; here they meet the request. */
import { hostname } from 'node:os';
import type { HttpBindings } from '@hono/node-server';
import type { Context, MiddlewareHandler } from 'hono';
import { Attempts } from './security/attempts.ts';
import { type Identity, identify, identifyInTime } from './security/auth.ts';
import { isSameOrigin } from './security/csrf.ts';
import { isOurHost } from './security/hosts.ts';
import type { ServiceControl } from './service-control.ts';

/** Hono's context of a request. */
export interface Env {
  Bindings: HttpBindings & {
    /** The visitor, where the guard of a page over many organizations let them through to one of these. */
    visitor?: Visitor;
  };
  Variables: Visitor & {
    /** Pattern of the path, for the log and metrics: there are few of them, whatever is asked for. */
    route: string;
    /** The site of an organization answers, and tells of it. */
    isPassedOn: boolean;
  };
}

/** The rights of a visitor. */
export interface Visitor {
  /** May see why something is not ready. */
  isTrusted: boolean;
  /** Why this visitor may only look; undefined where they may act. */
  whyNot: string | undefined;
}

/** Answer for everybody, so without a word about the inside. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

/** Those who may look at everything. */
const KNOWN: ReadonlySet<Identity['kind']> = new Set(['open', 'person', 'viewer', 'program']);

const UNKNOWN = 'Sign in with a password or token from the settings (service.password, service.token).';

const PLAIN = { 'content-type': 'text/plain; charset=utf-8' };

/** @param bound address that the server listens on; what the settings say later changes nothing about that. */
export function guard(control: ServiceControl, bound: string): MiddlewareHandler<Env> {
  const attempts = new Attempts();
  return async (c, next) => {
    const { password, viewerPassword, token, publicUrl, readOnly } = control.app.config.service;
    const header = c.req.header('authorization');
    const address = c.env.incoming.socket.remoteAddress ?? '';
    // The system's clock may jump; what is waited for must not.
    const isOpen = OPEN_PATHS.has(c.req.path) && c.req.method !== 'POST';
    const now = (): number => performance.now();
    const rules = { bound, password, viewerPassword, token };
    // A probe must not wait for what somebody else does.
    const who = isOpen
      ? identify(header, address, rules, attempts, now())
      : await identifyInTime(header, address, rules, attempts, now);
    const isKnown = KNOWN.has(who.kind);
    // A client with the token is no browser that was led astray.
    const isOurs =
      who.kind === 'program' || isOurHost(c.req.header('host'), { bound, machine: hostname(), publicUrl });
    c.set('isTrusted', isKnown && isOurs);
    c.set('whyNot', isKnown ? whyNot(who, readOnly) : UNKNOWN);
    if (isOpen) return next();
    if (!isOurs)
      return c.text(
        'This page does not answer to this host. Set service.public_url to the address that people use.\n',
        421,
        PLAIN,
      );
    if (!isKnown) return unknown(c, who, (password ?? viewerPassword) !== undefined, token !== undefined);
    if (c.req.method === 'POST') {
      const reason = c.get('whyNot') ?? postRefusal(c, publicUrl);
      if (reason !== undefined) return c.text(`${reason}\n`, 403, PLAIN);
    }
    return next();
  };
}

function unknown(c: Context<Env>, who: Identity, hasPassword: boolean, hasToken: boolean): Response {
  if (who.kind === 'wait') {
    const seconds = String(Math.max(1, Math.ceil(who.ms / 1000)));
    return c.text('Too many wrong passwords from this address. Try again later.\n', 429, {
      ...PLAIN,
      'retry-after': seconds,
    });
  }
  if (hasPassword) c.header('www-authenticate', 'Basic realm="sigma-sync", charset="UTF-8"');
  if (hasToken) c.header('www-authenticate', 'Bearer realm="sigma-sync"', { append: true });
  return c.text(`${UNKNOWN}\n`, 401, PLAIN);
}

/** Why somebody who may look may not act. */
function whyNot(who: Identity, readOnly: boolean): string | undefined {
  if (who.kind === 'program') return 'The token is read-only. It can’t run or cancel anything.';
  if (readOnly) return 'This page is read-only (service.read_only in the settings).';
  if (who.kind !== 'viewer') return undefined;
  return 'You are signed in as viewer, which is read-only. Sign in as sigma-sync to act.';
}

/** Why a form is not taken for one of our own; undefined where it is. */
function postRefusal(c: Context<Env>, publicUrl: string | undefined): string | undefined {
  const [origin, fetchSite, host] = ['origin', 'sec-fetch-site', 'host'].map((name) => c.req.header(name));
  if (isSameOrigin({ origin, fetchSite, host, publicUrl })) return undefined;
  return 'This request did not come from the page itself. Behind a proxy, set service.public_url.';
}
