/** The layout of the page in a real browser: widths are used, names and numbers stay whole, a phone shows cards. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSync } from '../../src/runs/create-sync.ts';
import { hasBrowser, launchBrowser, unfold, watch } from '../support/browser.ts';
import { openWeb, type TestWeb } from '../support/web.ts';
import { type Prepared, prepare } from '../support/web-four.ts';
import { prepareUsage, type Usage, usagePaths } from '../support/web-usage.ts';

let browser: Browser;
let failing: Prepared;
let failingWeb: TestWeb;
let usage: Usage;
let usageWeb: TestWeb;

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true };
const TABLET = { viewport: { width: 768, height: 1024 } };

// Code for the browser is text: its names are not those of this process.

/** Tables that do not fit into their box, and by how much. */
const sideways = (page: Page): Promise<string[]> =>
  page.evaluate(`[...document.querySelectorAll('.scroll:not(.lineage)')]
    .filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1)
    .map((one) => one.getAttribute('aria-label') + ' by ' + (one.scrollWidth - one.clientWidth))`);

/** Texts of fields that are longer than their field. */
const cutFields = (page: Page): Promise<string[]> =>
  page.evaluate(`[...document.querySelectorAll('main input[placeholder], main select')].flatMap((one) => {
    const style = getComputedStyle(one);
    const pen = document.createElement('canvas').getContext('2d');
    pen.font = style.font;
    const text = one.tagName === 'SELECT' ? one.selectedOptions[0].text : one.placeholder;
    const arrow = one.tagName === 'SELECT' ? 16 : 0;
    const room = one.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - arrow;
    return pen.measureText(text).width > room ? [text] : [];
  })`);

describe.runIf(hasBrowser())('in a browser', () => {
  beforeAll(async () => {
    browser = await launchBrowser();
    failing = await prepare('failing');
    failingWeb = await openWeb(failing.app, failing.database);
    usage = await prepareUsage();
    usageWeb = await openWeb(usage.app, usage.database);
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await failingWeb?.[Symbol.asyncDispose]();
    await failing?.[Symbol.asyncDispose]();
    await usageWeb?.[Symbol.asyncDispose]();
    await usage?.[Symbol.asyncDispose]();
  });

  const sites = (): readonly (readonly [url: string, paths: readonly string[]])[] => [
    [
      failingWeb.web.url,
      [
        ...['/', '/runs', `/runs/${failing.runId}`, '/streams', '/streams/workbook_pages', '/exports'],
        ...['/exports/audit_events', '/changes', '/alerts'],
      ],
    ],
    [usageWeb.web.url, usagePaths(usage)],
  ];

  it.each([
    ['a phone', PHONE],
    ['a tablet', TABLET],
    ['a desktop', {}],
  ])('on %s every table fits, and no field cuts its text', async (_, options) => {
    for (const [url, paths] of sites()) {
      await using watched = await watch(browser, url, options);
      const { page } = watched;
      for (const path of paths) {
        await page.goto(`${url}${path}`);
        await unfold(page);
        expect([path, await sideways(page), await cutFields(page)]).toEqual([path, [], []]);
      }
    }
  });

  it('a run on a phone is a card of a few lines, with its outcome beside its name', async () => {
    const { url } = failingWeb.web;
    await using watched = await watch(browser, url, PHONE);
    const { page } = watched;
    await page.goto(`${url}/runs`);
    const card = page.locator('tbody tr', { hasText: 'complete' }).first();
    const [name, state, whole] = await Promise.all([
      card.locator('th').boundingBox(),
      card.locator('.state').boundingBox(),
      card.boundingBox(),
    ]);
    expect(Math.abs((name?.y ?? 0) - (state?.y ?? 99))).toBeLessThan(12);
    // The outcome ends where the card does, but for its edge.
    expect((state?.x ?? 0) + (state?.width ?? 0)).toBeCloseTo((whole?.x ?? 0) + (whole?.width ?? 0), -1);
    expect(whole?.height).toBeLessThan(170);
  });

  it('numbers end at one line, whatever columns are dropped', async () => {
    const { url } = failingWeb.web;
    for (const options of [TABLET, {}]) {
      await using watched = await watch(browser, url, options);
      const { page } = watched;
      await page.goto(`${url}/exports/audit_events`);
      const ends = await page.evaluate<number[]>(`(() => {
        const table = [...document.querySelectorAll('.scroll')].find((one) => one.getAttribute('aria-label') === 'Latest runs of the export');
        const cells = [...table.querySelectorAll('tbody tr:first-child > *')].filter((one) => one.checkVisibility());
        const last = cells.at(-1);
        return [last.getBoundingClientRect().right - parseFloat(getComputedStyle(last).paddingRight), table.querySelector('table').getBoundingClientRect().right];
      })()`);
      expect(ends[0]).toBeCloseTo(ends[1] ?? 0, 0);
    }
  });

  it('streams that changed nothing are one line that opens, and so are short parts of a long timeline', async () => {
    const { url } = usageWeb.web;
    await using sync = createSync({ app: usage.app, database: usage.database });
    const { report } = await sync.run();
    await using watched = await watch(browser, url);
    const { page } = watched;
    await page.goto(`${url}/runs/${report.runId}`);
    const streams = page.locator('section', { has: page.locator('#streams') });
    expect(await streams.locator('details.group summary').allInnerTexts()).toEqual([
      expect.stringMatching(/^\d+ streams complete, without changes$/),
    ]);
    const timeline = page.locator('section', { has: page.locator('#timeline') });
    expect(await timeline.locator('tbody tr:visible').count()).toBeLessThanOrEqual(20);
    expect(await timeline.locator('details.group summary').innerText()).toMatch(
      /^\d+ parts that took less than .+ each$/,
    );
  });

  it('a page about one object has it in its title and in its breadcrumb', async () => {
    const { url } = usageWeb.web;
    await using watched = await watch(browser, url);
    const { page, wrong } = watched;
    const [named] = await usage.test.database.session((session) =>
      session.query<{ name: string }>('select name from sigma_analytics.lineage_nodes where node_id = $1', [
        usage.table,
      ]),
    );
    await page.goto(`${url}/impact/of?of=${encodeURIComponent(usage.table)}`);
    expect(await page.locator('h1').innerText()).toBe(`Content that breaks without ${named?.name}`);
    expect(await page.locator('.crumbs a').allInnerTexts()).toEqual(['What breaks']);
    await page.goto(`${url}/openings?of=${usage.workbook}`);
    expect(await page.locator('h1').innerText()).toMatch(/^Who opened what: ./);
    expect(await page.locator('.crumbs a').allInnerTexts()).toEqual(['Who opened what']);
    expect(wrong).toEqual([]);
  });
});
