/** Ten tasks of an administrator, in a real browser: each in at most three clicks, or with one search, from the overview. */
import { readFile } from 'node:fs/promises';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOrganization } from '../../simulator/organization.ts';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import { createSync } from '../../src/runs/create-sync.ts';
import { findings } from '../support/axe.ts';
import { hasBrowser, launchBrowser, overflowing, watch } from '../support/browser.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { openWeb, type TestWeb } from '../support/web.ts';
import { auditExport, webApp } from '../support/web-data.ts';

const DAY_MS = 86_400_000;

/** Looks for something and presses what was found; one search, or a click each. */
interface Hand {
  readonly page: Page;
  /** Number of clicks; sending a form that was filled in is one. */
  readonly clicks: number;
  readonly searches: number;
  click(what: Locator): Promise<void>;
  /** Presses a link of the navigation. */
  go(name: string): Promise<void>;
  find(text: string): Promise<void>;
}

let browser: Browser;
let simulator: Simulator;
let test: TestDatabase;
let web: TestWeb;
/** Somebody who lost a grant that was the only way, and when they still had it. */
let lost: { member: string; name: string; object: string; title: string; before: string };

const query = <T extends Record<string, unknown>>(
  sql: string,
  values: readonly unknown[] = [],
): Promise<T[]> => test.database.session((session) => session.query<T>(sql, values));

async function one<T extends Record<string, unknown>>(sql: string): Promise<T> {
  const [row] = await query<T>(sql);
  if (row === undefined) throw new Error(`nothing: ${sql}`);
  return row;
}

/** Does a task from the overview, within three clicks or with one search and the clicks that confirm. */
async function task(work: (hand: Hand) => Promise<void>, most = 3): Promise<void> {
  await using watched = await watch(browser, web.web.url);
  const { page, wrong } = watched;
  await page.goto(`${web.web.url}/`);
  let [clicks, searches] = [0, 0];
  const hand: Hand = {
    page,
    get clicks() {
      return clicks;
    },
    get searches() {
      return searches;
    },
    async click(what) {
      clicks++;
      await what.click();
      await page.waitForLoadState();
    },
    async go(name) {
      await hand.click(page.locator('header').getByRole('link', { name, exact: true }));
    },
    async find(text) {
      searches++;
      await page.keyboard.press('/');
      await page.keyboard.type(text);
      await page.locator('#found [role=option]').first().waitFor();
      await page.keyboard.press('ArrowDown');
      await Promise.all([page.waitForURL((url) => url.pathname !== '/'), page.keyboard.press('Enter')]);
    },
  };
  await work(hand);
  expect(searches).toBeLessThanOrEqual(1);
  expect(clicks).toBeLessThanOrEqual(searches === 1 ? most - 2 : most);
  expect(wrong).toEqual([]);
}

describe.runIf(hasBrowser())('an administrator', () => {
  beforeAll(async () => {
    browser = await launchBrowser();
    test = await openTestDatabase();
    const organization = createOrganization({
      ...{ seed: 12, workbooks: 70, reports: 12, members: 24, teams: 5, grants: 220, elements: 200 },
      now: Date.now(),
    });
    const audit = organization.addAuditLog();
    simulator = await startSimulator({ organization, exportsPerMinute: 100_000 });
    const yaml = auditExport(audit, new Date(Date.now() - 20 * DAY_MS));
    const app = webApp({ simulator, env: { SIGMA_SYNC_ANALYTICS: 'true' }, yaml });
    const sync = createSync({ app, database: async () => test.database });
    await sync.run({ exports: app.exports });
    const direct = await one<{ id: string; member: string; object: string; name: string; title: string }>(
      `select g.grant_id as id, g.member_id as member, g.inode_id as object, a.member_name as name, a.name as title
         from sigma.grants g join sigma_analytics.access_matrix a on a.member_id = g.member_id and a.inode_id = g.inode_id
        where jsonb_array_length(a.paths) = 1 and a.type = 'workbook' and not a.is_archived order by g.grant_id limit 1`,
    );
    // The time is that of the database, to the second.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const { at } = await one<{ at: string }>(
      `select to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS') as at`,
    );
    organization.revoke(direct.id);
    await sync.run();
    lost = {
      member: direct.member,
      name: direct.name,
      object: direct.object,
      title: direct.title,
      before: at,
    };
    web = await openWeb(app, async () => test.database);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await web?.[Symbol.asyncDispose]();
    await simulator?.close();
    await test?.close();
  });

  it('who opened X', async () => {
    const found = await one<{ title: string; name: string }>(
      `select i.name as title, m.name from sigma_analytics.openings() o
         join sigma_analytics.workbook_inventory i on i.workbook_id = o.object_id and not i.is_archived
         join sigma_analytics.member_activity m on m.member_id = o.member_id
        where i.name ~ '^[A-Za-z ]{12,}$' and (select count(*) from sigma_analytics.object_names n where n.name = i.name) = 1
        order by o.opened_at desc limit 1`,
    );
    await task(async ({ page, find }) => {
      await find(found.title);
      expect(await page.locator('section:has(#openings)').innerText()).toContain(found.name);
    });
  });

  it('why A can see B', async () => {
    const pair = await one<{ member: string; object: string }>(
      `select member_id as member, inode_id as object from sigma_analytics.access_matrix
        where type = 'workbook' and paths @> '[{"via": "team"}]' order by member_id, inode_id limit 1`,
    );
    await task(async ({ page, go, click }) => {
      await go('Usage');
      await go('Who sees what');
      await page.getByLabel('Member', { exact: true }).fill(pair.member);
      await page.getByLabel('Object', { exact: true }).fill(pair.object);
      await click(page.getByRole('button', { name: 'Check access' }));
      expect(await page.locator('main').innerText()).toMatch(/team/);
    });
  });

  it('the same as of a date', async () => {
    for (const [at, could] of [
      ['', false],
      [lost.before, true],
    ] as const)
      await task(async ({ page, go, click }) => {
        await go('Usage');
        await go('Who sees what');
        await page.getByLabel('Member', { exact: true }).fill(lost.member);
        await page.getByLabel('Object', { exact: true }).fill(lost.object);
        await page.getByLabel('As of (UTC)').fill(at);
        await click(page.getByRole('button', { name: 'Check access' }));
        expect([at, /direct/i.test(await page.locator('section').first().innerText())]).toEqual([at, could]);
      });
  });

  it('what breaks if table T goes', async () => {
    const table = await one<{ name: string; id: string }>(
      `select n.name, n.id from sigma_analytics.object_names n join sigma_analytics.lineage l on l.upstream_id = n.id
        where n.type = 'table' group by 1, 2 order by count(*) desc, n.id limit 1`,
    );
    const broken = await query<{ name: string }>(
      `select name from sigma_analytics.impact_of('${table.id}') where type in ('workbook', 'report', 'data-model') and not is_archived`,
    );
    expect(broken.length).toBeGreaterThan(0);
    await task(async ({ page, find, click }) => {
      await find(table.name);
      await click(page.locator('.facts a').first());
      expect(await page.locator('.lead').innerText()).toContain(table.name);
      expect(await page.locator('.list-head').innerText()).toContain(`${broken.length} in all`);
      expect(await page.locator('.lineage a').count()).toBeGreaterThan(0);
      expect([await findings(page), await overflowing(page)]).toEqual([[], []]);
    });
  });

  it('who lost access this week', async () => {
    await task(async ({ page, go, click }) => {
      await go('Usage');
      await go('Access changes');
      await page.getByLabel('Filter').selectOption('lost lately');
      await click(page.getByRole('button', { name: 'Show' }));
      const said = await page.locator('tbody th').allInnerTexts();
      expect(said.join('\n')).toContain(`${lost.name}`);
      expect(said.join('\n')).toMatch(new RegExp(`lost .* on ${lost.title.replace(/[^\w ]/g, '.')}`));
      // Ids only on demand.
      expect(await page.locator('tbody').innerText()).not.toContain(lost.member);
    });
  });

  it('which licences idle', async () => {
    const { n } = await one<{ n: number }>(
      `select count(*)::integer as n from sigma_analytics.licence_use where verdict = 'idle'`,
    );
    expect(n).toBeGreaterThan(0);
    await task(async ({ page, go, click }) => {
      await go('Usage');
      await go('Licences');
      await click(page.locator('.facts div', { hasText: 'Idle' }).locator('a'));
      expect(await page.locator('.list-head').innerText()).toContain(`${n} in all`);
    });
  });

  it('which schedules fail', async () => {
    const { n } = await one<{ n: number }>(
      'select count(*)::integer as n from sigma_analytics.schedule_failures',
    );
    expect(n).toBeGreaterThan(0);
    await task(async ({ page, go }) => {
      await go('Usage');
      await go('Failures');
      expect(await page.locator('.list-head').innerText()).toContain(`${n} in all`);
    });
  });

  it('what is open to everyone', async () => {
    const { n } = await one<{ n: number }>(
      'select count(*)::integer as n from sigma_analytics.access_exposure where everyone and not is_archived',
    );
    await task(async ({ page, go, click }) => {
      await go('Usage');
      await go('Exposure');
      await page.getByLabel('Filter').selectOption('everyone');
      await click(page.getByRole('button', { name: 'Show' }));
      expect(await page.locator('main').innerText()).toContain(
        n === 0 ? 'Nothing is like that' : `${n} in all`,
      );
    });
  });

  it('rerun an export for last week', async () => {
    const now = new Date();
    const today = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate());
    const monday = today - ((now.getUTCDay() + 6) % 7) * DAY_MS;
    const week = [monday - 7 * DAY_MS, monday].map((ms) => new Date(ms).toISOString());
    const ofWeek = `created_at >= '${week[0]}' and created_at < '${week[1]}'`;
    const counts = (): Promise<{ inside: number; outside: number }> =>
      one(`select (count(*) filter (where ${ofWeek}))::integer as inside, (count(*) filter (where not (${ofWeek})))::integer as outside
             from sigma_data.audit_events`);
    const before = await counts();
    expect(before.inside).toBeGreaterThan(0);
    // Somebody lost rows of that week, and of the days around it.
    await query('delete from sigma_data.audit_events');
    await task(async ({ page, go, click }) => {
      await go('Exports');
      await click(page.getByRole('link', { name: 'Run again…' }));
      await click(page.getByRole('button', { name: 'Run this range' }));
      await page.getByText('export audit_events, by hand: complete').last().waitFor({ timeout: 60_000 });
    });
    const after = await counts();
    expect(after.inside).toBe(before.inside);
    // The lookback reads some hours before it.
    expect(after.outside).toBeLessThan(before.outside / 2);
  });

  it('download stale workbooks', async () => {
    const stale = await query<{ name: string }>(
      'select name from sigma_analytics.stale_workbooks order by name',
    );
    expect(stale.length).toBeGreaterThan(0);
    await task(async ({ page, go, click }) => {
      await go('Usage');
      await go('Stale');
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        click(page.getByRole('link', { name: 'Download as CSV' })),
      ]);
      const text = await readFile(await download.path(), 'utf8');
      for (const { name } of stale.filter((row) => /^[\w ]+$/.test(row.name))) expect(text).toContain(name);
    });
  });
});
