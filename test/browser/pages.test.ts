/** Every page with the four databases in a real browser: whole, accessible, within its width, and asking nobody else. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findings } from '../support/axe.ts';
import { hasBrowser, launchBrowser, overflowing, unfold, VARIANTS, watch } from '../support/browser.ts';
import { openWeb, type TestWeb } from '../support/web.ts';
import { KINDS, type Kind, type Prepared, prepare } from '../support/web-four.ts';

const cases = new Map<Kind, { readonly prepared: Prepared; readonly web: TestWeb }>();
let browser: Browser;

function of(kind: Kind): { readonly prepared: Prepared; readonly web: TestWeb } {
  const found = cases.get(kind);
  if (found === undefined) throw new Error(`no database ${kind}`);
  return found;
}

/** Every page that this database has something on. */
function pathsOf(kind: Kind): string[] {
  const { runId } = of(kind).prepared;
  return [
    ...[
      '/',
      '/runs',
      '/streams',
      '/streams/workbook_pages',
      '/exports',
      '/changes',
      '/alerts',
      '/config',
      '/workbooks',
      '/access',
      '/search?q=members',
      '/nowhere',
    ],
    ...(runId === undefined ? [] : [`/runs/${runId}`]),
    ...(kind === 'healthy' || kind === 'failing' ? ['/exports/audit_events'] : []),
    ...(kind === 'long' ? ['/runs?status=failed', '/changes?text=nowhere'] : []),
  ];
}

describe.runIf(hasBrowser())('in a browser', () => {
  beforeAll(async () => {
    browser = await launchBrowser();
    for (const kind of KINDS) {
      const prepared = await prepare(kind);
      cases.set(kind, { prepared, web: await openWeb(prepared.app, prepared.database) });
    }
  });
  afterAll(async () => {
    await browser?.close();
    for (const { prepared, web } of cases.values()) {
      await web[Symbol.asyncDispose]();
      await prepared[Symbol.asyncDispose]();
    }
  });

  describe.each(KINDS)('%s database', (kind) => {
    it.each(VARIANTS)('%s', async (_, options) => {
      const { url } = of(kind).web.web;
      await using watched = await watch(browser, url, options);
      const { page, wrong } = watched;
      for (const path of pathsOf(kind)) {
        const answer = await page.goto(`${url}${path}`);
        const expected = path === '/nowhere' ? 404 : 200;
        expect([path, answer?.status()]).toEqual([path, expected]);
        // Chromium complains of any page that is not found.
        expect([path, wrong.filter((one) => !(expected === 404 && one.includes('404')))]).toEqual([path, []]);
        wrong.length = 0;
        expect(await page.title()).toMatch(/ · sigma-sync$/);
        expect(await page.locator('h1').count()).toBe(1);
        expect(await page.locator('main').count()).toBe(1);
        if (options.javaScriptEnabled === false) continue;
        expect([path, await overflowing(page)]).toEqual([path, []]);
        await unfold(page);
        expect([path, await findings(page)]).toEqual([path, []]);
        expect([path, 'unfolded', await overflowing(page)]).toEqual([path, 'unfolded', []]);
      }
    });
  });
});
