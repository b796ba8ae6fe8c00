/**
 * Makes the pictures of docs/images: a simulated organization is synced night by night, and a large one once; then their
 * pages are looked at with a Chromium. `CHROMIUM_PATH` says where that is, where it is not found by itself.
 */
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { startWeb } from '../src/operations/web/start-web.ts';
import { launchBrowser } from '../test/support/browser.ts';
import { openLarge } from '../test/support/web-large.ts';
import { openNightly } from '../test/support/web-nights.ts';

const TO = process.argv[2] ?? join(import.meta.dirname, '../docs/images');
const NIGHTS = Number(process.env['NIGHTS'] ?? 45);
const MOST_BYTES = 250_000;

mkdirSync(TO, { recursive: true });

const browser = await launchBrowser();
try {
  await shootNights(browser);
  await shootUsage(browser);
} finally {
  await browser.close();
}

/** The pages about syncs. */
async function shootNights(with_: Browser): Promise<void> {
  await using nights = await openNightly(NIGHTS);
  await using web = await startWeb({ control: nights.control });
  const shoot = camera(with_, web.url);
  await shoot('overview-light', '/', { height: 1240 });
  await shoot('overview-dark', '/', { colorScheme: 'dark', height: 1240 });
  await shoot('run', `/runs/${nights.runId}`, { height: 1500 });
  await shoot('streams', '/streams', { height: 1100 });
  await shoot('stream', '/streams/workbooks', { height: 1100 });
  await shoot('export', '/exports/audit_events', { height: 1200 });
  await shoot('changes', '/changes?operation=update', { height: 900 });
  await shoot('phone', '/', { width: 390, height: 844, scale: 2 });
}

/** The pages about usage. */
async function shootUsage(with_: Browser): Promise<void> {
  await using large = await openLarge();
  const { workbook, report, member, team, table } = large;
  await using web = await startWeb({ control: large.control });
  const shoot = camera(with_, web.url);
  await shoot('workbooks', '/workbooks', { height: 1000 });
  await shoot('workbook', `/workbooks/${workbook}`, { height: 1100 });
  await shoot('report', `/reports/${report}`, { height: 1100 });
  await shoot('lineage', `/workbooks/${workbook}`, { height: 700, at: '#data-sources' });
  await shoot('member', `/members/${member}`, { height: 1100 });
  await shoot('team', `/teams/${team}`, { height: 1000 });
  await shoot('impact', `/impact/of?of=${encodeURIComponent(table)}`, { height: 1200 });
  await shoot('digest', '/digest', { height: 1150 });
  await shoot('access', `/access?member=${member}&object=${workbook}`, { height: 700 });
  await shoot('exposure', '/access/exposure', { height: 900 });
  await shoot('stale', '/workbooks/stale', { colorScheme: 'dark', height: 900 });
}

interface Shot {
  readonly colorScheme?: 'light' | 'dark';
  readonly width?: number;
  readonly height: number;
  readonly scale?: number;
  /** The element to scroll to. */
  readonly at?: string;
}

/** Pictures of one page each. */
function camera(with_: Browser, url: string) {
  return async (name: string, address: string, shot: Shot): Promise<void> => {
    const { colorScheme = 'light', width = 1280, height, scale = 1, at } = shot;
    const context = await with_.newContext({
      ...{ colorScheme, deviceScaleFactor: scale, javaScriptEnabled: true },
      viewport: { width, height },
    });
    const page: Page = await context.newPage();
    await page.goto(`${url}${address}`);
    if (at !== undefined) await page.locator(at).evaluate((element) => element.scrollIntoView());
    const file = join(TO, `${name}.png`);
    await page.screenshot({ path: file });
    await context.close();
    const { size } = statSync(file);
    process.stdout.write(`${file} ${Math.round(size / 1000)} kB\n`);
    if (size > MOST_BYTES) throw new Error(`${file} is larger than ${MOST_BYTES} bytes.`);
  };
}
