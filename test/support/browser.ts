/** A page in a real browser, with everything written down that should not happen. */
import type { BrowserContextOptions, Page } from 'playwright-core';
import { type Browser, chromium } from 'playwright-core';
import { findChromium } from './chromium.ts';

/** Ways to look at a page. */
export const VARIANTS: readonly [name: string, options: BrowserContextOptions][] = [
  ['phone', { colorScheme: 'light', viewport: { width: 390, height: 844 }, hasTouch: true }],
  ['dark phone', { colorScheme: 'dark', viewport: { width: 390, height: 844 }, hasTouch: true }],
  ['tablet', { colorScheme: 'light', viewport: { width: 768, height: 1024 }, hasTouch: true }],
  ['dark tablet', { colorScheme: 'dark', viewport: { width: 768, height: 1024 }, hasTouch: true }],
  ['light', { colorScheme: 'light' }],
  ['dark', { colorScheme: 'dark' }],
  ['wide', { colorScheme: 'light', viewport: { width: 1920, height: 1080 } }],
  ['dark and wide', { colorScheme: 'dark', viewport: { width: 1920, height: 1080 } }],
  ['without JavaScript', { javaScriptEnabled: false }],
];

/** True where there is a browser; says so where there is none. */
export function hasBrowser(): boolean {
  const path = findChromium();
  if (path === undefined)
    process.stdout.write('browser tests are left out: no Chromium was found; CHROMIUM_PATH names one\n');
  return path !== undefined;
}

/** Starts it. Its own sandbox needs rights that containers do not give; it sees our own page only. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('There is no Chromium: set CHROMIUM_PATH.');
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** A page, and what went wrong on it. */
export interface Watched extends AsyncDisposable {
  readonly page: Page;
  /** Errors of the console, violations of the policy, requests to others, dialogs, executed attacks. */
  readonly wrong: string[];
}

/** Opens a page that is watched. `origin` is the only one that may be asked. */
export async function watch(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const wrong: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) wrong.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => wrong.push(`script: ${error.message}`));
  page.on('dialog', (dialog) => {
    wrong.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith('data:')) wrong.push(`request: ${url}`);
  });
  return { page, wrong, [Symbol.asyncDispose]: () => context.close() };
}

// The code that runs in the browser is text here: its names are not those of this process.

/** True where the page is no wider than its window. */
export async function fits(page: Page): Promise<boolean> {
  return page.evaluate<boolean>('document.documentElement.scrollWidth <= innerWidth');
}

/**
 * Elements that reach beyond the window without being in a box that scrolls and can be reached by keyboard, and
 * elements that are cut off within a box that does not scroll.
 */
export async function overflowing(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`(() => {
    const scrolls = '[tabindex="0"][role="region"]';
    const isHidden = (one) => one.closest('.sr, .skip, caption, [hidden], svg, datalist') !== null || one.checkVisibility?.() === false;
    const said = (one) => one.tagName + '.' + one.className + ' ' + (one.textContent ?? '').trim().slice(0, 40);
    const all = [...document.body.querySelectorAll('*')].filter((one) => !isHidden(one));
    const beyond = all.filter((one) => one.closest(scrolls) === null && one.getBoundingClientRect().right > innerWidth + 1);
    const cut = all.filter((one) => {
      const { overflowX } = getComputedStyle(one);
      return overflowX === 'hidden' && one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).position !== 'absolute' && one.tagName !== 'PROGRESS';
    });
    const page = document.documentElement.scrollWidth > innerWidth ? ['the page itself'] : [];
    return [...page, ...beyond.map((one) => 'beyond: ' + said(one)), ...cut.map((one) => 'cut: ' + said(one))].slice(0, 5);
  })()`);
}

/** True where what the selector finds has the focus. */
export async function isFocused(page: Page, selector: string): Promise<boolean> {
  return (await page.locator(`${selector}:focus`).count()) === 1;
}

/** Style of the outline of an element. */
export async function outlineOf(page: Page, selector: string): Promise<string> {
  return page.evaluate<string>(
    `getComputedStyle(document.querySelector(${JSON.stringify(selector)})).outlineStyle`,
  );
}

/** Opens everything that is folded. */
export async function unfold(page: Page): Promise<void> {
  await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
}

/** Presses Tab until what the selector finds has the focus. */
export async function tabTo(page: Page, selector: string, most = 60): Promise<void> {
  for (let presses = 0; presses < most; presses++) {
    if (await isFocused(page, selector)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${selector} is not reached by ${most} presses of Tab`);
}
