/**
 * Tasks that the page does on request: syncs, deletions, exports of a range, tests of alerts, refreshes; and for
 * whom.
 */
import { expect, it } from 'vitest';
import { createOrganization } from '../../simulator/organization.ts';
import { startSimulator } from '../../simulator/server.ts';
import { createSync } from '../../src/runs/create-sync.ts';
import { hookServer } from '../support/alert-receivers.ts';
import { openTestDatabase } from '../support/database.ts';
import { type Answer, basic, OWN_FORM, openWeb, type TestWeb } from '../support/web.ts';
import { auditExport, webApp } from '../support/web-data.ts';

const DAY_MS = 86_400_000;

/** Sends the form of an action on a subject as the page at a path has it, with other values where they are given. */
async function ask(
  page: TestWeb,
  path: string,
  action: string,
  subject: string,
  fields: Record<string, string> = {},
): Promise<Answer> {
  const { text } = await page.send(path);
  const form = new RegExp(
    `action="/actions/${action}"><input type="hidden" name="subject" value="${subject}"><input type="hidden" name="token" value="([^"]+)"`,
  ).exec(text);
  if (form?.[1] === undefined) throw new Error(`${path} has no form to ${action} ${subject}`);
  const body = new URLSearchParams({ subject, token: form[1], ...fields }).toString();
  return page.send(`/actions/${action}`, {
    method: 'POST',
    body,
    headers: { ...OWN_FORM, origin: page.web.url },
  });
}

it('a stream is synced from its page, which shows how far it is and how it ended', async () => {
  await using simulator = await startSimulator({ organization: { workbooks: 4, members: 6, teams: 2 } });
  await using test = await openTestDatabase();
  simulator.faults.inject({ kinds: ['slow'], rate: 1, slowMs: 200, maxInARow: 1_000_000 });
  await using page = await openWeb(webApp({ simulator }), async () => test.database);
  const before = await page.send('/streams/team_members');
  expect(before.text).toContain('Its parents are synced, too: teams.');
  const answer = await ask(page, '/streams/team_members', 'sync', 'team_members');
  expect([answer.status, answer.headers.location]).toEqual([303, '/streams/team_members']);
  const under = await page.send('/streams/team_members');
  expect(under.text).toMatch(/data-running[\s\S]*sync team_members, by hand/);
  const [, live = ''] = /data-live-path="([^"]+)"/.exec(under.text) ?? [];
  expect((await page.send(live.replaceAll('&amp;', '&'))).text).toContain('data-running');
  // Twice is once.
  expect((await ask(page, '/streams/team_members', 'sync', 'team_members')).status).toBe(409);
  await page.control.idle();
  const after = await page.send('/streams/team_members');
  expect(after.text).toMatch(/sync team_members, by hand: complete/);
  const runs = await test.database.session((session) =>
    session.query('select command, trigger, schedule, status from sigma_sync.runs'),
  );
  expect(runs).toEqual([{ command: 'sync', trigger: 'page', schedule: null, status: 'complete' }]);
});

it('deletions are accepted where the guard objects, and nowhere else', async () => {
  await using simulator = await startSimulator({ organization: { workbooks: 2, members: 60, teams: 2 } });
  await using test = await openTestDatabase();
  const app = webApp({ simulator, yaml: 'sync: { streams: [members] }\n' });
  const database = async () => test.database;
  await createSync({ app, database }).run();
  await using page = await openWeb(app, database);
  await expect(ask(page, '/streams/members', 'accept', 'members')).rejects.toThrow('no form to accept');
  const { members } = simulator.organization;
  for (const member of members.list.toArray().slice(0, 50)) members.delete(member);
  await createSync({ app, database }).run();
  const gone = async (): Promise<unknown> =>
    (
      await test.database.session((session) =>
        session.query('select count(*)::integer as n from sigma.members where _deleted_at is not null'),
      )
    )[0]?.['n'];
  expect(await gone()).toBe(0);
  const [, form = ''] =
    /value="members"><input type="hidden" name="token" value="([^"]+)"/.exec(
      (await page.send('/streams/members')).text,
    ) ?? [];
  expect((await ask(page, '/streams/members', 'accept', 'members')).status).toBe(303);
  await page.control.idle();
  expect(await gone()).toBe(50);
  expect((await page.send('/streams/members')).text).toContain(
    'accept deletions of members, by hand: complete',
  );
  // A page from before has the form still, and its token is good: but nothing is held up any more.
  const late = await page.send('/actions/accept', {
    ...{ method: 'POST', body: new URLSearchParams({ subject: 'members', token: form }).toString() },
    headers: { ...OWN_FORM, origin: page.web.url },
  });
  expect([late.status, late.text]).toEqual([
    409,
    expect.stringContaining('did not stop the last run of members'),
  ]);
});

it('an export is run for a range; one in which nothing can be is refused with a reason', async () => {
  const organization = createOrganization({ workbooks: 3, members: 4, now: Date.now() });
  const start = new Date(Date.now() - 12 * DAY_MS);
  const audit = organization.addAuditLog();
  await using simulator = await startSimulator({ organization, exportsPerMinute: 100_000 });
  await using test = await openTestDatabase();
  await using page = await openWeb(
    webApp({ simulator, yaml: auditExport(audit, start) }),
    async () => test.database,
  );
  const path = '/exports/audit_events';
  const send = (fields: Record<string, string>): Promise<Answer> =>
    ask(page, `${path}?again=range`, 'export', 'audit_events', fields);
  const wrong = await send({ from: 'soon', to: '' });
  expect([wrong.status, wrong.text]).toEqual([422, expect.stringContaining('must be a time such as')]);
  const backwards = await send({ from: '2026-03-03', to: '2026-03-02' });
  expect([backwards.status, backwards.text]).toEqual([422, expect.stringContaining('must be before')]);
  expect(page.control.running()).toEqual([]);
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  const [from, to] = [day(start.getTime() + 2 * DAY_MS), day(start.getTime() + 5 * DAY_MS)];
  const done = await send({ from: `${from}T00:00`, to: `${to}T00:00` });
  expect([done.status, done.headers.location]).toEqual([303, path]);
  await page.control.idle();
  expect((await page.send(path)).text).toContain('export audit_events, by hand: complete');
  const windows = await test.database.session((session) =>
    session.query<{ from: string; to: string }>(
      `select to_char(min(window_from) at time zone 'UTC', 'YYYY-MM-DD') as from, to_char(max(window_to) at time zone 'UTC', 'YYYY-MM-DD') as to
         from sigma_sync.export_windows`,
    ),
  );
  expect(windows).toEqual([{ from, to }]);
});

it('a receiver is tested, and the page says what became of it', async () => {
  await using hook = await hookServer();
  await using test = await openTestDatabase();
  const yaml = `alerts: [{ name: ops, kind: webhook, url: "${hook.url}" }]\n`;
  await using page = await openWeb(webApp({ yaml }), async () => test.database);
  expect((await ask(page, '/alerts', 'test', 'ops')).headers.location).toBe('/alerts');
  expect(hook.take()).toMatchObject([{ alerts: [{ kind: 'test' }] }]);
  expect((await page.send('/alerts')).text).toMatch(/ops[\s\S]*tone-good">complete/);
  hook.answer = 500;
  await ask(page, '/alerts', 'test', 'ops');
  const failed = (await page.send('/alerts')).text;
  expect(failed).toMatch(/tone-bad">failed[\s\S]*500/);
  expect(failed).not.toContain(hook.url);
});

it('answers are refreshed from the digest', async () => {
  await using simulator = await startSimulator({ organization: { workbooks: 4, members: 6, teams: 2 } });
  await using test = await openTestDatabase();
  const app = webApp({ simulator });
  const database = async () => test.database;
  await createSync({ app, database }).run();
  await using page = await openWeb(app, database);
  expect((await page.send('/digest')).text).toContain('There are no answers yet.');
  const answer = await ask(page, '/digest', 'refresh', '');
  expect([answer.status, answer.headers.location]).toEqual([303, '/digest']);
  await page.control.idle();
  const { text } = await page.send('/digest');
  expect(text).toContain('refresh of the answers: complete');
  expect(text).not.toContain('There are no answers yet.');
});

it('who may only look sees why there is nothing to press, and is refused with that', async () => {
  await using test = await openTestDatabase();
  const [password, viewerPassword] = ['correct horse battery', 'only to look at it'];
  const env = { SIGMA_SYNC_PASSWORD: password, SIGMA_SYNC_VIEWER_PASSWORD: viewerPassword };
  await using page = await openWeb(
    webApp({ env, yaml: 'schedules: [{ name: nightly, cron: "15 2 * * *" }]\n' }),
    async () => test.database,
  );
  const viewer = { authorization: basic(viewerPassword, 'viewer') };
  const operator = { authorization: basic(password) };
  for (const path of ['/', '/streams/members', '/alerts', '/config']) {
    const { status, text } = await page.send(path, { headers: viewer });
    expect([path, status, text.includes('action="/actions/'), text.includes(viewerPassword)]).toEqual([
      ...[path, 200, false, false],
    ]);
  }
  const shown = await page.send('/streams/members', { headers: viewer });
  expect(shown.text).toContain('You are signed in as viewer, which is read-only');
  const { text } = await page.send('/streams/members', { headers: operator });
  const [, token = ''] = /name="token" value="([^"]+)"/.exec(text) ?? [];
  const body = new URLSearchParams({ subject: 'members', token }).toString();
  const post = (headers: Record<string, string>): Promise<Answer> =>
    page.send('/actions/sync', {
      ...{ method: 'POST', body },
      headers: { ...OWN_FORM, origin: page.web.url, ...headers },
    });
  // Even with a token that an operator's page had.
  const refused = await post(viewer);
  expect([refused.status, refused.text]).toEqual([
    403,
    expect.stringContaining('You are signed in as viewer, which is read-only'),
  ]);
  expect((await post({ authorization: basic(viewerPassword) })).status).toBe(401);
  expect((await post({ authorization: basic(password, 'viewer') })).status).toBe(401);
  expect((await post({})).status).toBe(401);
  expect(page.control.running()).toEqual([]);
  // No action takes the token of another, or of another subject, or none.
  for (const [action, subject] of [
    ['accept', 'members'],
    ['sync', 'teams'],
    ['refresh', 'members'],
    ['export', 'members'],
    ['test', 'members'],
  ] as const) {
    const answer = await page.send(`/actions/${action}`, {
      ...{ method: 'POST', body: new URLSearchParams({ subject, token }).toString() },
      headers: { ...OWN_FORM, origin: page.web.url, ...operator },
    });
    expect([action, subject, answer.status]).toEqual([action, subject, 403]);
  }
  // A stranger's page is refused before anything is looked at.
  const strange = await page.send('/actions/sync', {
    ...{ method: 'POST', body },
    headers: { ...OWN_FORM, ...operator, 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
  });
  expect(strange.status).toBe(403);
});
