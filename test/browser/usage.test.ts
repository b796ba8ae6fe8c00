/** The pages about usage in a real browser: whole, accessible, used by keyboard alone, and proof against attacks. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findings } from '../support/axe.ts';
import {
  fits,
  hasBrowser,
  isFocused,
  launchBrowser,
  outlineOf,
  overflowing,
  tabTo,
  unfold,
  VARIANTS,
  watch,
} from '../support/browser.ts';
import { openTestDatabase } from '../support/database.ts';
import { openWeb, type TestWeb } from '../support/web.ts';
import { webApp } from '../support/web-data.ts';
import { prepareUsage, type Usage, usagePaths } from '../support/web-usage.ts';

let browser: Browser;
let usage: Usage;
let web: TestWeb;

describe.runIf(hasBrowser())('in a browser', () => {
  beforeAll(async () => {
    browser = await launchBrowser();
    usage = await prepareUsage();
    web = await openWeb(usage.app, usage.database);
  });
  afterAll(async () => {
    await browser?.close();
    await web?.[Symbol.asyncDispose]();
    await usage?.[Symbol.asyncDispose]();
  });

  it.each(VARIANTS)('%s', async (_, options) => {
    const { url } = web.web;
    await using watched = await watch(browser, url, options);
    const { page, wrong } = watched;
    for (const path of usagePaths(usage)) {
      const answer = await page.goto(`${url}${path}`);
      expect([path, answer?.status(), wrong]).toEqual([path, 200, []]);
      expect(await page.locator('h1').count()).toBe(1);
      expect(await page.locator('.bar nav [aria-current]').innerText()).toBe('Usage');
      if (options.javaScriptEnabled === false) continue;
      expect([path, await overflowing(page)]).toEqual([path, []]);
      await unfold(page);
      expect([path, await findings(page)]).toEqual([path, []]);
      expect([path, 'unfolded', await overflowing(page)]).toEqual([path, 'unfolded', []]);
    }
  });

  it('says how to get answers where there are none', async () => {
    await using test = await openTestDatabase();
    await using bare = await openWeb(webApp(), async () => test.database);
    await using watched = await watch(browser, bare.web.url);
    const { page, wrong } = watched;
    for (const path of [
      '/workbooks',
      '/workbooks/stale',
      '/reports',
      '/members',
      '/access',
      '/access/exposure',
    ]) {
      await page.goto(`${bare.web.url}${path}`);
      expect(await page.locator('.notice').innerText()).toContain('sigma-sync analytics refresh');
      expect([path, await findings(page)]).toEqual([path, []]);
    }
    expect(wrong).toEqual([]);
  });

  it.each([
    ['with JavaScript', true],
    ['without', false],
  ])('from a word to why a member sees a workbook by keyboard alone, %s', async (_, javaScriptEnabled) => {
    const { url } = web.web;
    await using watched = await watch(browser, url, { javaScriptEnabled });
    const { page, wrong } = watched;
    const [book] = await usage.test.database.session((session) =>
      session.query<{ name: string }>(
        'select name from sigma_analytics.workbook_inventory where workbook_id = $1',
        [usage.workbook],
      ),
    );
    await page.goto(`${url}/workbooks`);
    await tabTo(page, 'input[name=text]');
    await page.keyboard.type(book?.name ?? '');
    await page.keyboard.press('Enter');
    await page.waitForURL(/text=/);
    const first = `tbody th a[href$="${usage.workbook}"]`;
    await tabTo(page, first);
    expect(await outlineOf(page, first)).toBe('solid');
    await page.keyboard.press('Enter');
    await page.waitForURL(new RegExp(`/workbooks/${usage.workbook}$`));
    // Past who can see it: there may be hundreds of links.
    await tabTo(page, '.jumps a[href="#data-sources"]');
    await page.keyboard.press('Enter');
    // The picture scrolls by keyboard and says what it is.
    await tabTo(page, '.lineage', 3);
    expect(await page.locator('.lineage svg').getAttribute('aria-label')).toContain('listed below');
    await tabTo(page, '.sql summary', 300);
    await page.keyboard.press('Enter');
    expect(await page.locator('.sql pre').first().isVisible()).toBe(true);
    await page.keyboard.press('Tab');
    expect(await isFocused(page, '.sql pre[aria-label="Statement 1"]')).toBe(true);
    await unfold(page);
    await page.locator('a', { hasText: 'why?' }).first().focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/access\?/);
    expect(await page.locator('#access').innerText()).toMatch(/^(Access: |Full access)/);
    await tabTo(page, 'input[name=at]');
    expect(wrong).toEqual([]);
  });

  it('from an address to the page of a report by keyboard alone, by way of the wrong list', async () => {
    const { url } = web.web;
    await using watched = await watch(browser, url);
    const { page, wrong } = watched;
    const [report] = await usage.test.database.session((session) =>
      session.query<{ name: string; url: string }>(
        'select name, url from sigma.reports where report_id = $1',
        [usage.report],
      ),
    );
    await page.goto(`${url}/workbooks`);
    await tabTo(page, 'input[name=text]');
    await page.keyboard.type(report?.url ?? '');
    await page.keyboard.press('Enter');
    await page.waitForURL(/text=/);
    await tabTo(page, 'section a[href^="/reports?"]');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/reports\?/);
    await tabTo(page, `tbody th a[href$="${usage.report}"]`);
    await page.keyboard.press('Enter');
    await page.waitForURL(new RegExp(`/reports/${usage.report}$`));
    expect(await page.locator('h1').innerText()).toBe(report?.name);
    await tabTo(page, '.jumps a[href="#scheduled-exports"]');
    await page.keyboard.press('Enter');
    expect(wrong).toEqual([]);
  });

  it('finds, filters, sorts and turns pages with its form', async () => {
    const { url } = web.web;
    await using watched = await watch(browser, url);
    const { page, wrong } = watched;
    await page.goto(`${url}/workbooks`);
    expect(await page.locator('select[name=filter]').inputValue()).toBe('live');
    await page.locator('select[name=filter]').selectOption('all');
    await page.getByLabel('Sort by').selectOption('name');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.waitForURL(/filter=all&sort=name/);
    const names = await page.locator('tbody th a').allInnerTexts();
    expect(names).toHaveLength(50);
    await page.getByRole('link', { name: 'Next' }).click();
    await page.waitForURL(/page=2/);
    expect(await page.locator('select[name=filter]').inputValue()).toBe('all');
    expect(await page.getByLabel('Sort by').inputValue()).toBe('name');
    const more = await page.locator('tbody th a').allInnerTexts();
    expect(more.filter((name) => names.includes(name)).length).toBeLessThan(more.length);
    expect(wrong).toEqual([]);
  });

  it('no text of others is ever run', async () => {
    await using hostile = await prepareUsage(true);
    await using other = await openWeb(hostile.app, hostile.database);
    await using watched = await watch(browser, other.web.url);
    const { page, wrong } = watched;
    const script = encodeURIComponent('"><script>window.hit=1</script>');
    for (const path of [...usagePaths(hostile), `/access?member=${script}&object=${script}&at=${script}`]) {
      await page.goto(`${other.web.url}${path}`);
      await unfold(page);
      expect(await page.evaluate(() => (globalThis as { hit?: number }).hit)).toBeUndefined();
      expect([path, await fits(page)]).toEqual([path, true]);
      expect(await page.locator('img, b, textarea, iframe, [onload], [onerror], [onfocus]').count()).toBe(0);
    }
    expect(wrong).toEqual([]);
  });
});
