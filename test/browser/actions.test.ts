/** Every form that does something, by keyboard alone. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOrganization } from '../../simulator/organization.ts';
import { startSimulator } from '../../simulator/server.ts';
import { ACTIONS } from '../../src/operations/web/task.ts';
import { createSync } from '../../src/runs/create-sync.ts';
import { hookServer } from '../support/alert-receivers.ts';
import { findings } from '../support/axe.ts';
import { hasBrowser, launchBrowser, outlineOf, overflowing, tabTo, watch } from '../support/browser.ts';
import { openTestDatabase } from '../support/database.ts';
import { openWeb } from '../support/web.ts';
import { auditExport, webApp } from '../support/web-data.ts';

const DAY_MS = 86_400_000;

let browser: Browser;

/** Opens the form where it is folded, and presses its button; both have a focus that is seen. */
async function press(page: Page, id: string): Promise<void> {
  expect([id, await page.locator(`#${id}`).count()]).toEqual([id, 1]);
  const folded = `details.ask:not([open]):has(#${id}) summary`;
  if ((await page.locator(folded).count()) === 1) {
    await tabTo(page, folded, 120);
    expect(await outlineOf(page, folded)).toBe('solid');
    await page.keyboard.press('Enter');
    await page.locator(`#${id}`).waitFor();
    expect([id, await overflowing(page), await findings(page)]).toEqual([id, [], []]);
  }
  await tabTo(page, `#${id}`, 120);
  expect(await outlineOf(page, `#${id}`)).toBe('solid');
  await page.keyboard.press('Enter');
}

describe.runIf(hasBrowser())('by keyboard alone', () => {
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  it('each action is done', async () => {
    const organization = createOrganization({ workbooks: 4, members: 60, teams: 2, now: Date.now() });
    const audit = organization.addAuditLog();
    await using hook = await hookServer();
    await using simulator = await startSimulator({ organization, exportsPerMinute: 100_000 });
    await using test = await openTestDatabase();
    const app = webApp({
      simulator,
      yaml: `
sync: { streams: [members, teams, team_members] }
schedules: [{ name: nightly, cron: "15 2 * * *" }]
alerts: [{ name: ops, kind: webhook, url: "${hook.url}" }]
${auditExport(audit, new Date(Date.now() - 2 * DAY_MS))}`,
    });
    const database = async () => test.database;
    const sync = createSync({ app, database });
    await sync.run();
    const { members } = organization;
    for (const member of members.list.toArray().slice(0, 50)) members.delete(member);
    await sync.run();
    await using web = await openWeb(app, database);
    await using watched = await watch(browser, web.web.url);
    const { page, wrong } = watched;
    const done = new Set<string>();
    page.on('request', (request) => {
      const [, action] = /\/actions\/(\w+)$/.exec(request.url()) ?? [];
      if (action !== undefined && request.method() === 'POST') done.add(action);
    });
    for (const [path, id, said] of [
      ['/streams/members', 'accept-members', 'accept deletions of members, by hand: complete'],
      ['/streams/teams', 'sync-teams', 'sync teams, by hand: complete'],
      [
        '/exports/audit_events?again=range',
        'export-audit_events-with',
        'export audit_events, by hand: complete',
      ],
      ['/exports/audit_events', 'export-audit_events', 'export audit_events, by hand: complete'],
      ['/digest', 'refresh-', 'refresh of the answers: complete'],
    ] as const) {
      await page.goto(`${web.web.url}${path}`);
      await press(page, id);
      await page.getByText(said).last().waitFor({ timeout: 60_000 });
      await web.control.idle();
    }
    await page.goto(`${web.web.url}/alerts`);
    // The message arrives before the page of its form does.
    const answered = page.waitForEvent('load');
    await press(page, 'test-ops');
    await answered;
    await expect.poll(() => hook.bodies.length, { timeout: 20_000 }).toBe(1);
    simulator.faults.inject({ kinds: ['slow'], rate: 1, slowMs: 900, maxInARow: 1_000_000 });
    await page.goto(`${web.web.url}/`);
    await press(page, 'run-nightly');
    await page.waitForURL(/done=run$/);
    await press(page, 'cancel-nightly');
    await page.waitForURL(/done=cancel$/);
    await web.control.idle();
    expect([...done].sort()).toEqual([...ACTIONS].sort());
    expect(wrong).toEqual([]);
  }, 180_000);
});
