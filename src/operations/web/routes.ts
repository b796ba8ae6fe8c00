/** Routes of the page. */
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { compress } from 'hono/compress';
import { describeError } from '../../core/errors.ts';
import { version } from '../../core/version.ts';
import type { Metrics } from '../metrics/open-metrics.ts';
import { act } from './act.ts';
import { addressUnder, standsUnder } from './base.ts';
import { type Env, guard, type Visitor } from './guard.ts';
import { fileAnswer, noFileStatus } from './lists/download.ts';
import { baseOf, type OrganizationSites } from './organizations.ts';
import { broken, notAllowed, notFound } from './pages/error-pages.ts';
import { liveFragment } from './pages/overview/overview-page.ts';
import { liveTasks } from './pages/task-progress.ts';
import { suggestions } from './search/search-page.ts';
import { pageHeaders } from './security/headers.ts';
import type { Site, Visit } from './site.ts';
import { ONE, type SiteMap } from './site-map.ts';
import { ACTIONS, type ActionName } from './task.ts';
import { ASSETS } from './view/assets.ts';
import { layout, type Page, problemNotice } from './view/layout.ts';

/** An address of the process beside its pages, such as `/metrics`. Its answer is not kept. */
export type Extra = (visitor: Readonly<Visitor>) => Promise<ExtraAnswer> | ExtraAnswer;

/** See {@link Extra}. */
export interface ExtraAnswer {
  /** Default 200. */
  readonly status?: number;
  readonly contentType: string;
  readonly body: string;
}

/** Dependencies of the routes of a process, beside its site. */
export interface RouteOptions {
  readonly site: Site;
  /** Default: the pages of one organization. */
  readonly map?: SiteMap | undefined;
  /** The sites of organizations, if the site is one over many. */
  readonly sites?: OrganizationSites | undefined;
  /** Address that the server listens on. */
  readonly bound: string;
  /** The text of `/metrics`. */
  readonly metrics: Metrics['expose'] | undefined;
  /** Further addresses; they replace those of the same path. */
  readonly extra?: Readonly<Record<string, Extra>> | undefined;
  isClosing(): boolean;
}

const MOST_BODY_BYTES = 8 * 1024;
/** A readiness that was asked for so shortly ago is not asked again. */
const READY_MS = 1000;

/** Everything that a process answers. */
export function routes(options: RouteOptions): Hono<Env> {
  const { site, map, sites, bound } = options;
  const app = new Hono<Env>();
  app.use(kept());
  app.use(told(site));
  // Pages with a token of a form say that they are not to be transformed: how well they compress would tell of it.
  app.use(compress());
  app.use(pageHeaders());
  app.use(guard(site.control, bound));
  if (sites !== undefined) passOn(app, site, sites);
  const own = map === undefined ? addressesOfOne(site) : addressesOf(site, map);
  return withAddresses(app, site, { ...own, ...addressesOfProcess(options) });
}

/** The site of one of many organizations: those who ask it for something passed the guard of the site over all. */
export function routesOfOne(site: Site): Hono<Env> {
  const app = new Hono<Env>();
  app.use(told(site));
  app.use(async (c, next) => {
    const { isTrusted, whyNot } = c.env.visitor ?? STRANGER;
    c.set('isTrusted', isTrusted);
    c.set('whyNot', whyNot);
    await next();
  });
  return withAddresses(app, site, addressesOfOne(site));
}

const STRANGER: Visitor = { isTrusted: false, whyNot: 'Nobody let this visitor in.' };

/** Has the sites of organizations answer below their bases. */
function passOn(app: Hono<Env>, site: Site, sites: OrganizationSites): void {
  const pattern = baseOf(':organization');
  app.get(pattern, (c) => c.redirect(`${c.req.path}/`, 302));
  app.all(`${pattern}/*`, async (c) => {
    const found = await sites.visit(c.req.param('organization') ?? '');
    if (typeof found === 'string') return show(c, site, notFound(site.control.app.redact(found)));
    c.set('isPassedOn', true);
    const visitor = { isTrusted: c.get('isTrusted'), whyNot: c.get('whyNot') };
    return found.fetch(c.req.raw, { ...c.env, visitor });
  });
}

/** Adds the addresses of a site. */
function withAddresses(app: Hono<Env>, site: Site, all: Addresses): Hono<Env> {
  const { base } = site;
  app.use(standsUnder(base));
  app.use(
    addressUnder(base, '/actions/*'),
    bodyLimit({ maxSize: MOST_BODY_BYTES, onError: (c) => c.text('Too large.\n', 413) }),
  );
  for (const [path, handlers] of Object.entries(all)) {
    app.all(addressUnder(base, path), (c) => {
      c.set('route', path);
      return answered(c, site, handlers);
    });
  }
  app.notFound((c) => show(c, site, notFound()));
  app.onError((error, c) => show(c, site, broken(site.control.app.redact(describeError(error)))));
  return app;
}

type Handler = (c: Context<Env>) => Response | Promise<Response>;

/** The answers of an address, by the methods it takes. */
type Handlers = Partial<Record<'GET' | 'POST', Handler>>;

type Addresses = Readonly<Record<string, Handlers>>;

/** Pages, downloads and assets. */
function addressesOf(site: Site, map: SiteMap): Addresses {
  const pages = Object.entries(map.pages).map(([path, page]): [string, Handlers] => [
    path,
    { GET: async (c) => show(c, site, await page(visitOf(c, site))) },
  ]);
  const files = Object.entries(map.downloads).map(([path, download]): [string, Handlers] => [
    path,
    {
      GET: async (c) => {
        const found = await download(visitOf(c, site));
        if (!('problem' in found)) return fileAnswer(found, site.now());
        const { problem } = found;
        if (problem === 'none') return show(c, site, notFound('There is no data to download yet.'));
        const page = { title: 'Nothing to download', place: '', body: problemNotice(site, problem) };
        return show(c, site, { ...page, status: noFileStatus(found) });
      },
    },
  ]);
  const assets = [...ASSETS].map(([path, { type, body, version: its }]): [string, Handlers] => [
    path,
    {
      GET: (c) => {
        // The answer never changes under its address, so it may be kept.
        if (c.req.query('v') === its) c.header('cache-control', LASTING);
        return typed(c, type, body);
      },
    },
  ]);
  return {
    // Before pages: `/workbooks/stale.csv` is no workbook.
    ...Object.fromEntries(files),
    ...Object.fromEntries(pages),
    ...Object.fromEntries(assets),
  };
}

/** The site of one organization. */
function addressesOfOne(site: Site): Addresses {
  return {
    ...addressesOf(site, ONE),
    '/search/suggestions': {
      GET: async (c) => {
        const found = await suggestions(visitOf(c, site));
        return c.json(found.map((one) => ({ ...one, href: addressUnder(site.base, one.href) })));
      },
    },
    '/live': { GET: (c) => live(c, site) },
    '/live/tasks': { GET: (c) => c.html(liveTasks(visitOf(c, site))) as Response },
    ...Object.fromEntries(
      ACTIONS.map((action): [string, Handlers] => [
        `/actions/${action}`,
        { POST: (c) => acted(c, site, action) },
      ]),
    ),
  };
}

const LASTING = 'private, max-age=31536000, immutable';

/** Nothing is kept but what never changes under its address. */
function kept(): MiddlewareHandler<Env> {
  return async (c, next) => {
    await next();
    if (c.res.headers.get('cache-control') !== LASTING) c.header('cache-control', 'no-store');
  };
}

/** Addresses of the process, beside its pages. */
function addressesOfProcess({ site, metrics, extra = {}, isClosing }: RouteOptions): Addresses {
  const further = Object.entries(extra).map(([path, answer]): [string, Handlers] => [
    path,
    {
      GET: async (c) => {
        const {
          status = 200,
          contentType,
          body,
        } = await answer({
          isTrusted: c.get('isTrusted'),
          whyNot: c.get('whyNot'),
        });
        c.status(status as 200);
        return typed(c, contentType, body);
      },
    },
  ]);
  return {
    '/metrics': {
      GET: async (c) => {
        if (metrics === undefined) return show(c, site, notFound('This process has no metrics.'));
        const { contentType, body } = await metrics();
        return typed(c, contentType, body);
      },
    },
    '/healthz': {
      GET: (c) => (isClosing() ? c.json({ status: 'stopping' }, 503) : c.json({ status: 'ok' })),
    },
    '/readyz': { GET: (c) => ready(c, site, isClosing()) },
    ...Object.fromEntries(further),
  };
}

/** Tells of every request that was answered, unless another site did. */
function told({ control }: Site): MiddlewareHandler<Env> {
  return async (c, next) => {
    const begun = performance.now();
    c.set('route', '(none)');
    await next();
    if (c.get('isPassedOn')) return;
    const { method } = c.req;
    control.app.events.emit('page.served', {
      ...{ method, path: c.get('route'), status: c.res.status },
      durationMs: Math.round(performance.now() - begun),
    });
  };
}

/** The answer by the method; another method gets the list of those that the address takes. */
function answered(c: Context<Env>, site: Site, { GET, POST }: Handlers): Response | Promise<Response> {
  const { method } = c.req;
  const handler = method === 'GET' || method === 'HEAD' ? GET : method === 'POST' ? POST : undefined;
  if (handler !== undefined) return handler(c);
  const allowed = [...(GET === undefined ? [] : ['GET', 'HEAD']), ...(POST === undefined ? [] : ['POST'])];
  c.header('allow', allowed.join(', '));
  return show(c, site, notAllowed());
}

function show(c: Context<Env>, site: Site, page: Page): Response {
  c.status((page.status ?? 200) as 200);
  if (page.status === 503) c.header('retry-after', '10');
  const text = String(layout(site, version, page));
  if (text.includes('name="token"')) c.header('cache-control', 'no-transform');
  return c.html(text) as Response;
}

function typed(c: Context<Env>, type: string, body: string): Response {
  c.header('content-type', type);
  return c.body(body);
}

function visitOf(c: Context<Env>, site: Site): Visit {
  return {
    site,
    query: (name) => c.req.query(name),
    queries: (name) => c.req.queries(name) ?? [],
    param: (name) => c.req.param(name) ?? '',
    mayAct: c.get('whyNot') === undefined,
    whyNot: c.get('whyNot'),
  };
}

async function live(c: Context<Env>, site: Site): Promise<Response> {
  const { body, status } = await liveFragment(visitOf(c, site));
  c.status(status as 200);
  return c.html(body) as Response;
}

async function ready(c: Context<Env>, site: Site, isClosing: boolean): Promise<Response> {
  const answer = await site.questions.cached('ready', READY_MS, (session) => session.query('select 1'));
  const reasons = [isClosing ? 'The process is stopping.' : undefined, answer.problem?.reason].filter(
    (reason) => reason !== undefined,
  );
  const status = reasons.length === 0 ? 'ready' : 'not ready';
  return c.json(c.get('isTrusted') ? { status, reasons } : { status }, reasons.length === 0 ? 200 : 503);
}

/** Does what a form asks for, and leads on. */
async function acted(c: Context<Env>, site: Site, action: ActionName): Promise<Response> {
  const outcome = await act(c, site, action);
  return 'page' in outcome ? show(c, site, outcome.page) : c.redirect(outcome.to, 303);
}
