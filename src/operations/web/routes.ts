/** Which address answers what. */
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { ConfigError, describeError, LockedError } from '../../core/errors.ts';
import { version } from '../../core/version.ts';
import { type Env, guard } from './guard.ts';
import { alertsPage } from './pages/alerts-page.ts';
import { changesPage } from './pages/changes-page.ts';
import { configPage } from './pages/config-page.ts';
import { broken, notAllowed, notFound, refused } from './pages/error-pages.ts';
import { exportPage, exportsPage } from './pages/exports-pages.ts';
import { liveFragment, overviewPage } from './pages/overview/overview-page.ts';
import { runPage } from './pages/run-page.ts';
import { runsPage } from './pages/runs-page.ts';
import { streamPage, streamsPage } from './pages/streams-pages.ts';
import { exposurePage, membersPage, stalePage, workbooksPage } from './pages/usage/list-pages.ts';
import { memberPage, workbookPage } from './pages/usage/one-pages.ts';
import { accessPage } from './pages/usage/why-page.ts';
import { pageHeaders } from './security/headers.ts';
import type { Site, Visit } from './site.ts';
import { ASSETS } from './view/assets.ts';
import { layout, type Page } from './view/layout.ts';

/** What `/metrics` gives. */
export interface Metrics {
  readonly contentType: string;
  readonly body: string;
}

/** What the routes need beside the site. */
export interface RouteOptions {
  readonly site: Site;
  /** Address that the server listens on. */
  readonly bound: string;
  readonly metrics: (() => Promise<Metrics>) | undefined;
  isClosing(): boolean;
}

const PAGES: Readonly<Record<string, (visit: Visit) => Promise<Page>>> = {
  '/': overviewPage,
  '/runs': runsPage,
  '/runs/:id': runPage,
  '/streams': streamsPage,
  '/streams/:name': streamPage,
  '/exports': exportsPage,
  '/exports/:name': exportPage,
  '/changes': changesPage,
  '/alerts': alertsPage,
  '/workbooks': workbooksPage,
  '/workbooks/stale': stalePage,
  '/workbooks/:id': workbookPage,
  '/members': membersPage,
  '/members/:id': memberPage,
  '/access': accessPage,
  '/access/exposure': exposurePage,
  '/config': configPage,
};

const MOST_BODY_BYTES = 8 * 1024;
/** A readiness that was asked for so shortly ago is not asked again. */
const READY_MS = 1000;

/** The whole site. */
export function routes({ site, bound, metrics, isClosing }: RouteOptions): Hono<Env> {
  const { control } = site;
  const app = new Hono<Env>();

  app.use(async (c, next) => {
    const begun = performance.now();
    c.set('route', '(none)');
    await next();
    c.header('cache-control', 'no-store');
    const { method } = c.req;
    control.app.events.emit('page.served', {
      ...{ method, path: c.get('route'), status: c.res.status },
      durationMs: Math.round(performance.now() - begun),
    });
  });
  app.use(pageHeaders());
  app.use(guard(control, bound));

  const show = (c: Context<Env>, page: Page): Response => {
    c.status((page.status ?? 200) as 200);
    if (page.status === 503) c.header('retry-after', '10');
    return c.html(layout(site, version, page)) as Response;
  };
  const visitOf = (c: Context<Env>): Visit => ({
    site,
    query: (name) => c.req.query(name),
    queries: (name) => c.req.queries(name) ?? [],
    param: (name) => c.req.param(name) ?? '',
    mayAct: c.get('mayAct'),
  });
  /** One address, whatever the method; the others are told what it takes. */
  const at = (
    path: string,
    methods: Partial<Record<'GET' | 'POST', (c: Context<Env>) => Response | Promise<Response>>>,
  ): void => {
    app.all(path, async (c) => {
      c.set('route', path);
      const { method } = c.req;
      const handler =
        method === 'GET' || method === 'HEAD' ? methods.GET : method === 'POST' ? methods.POST : undefined;
      if (handler !== undefined) return handler(c);
      c.header(
        'allow',
        methods.GET === undefined ? 'POST' : methods.POST === undefined ? 'GET, HEAD' : 'GET, HEAD, POST',
      );
      return show(c, notAllowed());
    });
  };

  for (const [path, page] of Object.entries(PAGES))
    at(path, { GET: async (c) => show(c, await page(visitOf(c))) });
  at('/live', {
    GET: async (c) => {
      const { body, status } = await liveFragment(visitOf(c));
      c.status(status as 200);
      return c.html(body) as Response;
    },
  });
  for (const [path, { type, body }] of ASSETS) {
    at(path, {
      GET: (c) => {
        c.header('content-type', type);
        return c.body(body);
      },
    });
  }
  at('/metrics', {
    GET: async (c) => {
      if (metrics === undefined) return show(c, notFound('This process has no metrics.'));
      const { contentType, body } = await metrics();
      c.header('content-type', contentType);
      return c.body(body);
    },
  });
  at('/healthz', {
    GET: (c) => (isClosing() ? c.json({ status: 'stopping' }, 503) : c.json({ status: 'ok' })),
  });
  at('/readyz', {
    GET: async (c) => {
      const answer = await site.questions.cached('ready', READY_MS, (session) => session.query('select 1'));
      const reasons = [isClosing() ? 'The process is stopping.' : undefined, answer.problem?.reason].filter(
        (reason) => reason !== undefined,
      );
      const status = reasons.length === 0 ? 'ready' : 'not ready';
      return c.json(c.get('isTrusted') ? { status, reasons } : { status }, reasons.length === 0 ? 200 : 503);
    },
  });
  app.use('/actions/*', bodyLimit({ maxSize: MOST_BODY_BYTES, onError: (c) => c.text('Too large.\n', 413) }));
  for (const action of ['run', 'cancel'] as const) at(`/actions/${action}`, { POST: (c) => act(c, action) });

  /** Does what a form asks for, and leads back to the overview. */
  async function act(c: Context<Env>, action: 'run' | 'cancel'): Promise<Response> {
    const form = new URLSearchParams(await c.req.text());
    const [schedule, token] = [form.get('schedule') ?? '', form.get('token') ?? ''];
    if (!site.tokens.check(token, action, schedule)) {
      const reason =
        'The form is not one of this process, or it is from before its last start. Load the overview and try again.';
      return show(c, refused(403, 'Not done', reason));
    }
    try {
      if (action === 'run') await control.trigger(schedule);
      else if (!control.cancel(schedule))
        return show(c, refused(409, 'Nothing to cancel', 'It is not running in this process.'));
    } catch (error) {
      const reason = control.app.redact(describeError(error));
      if (error instanceof LockedError) return show(c, refused(409, 'It runs already', reason));
      if (error instanceof ConfigError) return show(c, refused(404, 'There is no such schedule', reason));
      throw error;
    }
    return c.redirect(`/?done=${action}`, 303);
  }

  app.notFound((c) => show(c, notFound()));
  app.onError((error, c) => show(c, broken(control.app.redact(describeError(error)))));
  return app;
}
