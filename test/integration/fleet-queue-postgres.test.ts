/** The queue of many organizations: fair, in order of priority, one job of an organization at a time, and fenced. */
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { startSimulator } from '../../simulator/server.ts';
import type { FleetConfig } from '../../src/config/fleet.ts';
import { type Database, quoteTable } from '../../src/core/database/database.ts';
import { openPostgres } from '../../src/core/database/postgres.ts';
import { ConfigError, LockedError } from '../../src/core/errors.ts';
import { newcomersOf, plan, schedulesOf } from '../../src/operations/fleet/plan.ts';
import { plannerControl } from '../../src/operations/fleet/planner-control.ts';
import { keyOf, openQueue, PRIORITY, QUEUE } from '../../src/operations/fleet/queue.ts';
import { endFormerAttempts, sessionsOf, work } from '../../src/operations/fleet/work.ts';
import { shareOf } from '../../src/operations/service/timetable.ts';
import { runLock } from '../../src/state/lock.ts';
import { openRunBook, type RunStart } from '../../src/state/run-book.ts';
import { assertRunning } from '../../src/state/run-fence.ts';
import { openTestDatabase } from '../support/database.ts';
import { SHORT, startQueue, WAIT } from '../support/fleet-queue.ts';
import { type FleetRig, startFleetRig } from '../support/fleet-rig.ts';
import { OWN_FORM } from '../support/web.ts';
import { openFleetWeb, PAGE_SETTINGS } from '../support/web-fleet.ts';

/** Plans all organizations; those without tables get first loads. */
async function planAll(rig: FleetRig, config: FleetConfig, boss: Parameters<typeof plan>[0]['boss']) {
  const database = await rig.database();
  return rig.open(config, async ({ members }) =>
    plan({ boss, database }, members, await newcomersOf(database, config)),
  );
}

it('the embedded database has no workers, and the message says what to do', async () => {
  await using rig = await startFleetRig(['acme']);
  const config = rig.settings([rig.entry('acme')]);
  const { url: _, ...database } = config.base.database;
  const embedded: FleetConfig = { ...config, base: { ...config.base, database } };
  const refused = openQueue(embedded, { name: 'x', plans: true, concurrency: 1, onError: () => undefined });
  await expect(refused).rejects.toThrow(ConfigError);
  await expect(refused).rejects.toThrow('Workers need a Postgres server');
});

it('a plan changes what differs, and nothing else', async () => {
  await using rig = await startFleetRig(['acme', 'beta']);
  const more = { ...SHORT, service: { spread_minutes: 60 } };
  const both = rig.settings([rig.entry('acme'), rig.entry('beta')], more);
  await using queue = await startQueue(both);
  expect(await planAll(rig, both, queue.boss)).toEqual({
    ...{ schedules: 2, changed: 2, removed: 0, cancelled: 0 },
    firstLoads: ['acme', 'beta'],
  });
  // First loads are queued already, and are not queued again.
  expect(await planAll(rig, both, queue.boss)).toMatchObject({ schedules: 2, changed: 0, removed: 0 });
  expect(await queue.jobs('created')).toHaveLength(2);
  const one = rig.settings([rig.entry('acme')], more);
  expect(await planAll(rig, one, queue.boss)).toMatchObject({
    ...{ schedules: 1, changed: 0, removed: 1 },
    // The first load of the one that is gone waited for a worker.
    cancelled: 1,
  });
  expect(await queue.jobs('created')).toEqual([expect.stringMatching(/^acme/)]);
  expect(await queue.jobs('cancelled')).toEqual([expect.stringMatching(/^beta/)]);
});

it('turns of organizations are spread as in one process, the same in each plan', async () => {
  await using rig = await startFleetRig(['acme', 'beta']);
  const schedules = [
    { name: 'nightly', cron: '0 2 * * *' },
    { name: 'often', cron: '*/10 * * * *' },
  ];
  const delays = async (service: object): Promise<Record<string, number>> => {
    const config = rig.settings([rig.entry('acme'), rig.entry('beta')], { ...SHORT, service, schedules });
    return rig.open(config, async ({ members }) =>
      Object.fromEntries(schedulesOf(members).map(({ data, delaySeconds }) => [keyOf(data), delaySeconds])),
    );
  };
  const spread = { jitter_seconds: 0, spread_minutes: 60 };
  const found = await delays(spread);
  for (const name of ['acme', 'beta']) {
    expect(found[`${name}/nightly`]).toBe(Math.floor(shareOf(name) * 3600));
    // Never more than half the interval.
    expect(found[`${name}/often`]).toBe(Math.floor(shareOf(name) * 300));
  }
  expect(await delays({ jitter_seconds: 0 })).toEqual(found);
  expect(Object.values(await delays({ ...spread, spread_minutes: 0 }))).toEqual([0, 0, 0, 0]);
  for (const [key, seconds] of Object.entries(await delays({ ...spread, jitter_seconds: 50 })))
    expect(seconds - (found[key] ?? 0)).toBeLessThanOrEqual(50);
});

it('wrong credentials and a slow API delay nobody else', async () => {
  await using rig = await startFleetRig(['acme', 'beta', 'broken']);
  await using slow = await startSimulator({
    organization: { workbooks: 3 },
    clientId: 'slow',
    latencyMs: 8000,
  });
  const { clientId: client_id, clientSecret: client_secret, url: base_url } = slow;
  const revoked = { ...(rig.entry('broken')['sigma'] as object), client_secret: 'revoked-0123456789' };
  const config = rig.settings(
    [
      rig.entry('broken', { sigma: revoked }),
      { name: 'slow', sigma: { client_id, client_secret, base_url } },
      rig.entry('acme'),
      rig.entry('beta'),
    ],
    SHORT,
  );
  await using queue = await startQueue(config);
  // Those that have trouble come first.
  for (const name of ['broken', 'slow', 'acme', 'beta']) await queue.send(name, 'nightly');
  await queue.worker('one', 2);
  await expect
    .poll(() => queue.jobs('completed'), WAIT)
    .toEqual([expect.stringMatching(/^acme/), expect.stringMatching(/^beta/)]);
  // The slow one is still at its first requests, and the other one is to be tried again.
  expect(await queue.jobs('active')).toContainEqual(expect.stringMatching(/^slow/));
  expect(
    queue.turns
      .slice(0, 2)
      .map(({ organization }) => organization)
      .sort(),
  ).toEqual(['broken', 'slow']);
  const [{ state, output } = {}] = await queue.boss.findJobs(QUEUE, { key: 'broken/nightly' });
  expect(['retry', 'active']).toContain(state);
  expect(JSON.stringify(output)).toContain('credentials');
  expect(JSON.stringify(output)).not.toContain('revoked-0');
});

it('a worker of one job at a time does the others while broken credentials wait for another attempt', async () => {
  await using rig = await startFleetRig(['broken', 'acme', 'beta']);
  const revoked = { ...(rig.entry('broken')['sigma'] as object), client_secret: 'revoked-0123456789' };
  const config = rig.settings(
    [rig.entry('broken', { sigma: revoked }), rig.entry('acme'), rig.entry('beta')],
    SHORT,
  );
  await using queue = await startQueue(config);
  for (const name of ['broken', 'acme', 'beta']) await queue.send(name, 'nightly');
  await queue.worker('one', 1);
  await expect.poll(() => queue.jobs('completed'), WAIT).toEqual(['acme/nightly', 'beta/nightly']);
  // Its first attempt was before theirs, and ended by itself.
  expect(queue.turns[0]).toMatchObject({ organization: 'broken', to: expect.any(Number) });
  expect(queue.turns[0]?.to).toBeLessThanOrEqual(queue.turns[1]?.from ?? 0);
  const [{ state, retryLimit } = {}] = await queue.boss.findJobs(QUEUE, { key: 'broken/nightly' });
  expect(['retry', 'active']).toContain(state);
  expect(retryLimit).toBe(6);
}, 120_000);

it('first loads come after scheduled runs, although they were sent before', async () => {
  await using rig = await startFleetRig(['acme', 'beta', 'coral']);
  const config = rig.settings([rig.entry('acme'), rig.entry('beta'), rig.entry('coral')], SHORT);
  await using queue = await startQueue(config);
  await queue.send('acme', 'nightly', PRIORITY.firstLoad);
  await queue.send('beta', 'nightly');
  await queue.send('coral', 'nightly');
  await queue.worker('one', 1);
  await expect.poll(async () => (await queue.jobs('completed')).length, WAIT).toBe(3);
  expect(queue.turns.map(({ organization }) => organization)).toEqual(['beta', 'coral', 'acme']);
});

it('two workers never work on one organization at once, and its exports are jobs of their own', async () => {
  await using rig = await startFleetRig(['acme', 'beta']);
  const exports = ['one', 'two', 'three'].map((name) => {
    const place = rig.simulators['acme']?.organization.addExport({
      columns: ['a'],
      count: 2,
      rows: (index) => [index],
    });
    const own = { name, workbook: place?.workbookId, element: place?.elementId };
    return name === 'three' ? { ...own, schedule: '30 4 * * *' } : own;
  });
  const config = rig.settings([rig.entry('acme', { exports }), rig.entry('beta')], SHORT);
  await using queue = await startQueue(config);
  await queue.send('acme', 'nightly');
  await queue.send('beta', 'nightly');
  // One with a schedule of its own does not follow the sync.
  const scheduled = await rig.open(config, async ({ members }) => schedulesOf(members));
  expect(scheduled.map(({ data }) => keyOf(data)).sort()).toEqual([
    'acme/export three',
    'acme/nightly',
    'beta/nightly',
  ]);
  await queue.worker('one', 2);
  await queue.worker('two', 2);
  await expect
    .poll(() => queue.jobs('completed'), WAIT)
    .toEqual(['acme/export one', 'acme/export two', 'acme/nightly', 'beta/nightly']);
  await queue.send('acme', 'export three');
  await expect
    .poll(() => queue.jobs('completed'), WAIT)
    .toEqual(['acme/export one', 'acme/export three', 'acme/export two', 'acme/nightly', 'beta/nightly']);
  const own = queue.turns.filter(({ organization }) => organization === 'acme');
  expect(own).toHaveLength(4);
  for (const [index, { from }] of own.entries())
    if (index > 0) expect(from).toBeGreaterThanOrEqual(own[index - 1]?.to ?? Number.NaN);
  const runs = await rig.rows('select command, status from sigma_acme_sync.runs order by started_at');
  expect(runs).toEqual([
    { command: 'sync', status: 'complete' },
    ...exports.map(() => ({ command: 'export', status: 'complete' })),
  ]);
  for (const { name } of exports)
    expect(await rig.rows(`select count(*)::integer as n from sigma_data_acme.${name}`)).toEqual([{ n: 2 }]);
  expect(rig.simulators['acme']?.counters.tokenRateViolations).toBe(0);
});

it('jobs of an organization after each other never ask for two tokens in a second, whoever does them', async () => {
  await using rig = await startFleetRig(['acme', 'beta']);
  const short = { sync: { streams: ['members'] }, analytics: { enabled: false } };
  const config = rig.settings([rig.entry('acme'), rig.entry('beta')], short);
  const { counters } = rig.simulators['acme'] ?? expect.fail('it has a simulator');
  try {
    for (let retry = 0; retry < 5; retry++) {
      // As on machines of their own: the time of the last token is kept in a folder of the home that another lacks.
      const home = join(rig.cwd, `home-${retry}`);
      mkdirSync(home);
      vi.stubEnv('HOME', home);
      expect(homedir()).toBe(home);
      const job = {
        ...{ id: `00000000-0000-4000-8000-00000000000${retry}`, name: QUEUE, expireInSeconds: 60 },
        ...{ heartbeatSeconds: 20, signal: new AbortController().signal, retryCount: 0 },
        data: { organization: 'acme', job: 'nightly' },
      };
      const { status } = await work(job, {
        config: () => config,
        boss: { send: async () => null, work: async () => '' },
        signal: new AbortController().signal,
        onOpen: () => () => undefined,
      });
      expect(status).toBe('complete');
    }
  } finally {
    vi.unstubAllEnvs();
  }
  expect(counters.tokenRequests).toHaveLength(5);
  const gaps = counters.tokenRequests.slice(1).map((at, index) => at - (counters.tokenRequests[index] ?? at));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1000);
  expect(counters.tokenRateViolations).toBe(0);
});

describe('two attempts at one job', () => {
  const START: RunStart = { command: 'sync', full: false, now: new Date(), resumeWithinMs: 0 };

  it('never both commit, though the first one was only halted and wakes up', async () => {
    await using test = await openTestDatabase();
    const { schemas, url = '' } = test;
    const job = { id: '00000000-0000-4000-8000-000000000001', retryCount: 0 };
    const again = { ...job, retryCount: 1 };
    const attempt = (one: typeof job): Database => openPostgres({ url, applicationName: sessionsOf(one) });
    const [first, second] = [attempt(job), attempt(again)];
    const { promise: halt, resolve: wake } = Promise.withResolvers<void>();
    try {
      const table = quoteTable('public', 'loaded');
      await test.database.session((session) => session.query(`create table ${table} (by text)`));
      const write = (database: Database, by: string, runId: string | undefined, halt?: Promise<void>) =>
        database.transaction(async (session) => {
          if (runId !== undefined) await assertRunning(session, schemas, runId);
          await session.query(`insert into ${table} values ($1)`, [by]);
          await halt;
        });
      const written = () =>
        test.database.session((session) => session.query(`select by from ${table} order by 1`));
      const lost = Promise.withResolvers<unknown>();
      expect(await first.tryLock(runLock(schemas), lost.resolve)).toBeDefined();
      const run = await openRunBook(first, schemas).start(START);
      // It is halted in the middle of a transaction, with its lock.
      const halted = write(first, 'the first, halted', run.runId, halt).catch((error: unknown) => error);
      await expect
        .poll(
          () =>
            test.database.session((session) =>
              session.query(
                `select state from pg_stat_activity where application_name = $1 and state = 'idle in transaction'`,
                [sessionsOf(job)],
              ),
            ),
          WAIT,
        )
        .toHaveLength(1);

      // Without the end of the first one's sessions the second one has no lock.
      expect(await second.tryLock(runLock(schemas), () => undefined)).toBeUndefined();
      await endFormerAttempts(second, again);
      await lost.promise;
      expect(await second.tryLock(runLock(schemas), () => undefined)).toBeDefined();
      const next = await openRunBook(second, schemas).start(START);
      await write(second, 'the second', next.runId);

      wake();
      expect(await halted).toBeInstanceOf(Error);
      // It connects again; the fence of the run book refuses what it has left to write.
      await expect(write(first, 'the first, awake', run.runId)).rejects.toThrow(LockedError);
      expect(await written()).toEqual([{ by: 'the second' }]);
      // Nothing else would: without the fence the same write is committed.
      await write(first, 'the first, without a fence', undefined);
      expect(await written()).toHaveLength(2);
    } finally {
      wake();
      await first.close();
      await second.close();
    }
  });
});

it('the pages of a planner put what somebody asks for into the queue, or name the command', async () => {
  await using rig = await startFleetRig(['acme', 'beta']);
  const config = rig.settings([rig.entry('acme'), rig.entry('beta')], { ...SHORT, ...PAGE_SETTINGS });
  await rig.open(config, async ({ members }) => members[0]?.sync.run());
  await using queue = await startQueue(config);
  await using web = await openFleetWeb(rig, config, {
    role: 'planner',
    controlOf: (service, name) => plannerControl(service, name, queue.boss),
  });
  const ask = async (path: string, action: string, subject: string) => {
    const { text } = await web.send(path);
    const form = new RegExp(
      `action="/o/acme/actions/${action}"><input type="hidden" name="subject" value="${subject}"><input type="hidden" name="token" value="([^"]+)"`,
    ).exec(text);
    const body = new URLSearchParams({ subject, token: form?.[1] ?? '' }).toString();
    const headers = { ...OWN_FORM, origin: web.url };
    return web.send(`/o/acme/actions/${action}`, { method: 'POST', body, headers });
  };
  const overview = await web.send('/o/acme/');
  expect(overview.text).toContain('Workers run the schedules.');
  const asked = await ask('/o/acme/', 'run', 'nightly');
  expect([asked.status, asked.headers.location]).toEqual([303, '/o/acme/?done=run']);
  expect((await web.send('/o/acme/?done=run')).text).toContain('A worker starts it');
  expect(await rig.rows(`select group_id, data, priority from sigma_jobs.job where name = 'runs'`)).toEqual([
    { group_id: 'acme', data: { organization: 'acme', job: 'nightly' }, priority: PRIORITY.byHand },
  ]);
  const again = await ask('/o/acme/', 'run', 'nightly');
  expect([again.status, again.text]).toEqual([409, expect.stringContaining('in the queue already')]);
  const refused = await ask('/o/acme/streams/members', 'sync', 'members');
  expect([refused.status, refused.text]).toEqual([
    422,
    expect.stringContaining('sigma-sync --organization acme sync members'),
  ]);
  // A run of a worker is known from the run book.
  await rig.rows(`update sigma_acme_sync.runs set schedule = 'nightly', trigger = 'schedule'`);
  expect((await web.send('/o/acme/')).text).toMatch(/nightly.*tone-good">complete/s);
});
