/** The page in use: by keyboard, live, without JavaScript, and with texts that would rather be script. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSimulator } from '../../simulator/server.ts';
import { fits, hasBrowser, isFocused, launchBrowser, outlineOf, unfold, watch } from '../support/browser.ts';
import { openTestDatabase } from '../support/database.ts';
import { openWeb } from '../support/web.ts';
import { webApp } from '../support/web-data.ts';
import { prepareHostile } from '../support/web-hostile.ts';

const YAML = `
sync: { streams: [members, teams, team_members, workbooks, workbook_pages] }
schedules: [{ name: nightly, cron: "15 2 * * *" }]
`;

let browser: Browser;

describe.runIf(hasBrowser())('in a browser', () => {
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  it.each([
    ['with JavaScript', true],
    ['without', false],
  ])('a run is begun by keyboard alone, %s', async (_, javaScriptEnabled) => {
    await using simulator = await startSimulator({ organization: { workbooks: 4, members: 4 } });
    await using test = await openTestDatabase();
    await using web = await openWeb(webApp({ simulator, yaml: YAML }), async () => test.database);
    await using watched = await watch(browser, web.web.url, { javaScriptEnabled });
    const { page, wrong } = watched;
    await page.goto(`${web.web.url}/`);
    await page.keyboard.press('Tab');
    const skip = page.locator('.skip');
    expect([await isFocused(page, '.skip'), (await skip.boundingBox())?.x ?? -1]).toEqual([
      true,
      expect.toSatisfy((x: number) => x >= 0),
    ]);
    await page.keyboard.press('Enter');
    expect(page.url()).toMatch(/#main$/);
    const button = page.locator('#run-nightly');
    let presses = 0;
    while (!(await isFocused(page, '#run-nightly')) && presses < 30) {
      await page.keyboard.press('Tab');
      presses++;
    }
    expect(presses).toBeLessThan(30);
    expect(await outlineOf(page, '#run-nightly')).toBe('solid');
    expect(await button.innerText()).toMatch(/^Run now/);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\?done=run$/);
    expect(await page.locator('.notice-good').innerText()).toContain('Run requested.');
    await web.control.idle();
    const [schedule] = await web.control.schedules();
    expect(schedule?.lastStatus).toBe('complete');
    // A page may be a second old.
    await page.waitForTimeout(1100);
    await page.goto(`${web.web.url}/`);
    expect(await page.locator('.headline-text').innerText()).toBe('Everything is fresh');
    expect(wrong).toEqual([]);
  });

  it('progress comes by itself, and the focus stays where it is', async () => {
    await using simulator = await startSimulator({ organization: { workbooks: 30, members: 10 } });
    await using test = await openTestDatabase();
    simulator.faults.inject({ kinds: ['slow'], rate: 1, slowMs: 900, maxInARow: 1_000_000 });
    await using web = await openWeb(webApp({ simulator, yaml: YAML }), async () => test.database);
    await using watched = await watch(browser, web.web.url);
    const { page, wrong } = watched;
    await page.goto(`${web.web.url}/`);
    await page.locator('#run-nightly').click();
    await page.waitForURL(/\?done=run$/);
    const cancel = page.locator('#cancel-nightly');
    await cancel.focus();
    const first = await page.locator('#live-running').innerHTML();
    await expect.poll(() => page.locator('#live-running').innerHTML(), { timeout: 15_000 }).not.toBe(first);
    expect(await isFocused(page, '#cancel-nightly')).toBe(true);
    // Nobody loaded the page again meanwhile.
    expect(page.url()).toMatch(/\?done=run$/);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\?done=cancel$/);
    await web.control.idle();
    await expect.poll(() => page.locator('#live-running').innerText(), { timeout: 15_000 }).toBe('');
    expect(wrong).toEqual([]);
  });

  it('says that it is cut off where the process is gone', async () => {
    await using test = await openTestDatabase();
    const web = await openWeb(webApp({ yaml: YAML }), async () => test.database);
    await using watched = await watch(browser, web.web.url);
    const { page } = watched;
    await page.goto(`${web.web.url}/`);
    await web[Symbol.asyncDispose]();
    await page.waitForSelector('body.is-cut-off', { timeout: 40_000 });
    expect(await page.locator('#live-said').innerText()).toContain('does not answer');
  });

  it('searches the change log with its form', async () => {
    await using prepared = await prepareHostile();
    await using web = await openWeb(prepared.app, prepared.database);
    await using watched = await watch(browser, web.web.url);
    const { page, wrong } = watched;
    await page.goto(`${web.web.url}/changes`);
    await page.getByLabel('Stream').selectOption('workbooks');
    await page.getByLabel('Text', { exact: true }).fill('onerror=');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page.waitForURL(/stream=workbooks/);
    expect(await page.getByLabel('Text', { exact: true }).inputValue()).toBe('onerror=');
    expect(await page.locator('.op').count()).toBe(1);
    await page.locator('.key').click();
    await page.waitForURL(/key=/);
    expect(await page.locator('.op').count()).toBeGreaterThan(0);
    expect(wrong).toEqual([]);
  });

  it('no text of others is ever run', async () => {
    await using prepared = await prepareHostile();
    await using web = await openWeb(prepared.app, prepared.database, {
      refusedConfig: '<script>window.hit=1</script>',
    });
    await using watched = await watch(browser, web.web.url);
    const { page, wrong } = watched;
    await page.goto(`${web.web.url}/exports`);
    const exported = await page.locator('tbody th a').first().getAttribute('href');
    const paths = [
      '/',
      '/runs',
      `/runs/${prepared.runId}`,
      '/streams',
      '/streams/workbook_pages',
      exported ?? '/exports',
      '/changes',
      '/alerts',
      '/config',
    ];
    for (const path of paths) {
      await page.goto(`${web.web.url}${path}`);
      await unfold(page);
      expect(await page.evaluate(() => (globalThis as { hit?: number }).hit)).toBeUndefined();
      expect([path, await fits(page)]).toEqual([path, true]);
      // Nothing of it has become an element.
      expect(await page.locator('img, b, textarea, iframe, [onload], [onerror], [onfocus]').count()).toBe(0);
    }
    // The script inserts text, never markup, either.
    await page.goto(`${web.web.url}/`);
    await page.waitForTimeout(2600);
    expect(await page.evaluate(() => (globalThis as { hit?: number }).hit)).toBeUndefined();
    expect(wrong).toEqual([]);
  });
});
