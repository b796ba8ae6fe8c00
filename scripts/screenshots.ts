/**
 * Makes the pictures of docs/images: a simulated organization is synced night by night, then its page is looked at with
 * a Chromium. `CHROMIUM_PATH` says where that is, where it is not found by itself.
 */
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { startWeb } from '../src/web/start-web.ts';
import { launchBrowser } from '../test/support/browser.ts';
import { openNightly } from '../test/support/web-nights.ts';

const TO = process.argv[2] ?? join(import.meta.dirname, '../docs/images');
const NIGHTS = Number(process.env['NIGHTS'] ?? 45);
const MOST_BYTES = 250_000;

mkdirSync(TO, { recursive: true });

await using nights = await openNightly(NIGHTS);
await using web = await startWeb({ control: nights.control });
const browser = await launchBrowser();
try {
  await shoot(browser, 'overview-light', '/', { height: 1240 });
  await shoot(browser, 'overview-dark', '/', { colorScheme: 'dark', height: 1240 });
  await shoot(browser, 'run', `/runs/${nights.runId}`, { height: 1500 });
  await shoot(browser, 'streams', '/streams', { height: 1100 });
  await shoot(browser, 'stream', '/streams/workbooks', { height: 1100 });
  await shoot(browser, 'export', '/exports/audit_events', { height: 1200 });
  await shoot(browser, 'changes', '/changes?operation=update', { height: 900 });
  await shoot(browser, 'workbooks', '/workbooks', { height: 1000 });
  await shoot(browser, 'workbook', `/workbooks/${nights.workbook}`, { height: 1100 });
  await shoot(browser, 'member', `/members/${nights.member}`, { height: 1100 });
  await shoot(browser, 'access', `/access?member=${nights.member}&object=${nights.workbook}`, {
    height: 700,
  });
  await shoot(browser, 'exposure', '/access/exposure', { height: 900 });
  await shoot(browser, 'stale', '/workbooks/stale', { colorScheme: 'dark', height: 900 });
  await shoot(browser, 'phone', '/', { width: 390, height: 844, scale: 2 });
} finally {
  await browser.close();
}

/** One page, as high as it says or as it is. */
async function shoot(
  with_: Browser,
  name: string,
  address: string,
  options: { colorScheme?: 'light' | 'dark'; width?: number; height?: number; scale?: number },
): Promise<void> {
  const { colorScheme = 'light', width = 1280, height, scale = 1 } = options;
  const context = await with_.newContext({
    ...{ colorScheme, deviceScaleFactor: scale, javaScriptEnabled: true },
    viewport: { width, height: height ?? 900 },
  });
  const page: Page = await context.newPage();
  await page.goto(`${web.url}${address}`);
  const file = join(TO, `${name}.png`);
  await page.screenshot({ path: file, fullPage: height === undefined });
  await context.close();
  const { size } = statSync(file);
  process.stdout.write(`${file} ${Math.round(size / 1000)} kB\n`);
  if (size > MOST_BYTES) throw new Error(`${file} is larger than ${MOST_BYTES} bytes.`);
}
