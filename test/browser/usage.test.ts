/** The pages about usage in a real browser: accessible, within their width, and used with the keyboard alone. */
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findings } from '../support/axe.ts';
import { fits, hasBrowser, launchBrowser, unfold, watch } from '../support/browser.ts';
import { openWeb, type TestWeb } from '../support/web.ts';
import { prepareUsage, type Usage, usagePaths } from '../support/web-usage.ts';

const VARIANTS: readonly [name: string, options: BrowserContextOptions][] = [
  ['light', { colorScheme: 'light' }],
  ['dark', { colorScheme: 'dark' }],
  ['phone', { colorScheme: 'light', viewport: { width: 390, height: 844 }, hasTouch: true }],
  ['without JavaScript', { javaScriptEnabled: false }],
];

let usage: Usage;
let web: TestWeb;
let browser: Browser;

describe.runIf(hasBrowser())('in a browser', () => {
  beforeAll(async () => {
    browser = await launchBrowser();
    usage = await prepareUsage();
    web = await openWeb(usage.app, usage.database);
  });
  afterAll(async () => {
    await web[Symbol.asyncDispose]();
    await usage[Symbol.asyncDispose]();
    await browser.close();
  });

  it.each(VARIANTS)('%s', async (_, options) => {
    const { url } = web.web;
    await using watched = await watch(browser, url, options);
    const { page, wrong } = watched;
    for (const path of usagePaths(usage)) {
      const answer = await page.goto(`${url}${path}`);
      expect([path, answer?.status(), wrong]).toEqual([path, 200, []]);
      expect(await page.locator('h1').count()).toBe(1);
      if (options.javaScriptEnabled === false) continue;
      expect([path, 'fits', await fits(page)]).toEqual([path, 'fits', true]);
      await unfold(page);
      expect([path, await findings(page)]).toEqual([path, []]);
      expect([path, 'fits unfolded', await fits(page)]).toEqual([path, 'fits unfolded', true]);
    }
  });

  it('the keyboard alone goes from the list to a workbook, to why somebody sees it, and to the SQL', async () => {
    const { url } = web.web;
    await using watched = await watch(browser, url, {});
    const { page } = watched;
    await page.goto(`${url}/workbooks?filter=all&sort=sources`);
    const tabTo = async (what: string): Promise<void> => {
      for (let presses = 0; presses < 200; presses++) {
        await page.keyboard.press('Tab');
        if ((await page.locator(`:is(${what}):focus`).count()) > 0) return;
      }
      throw new Error(`the keyboard does not reach ${what}`);
    };
    await tabTo('input[name=text]');
    await page.keyboard.type('e');
    await page.keyboard.press('Enter');
    await page.waitForURL(/text=e/);
    await tabTo('th a[href^="/workbooks/"]');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/workbooks\/[\w-]{36}/);
    await tabTo('.lineage, a[href^="/access?"]');
    await tabTo('a[href^="/access?"]');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/access\?/);
    expect(await page.locator('#access').innerText()).toMatch(/^Access: /);
    await tabTo('summary');
    await page.keyboard.press('Enter');
    expect(await page.locator('details.sql pre').first().isVisible()).toBe(true);
  });
});
