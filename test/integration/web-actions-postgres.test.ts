/** Runs that are begun and stopped from the page. */
import { expect, it } from 'vitest';
import { startSimulator } from '../../simulator/server.ts';
import { openTestDatabase } from '../support/database.ts';
import { openWeb } from '../support/web.ts';
import { webApp } from '../support/web-data.ts';

const YAML = `
sync: { streams: [members, teams, team_members, workbooks] }
schedules:
  - { name: nightly, cron: "15 2 * * *" }
  - { name: people, cron: "0 * * * *", streams: [members] }
`;

it('a run is begun, seen at work, and seen when it is done', async () => {
  await using simulator = await startSimulator({ organization: { workbooks: 5, members: 6 } });
  await using test = await openTestDatabase({ migrated: false });
  simulator.faults.inject({ kinds: ['slow'], rate: 1, slowMs: 300, maxInARow: 1_000_000 });
  await using page = await openWeb(webApp({ simulator, yaml: YAML }), async () => test.database);
  const answer = await page.post('run', 'nightly');
  expect([answer.status, answer.headers.location]).toEqual([303, '/?done=run']);
  expect(page.control.running().map(({ name, trigger }) => [name, trigger])).toEqual([['nightly', 'page']]);
  const again = await page.post('run', 'people');
  expect(again.status).toBe(303);
  let live = '';
  for (let i = 0; i < 1000 && !/streams? of 4 done/.test(live); i++) {
    live = (await page.send('/live')).text;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(live).toMatch(/Running now[\s\S]*nightly[\s\S]*<progress/);
  expect(live).toContain('action="/actions/cancel"');
  await page.control.idle();
  const overview = await page.send('/');
  expect(overview.text).not.toContain('Running now');
  const [schedule] = await page.control.schedules();
  expect(schedule?.lastStatus).toBe('complete');
  const run = await page.send(`/runs/${schedule?.lastRunId}`);
  expect(run.text).toMatch(/by\s+this page/);
  expect((await page.send('/?done=run')).text).toContain('It has started, or starts after the current run.');
});

it('a run is cancelled, and what it loaded is kept', async () => {
  await using simulator = await startSimulator({ organization: { workbooks: 30, members: 6 } });
  await using test = await openTestDatabase();
  simulator.faults.inject({ kinds: ['slow'], rate: 1, slowMs: 400, maxInARow: 1_000_000 });
  await using page = await openWeb(webApp({ simulator, yaml: YAML }), async () => test.database);
  const token = page.formToken('run', 'nightly');
  await page.post('run', 'nightly');
  // Twice is once: the second says so.
  const body = new URLSearchParams({ subject: 'nightly', token: await token }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' };
  expect((await page.send('/actions/run', { method: 'POST', body, headers })).status).toBe(409);
  const answer = await page.post('cancel', 'nightly');
  expect([answer.status, answer.headers.location]).toEqual([303, '/?done=cancel']);
  expect((await page.send('/live')).text).toMatch(/stopping|interrupted/);
  await page.control.idle();
  const [schedule] = await page.control.schedules();
  expect(schedule?.lastStatus).toBe('interrupted');
  await expect(page.post('cancel', 'nightly')).rejects.toThrow('no form to cancel');
});

it('a schedule that is gone is told in a sentence', async () => {
  await using test = await openTestDatabase();
  await using page = await openWeb(webApp({ yaml: YAML }), async () => test.database);
  // Our own token for a name that a reload has taken away.
  const { trigger } = page.control;
  const token = await page.formToken('run', 'people');
  Object.assign(page.control, { trigger: () => trigger('gone') });
  const { status, text } = await page.send('/actions/run', {
    ...{ method: 'POST', body: new URLSearchParams({ subject: 'people', token }).toString() },
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
  });
  expect([status, text]).toEqual([404, expect.stringContaining('There is no schedule &quot;gone&quot;')]);
});
