/** The page over many organizations in a real browser: whole, accessible, within its width, in light and dark. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FleetConfig } from '../../src/config/fleet.ts';
import { findings } from '../support/axe.ts';
import { hasBrowser, launchBrowser, overflowing, unfold, VARIANTS, watch } from '../support/browser.ts';
import { type FleetRig, startFleetRig } from '../support/fleet-rig.ts';
import { type FleetWeb, openFleetWeb, PAGE_SETTINGS } from '../support/web-fleet.ts';

let browser: Browser;
let rig: FleetRig;
let web: FleetWeb;

describe.runIf(hasBrowser())('in a browser', () => {
  beforeAll(async () => {
    browser = await launchBrowser();
    rig = await startFleetRig(['acme', 'beta', 'an_organization_of_long_name']);
    const names = Object.keys(rig.simulators);
    const config: FleetConfig = rig.settings(
      [
        ...names.map((name) => {
          const entry = rig.entry(name);
          if (name === 'acme') return entry;
          return { ...entry, sigma: { ...(entry['sigma'] as object), client_secret: 'revoked-0123456789' } };
        }),
        ...Array.from({ length: 60 }, (_, i) => ({
          name: `tenant_${i}`,
          sigma: {
            base_url: 'http://127.0.0.1:1',
            client_id: `c${i}`,
            client_secret: `secret-${i}-0123456789`,
          },
        })),
      ],
      { ...PAGE_SETTINGS, sync: { streams: ['members', 'workbooks'] }, analytics: { enabled: false } },
    );
    await rig.open(config, async (fleet) => {
      for (const { name, sync } of fleet.members)
        if (names.includes(name)) await sync.run().catch(() => undefined);
    });
    // One is at work.
    await rig.rows(
      `insert into sigma_acme_sync.runs (run_id, command, status, cycle_id, cycle_started_at, started_at)
       values ('run-of-now', 'sync', 'running', 'c', now(), now())`,
    );
    web = await openFleetWeb(rig, config);
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    await web?.[Symbol.asyncDispose]();
    await rig?.[Symbol.asyncDispose]();
  });

  it.each(VARIANTS)('%s', async (_, options) => {
    const { url } = web;
    await using watched = await watch(browser, url, options);
    const { page, wrong } = watched;
    for (const path of ['/', '/?text=nowhere', '/o/acme/']) {
      const answer = await page.goto(`${url}${path}`);
      expect([path, answer?.status()]).toEqual([path, 200]);
      expect([path, wrong]).toEqual([path, []]);
      expect(await page.locator('h1').count()).toBe(1);
      if (options.javaScriptEnabled === false) continue;
      expect([path, await overflowing(page)]).toEqual([path, []]);
      await unfold(page);
      expect([path, await findings(page)]).toEqual([path, []]);
      expect([path, 'unfolded', await overflowing(page)]).toEqual([path, 'unfolded', []]);
    }
    await page.goto(`${url}/?text=acme`);
    await page.locator('tbody a', { hasText: 'acme' }).first().click();
    expect(new URL(page.url()).pathname).toBe('/o/acme/');
    expect(await page.title()).toBe('Overview · acme · sigma-sync');
    await page.locator('.brand a').first().click();
    expect(new URL(page.url()).pathname).toBe('/');
  });

  it('suggests and refreshes below the address of an organization', async () => {
    const { url } = web;
    await using watched = await watch(browser, url, {});
    const { page, wrong } = watched;
    await page.goto(`${url}/o/acme/`);
    await page.waitForResponse((response) => new URL(response.url()).pathname === '/o/acme/live');
    await page.locator('#find').fill('workbook_pa');
    await page.locator('#found li').first().click();
    await page.waitForURL(`${url}/o/acme/streams/workbook_pages`);
    expect(wrong).toEqual([]);
  });
});
