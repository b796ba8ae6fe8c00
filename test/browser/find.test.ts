/** The search box and the heads of lists in a real browser: by keyboard, by mouse, without JavaScript, and with texts that are attacks. */
import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findings } from '../support/axe.ts';
import { hasBrowser, isFocused, launchBrowser, overflowing, watch } from '../support/browser.ts';
import { openWeb, type TestWeb } from '../support/web.ts';
import { prepareUsage, type Usage } from '../support/web-usage.ts';

const TITLE = 'Zebra "crossing" <img src=x onerror=window.hit=1>';

let browser: Browser;
let usage: Usage;
let web: TestWeb;

describe.runIf(hasBrowser())('in a browser', () => {
  beforeAll(async () => {
    browser = await launchBrowser();
    usage = await prepareUsage();
    await usage.test.database.session(async (session) => {
      for (const [table, id] of [
        ['files', 'id'],
        ['workbooks', 'workbook_id'],
      ])
        await session.query(`update sigma.${table} set name = $1, _synced_at = now() where ${id} = $2`, [
          TITLE,
          usage.workbook,
        ]);
    });
    await usage.refresh();
    web = await openWeb(usage.app, usage.database);
  });
  afterAll(async () => {
    await browser?.close();
    await web?.[Symbol.asyncDispose]();
    await usage?.[Symbol.asyncDispose]();
  });

  it.each([
    ['light', { colorScheme: 'light' as const }],
    ['dark phone', { colorScheme: 'dark' as const, viewport: { width: 390, height: 844 } }],
  ])('anything is found by keyboard alone, %s', async (_, options) => {
    await using watched = await watch(browser, web.web.url, options);
    const { page, wrong } = watched;
    await page.goto(`${web.web.url}/streams`);
    await page.keyboard.press('/');
    expect(await isFocused(page, '#find')).toBe(true);
    await page.keyboard.type('zeb');
    const first = page.locator('#found [role=option]').first();
    await first.waitFor();
    expect(await first.innerText()).toContain(TITLE);
    expect(await page.locator('#find').getAttribute('aria-expanded')).toBe('true');
    expect([await findings(page), await overflowing(page)]).toEqual([[], []]);
    await page.keyboard.press('ArrowDown');
    expect(await page.locator('#find').getAttribute('aria-activedescendant')).toBe('found-0');
    expect(await first.getAttribute('aria-selected')).toBe('true');
    expect(await findings(page)).toEqual([]);
    // Closed, and the text is kept; opened again by an arrow.
    await page.keyboard.press('Escape');
    expect(await page.locator('#found').isHidden()).toBe(true);
    expect(await page.locator('#find').inputValue()).toBe('zeb');
    await page.keyboard.press('ArrowDown');
    await first.waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${web.web.url}/workbooks/${usage.workbook}`);
    expect(await page.evaluate('window.hit')).toBeUndefined();
    // A slash typed into a field is a slash.
    await page.goto(`${web.web.url}/workbooks`);
    await page.locator('input[name=text]').focus();
    await page.keyboard.type('a/b');
    expect(await page.locator('input[name=text]').inputValue()).toBe('a/b');
    expect(wrong).toEqual([]);
  });

  it('a click opens a suggestion, and what is nowhere has none', async () => {
    await using watched = await watch(browser, web.web.url);
    const { page, wrong } = watched;
    await page.goto(web.web.url);
    await page.locator('#find').fill('no such thing at all');
    await page.locator('[role=status]', { hasText: 'No suggestions' }).waitFor({ state: 'attached' });
    expect(await page.locator('#found').isHidden()).toBe(true);
    await page.locator('#find').fill('workbook_pag');
    await page.locator('#found [role=option]', { hasText: 'workbook_pages' }).click();
    await page.waitForURL(/\/streams\/workbook_pages$/);
    expect(wrong).toEqual([]);
  });

  it.each([
    ['with JavaScript', true],
    ['without', false],
  ])('Enter leads to a page of results, %s', async (_, javaScriptEnabled) => {
    await using watched = await watch(browser, web.web.url, { javaScriptEnabled });
    const { page, wrong } = watched;
    await page.goto(`${web.web.url}/runs`);
    await page.locator('#find').fill('zebra');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/search\?q=zebra$/);
    await page.locator('main a', { hasText: 'Zebra' }).click();
    await page.waitForURL(`${web.web.url}/workbooks/${usage.workbook}`);
    expect(wrong).toEqual([]);
  });

  it('a head sorts, sorts the other way, and the download has the order', async () => {
    await using watched = await watch(browser, web.web.url);
    const { page, wrong } = watched;
    await page.goto(`${web.web.url}/workbooks?filter=all`);
    const head = page.locator('thead a', { hasText: 'Workbook' });
    const names = (): Promise<string[]> => page.locator('tbody th a').allInnerTexts();
    await head.focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/sort=name/);
    expect(await page.locator('[aria-sort]').getAttribute('aria-sort')).toBe('ascending');
    const up = await names();
    await head.click();
    await page.waitForURL(/sort=-name/);
    expect(await page.locator('[aria-sort]').getAttribute('aria-sort')).toBe('descending');
    expect(await names()).not.toEqual(up);
    expect(page.url()).toContain('filter=all');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download as CSV' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^workbooks-\d{4}-\d\d-\d\d\.csv$/);
    const file = await readFile(await download.path(), 'utf8');
    expect(file.split('\r\n')[1]).toContain((await names())[0]?.slice(0, 10));
    expect(wrong).toEqual([]);
  });

  it('a name of ten thousand characters and one that turns the direction keep to their places', async () => {
    await usage.test.database.session(async (session) => {
      await session.query(
        `update sigma.workbooks set name = case when workbook_id = $1 then $2 else $3 end, _synced_at = now()
          where workbook_id = $1 or workbook_id = (select max(workbook_id) from sigma.workbooks where workbook_id <> $1)`,
        [usage.workbook, 'x'.repeat(10_000), '\u202e\u05d0\u05d1 right to left'],
      );
    });
    await usage.refresh();
    for (const width of [390, 768, 1280, 1920]) {
      await using watched = await watch(browser, web.web.url, { viewport: { width, height: 900 } });
      const { page, wrong } = watched;
      for (const path of [
        '/workbooks?filter=all&sort=-name',
        `/workbooks/${usage.workbook}`,
        '/search?q=xxxx',
      ]) {
        await page.goto(`${web.web.url}${path}`);
        expect([path, width, await overflowing(page), wrong]).toEqual([path, width, [], []]);
      }
    }
  });
});
