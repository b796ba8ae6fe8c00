/** Work of many organizations beside their runs: chores, views over all, and jobs that some workers do not know. */
import { expect, it } from 'vitest';
import { askForViews, sendHousekeeping, takeChores } from '../../src/operations/fleet/chores.ts';
import { FLEET_QUEUE, PRIORITY, QUEUE, sendOptions } from '../../src/operations/fleet/queue.ts';
import { SHORT, startQueue, WAIT } from '../support/fleet-queue.ts';
import { startFleetRig } from '../support/fleet-rig.ts';

it('a worker with old settings leaves a new organization, and a new schedule, to another one', async () => {
  await using rig = await startFleetRig(['acme', 'beta']);
  const hourly = { schedules: [{ name: 'hourly', cron: '0 * * * *' }] };
  const old = rig.settings([rig.entry('acme')], SHORT);
  const fresh = rig.settings([rig.entry('acme', hourly), rig.entry('beta')], SHORT);
  await using queue = await startQueue(old);
  await queue.send('beta', 'nightly', PRIORITY.firstLoad);
  await queue.send('acme', 'hourly');
  await queue.worker('old', 2);
  const waiting = async () => {
    const found = await queue.boss.findJobs<{ organization: string; unknownSince?: string }>(QUEUE);
    return found.map(({ state, data, priority, retryCount }) => ({
      ...{ state, organization: data.organization, priority, retryCount },
      isPassedOn: data.unknownSince !== undefined,
    }));
  };
  const passed = { state: 'created', retryCount: 0, isPassedOn: true };
  await expect.poll(waiting, WAIT).toEqual(
    expect.arrayContaining([
      { ...passed, organization: 'beta', priority: PRIORITY.firstLoad },
      { ...passed, organization: 'acme', priority: PRIORITY.scheduled },
    ]),
  );
  expect(await waiting()).toHaveLength(2);
  expect([...new Set(queue.unknown)].sort()).toEqual(['acme/hourly', 'beta/nightly']);
  await queue.worker('fresh', 2, fresh);
  // The old one may be faster again and again.
  const completed = async () => {
    await rig.rows("update sigma_jobs.job set start_after = now() where state < 'active'");
    return queue.jobs('completed');
  };
  await expect.poll(completed, { ...WAIT, timeout: 120_000 }).toHaveLength(2);
  expect(await rig.rows('select count(*)::integer as n from sigma_beta.members')).toEqual([{ n: 7 }]);

  // Nobody has known it for more than an hour.
  const lost = { organization: 'gone', job: 'nightly', unknownSince: '2026-01-01T00:00:00Z' };
  await queue.boss.insert(QUEUE, [{ data: lost, ...sendOptions(lost, PRIORITY.scheduled), retryLimit: 0 }]);
  await expect.poll(() => queue.jobs('failed'), WAIT).toEqual(['gone/nightly']);
  const [{ output } = {}] = await queue.boss.findJobs(QUEUE, { key: 'gone/nightly' });
  expect(JSON.stringify(output)).toMatch(/organization gone since 2026-01-01.*Reload.*SIGHUP/);
}, 240_000);

it('chores of an organization are a job a day, of the lowest priority, and never beside its runs', async () => {
  await using rig = await startFleetRig(['acme', 'beta', 'coral']);
  const config = rig.settings([rig.entry('acme'), rig.entry('beta'), rig.entry('coral')], {
    ...SHORT,
    retention: { run_days: 30, detail_days: 30 },
  });
  await using queue = await startQueue(config);
  await queue.send('acme', 'nightly');
  await queue.send('beta', 'nightly');
  await queue.worker('one', 2);
  await expect.poll(() => queue.jobs('completed'), WAIT).toHaveLength(2);
  for (const name of ['acme', 'beta'])
    await rig.rows(`insert into sigma_${name}_sync.runs
        (run_id, cycle_id, cycle_started_at, command, status, resumable, "full", started_at, finished_at)
      select id, id, at, 'sync', 'complete', false, false, at, at
        from (select gen_random_uuid() as id, now() - n * interval '40 days' as at from generate_series(1, 3) n) old`);

  await rig.open(config, ({ members }) => sendHousekeeping(queue.boss, members));
  await rig.open(config, ({ members }) => sendHousekeeping(queue.boss, members));
  const sent = await queue.boss.findJobs(QUEUE, { queued: true });
  expect(sent.map(({ priority }) => priority)).toEqual([PRIORITY.chore, PRIORITY.chore, PRIORITY.chore]);
  // Spread over the day.
  const starts = sent.map(({ startAfter }) => startAfter.getTime() - Date.now());
  expect(new Set(starts).size).toBe(3);
  expect(Math.max(...starts)).toBeLessThan(86_400_000);
  await rig.rows('update sigma_jobs.job set start_after = now()');
  for (const name of ['acme', 'beta']) await queue.send(name, 'nightly');
  await expect.poll(() => queue.jobs('completed'), { ...WAIT, timeout: 120_000 }).toHaveLength(7);
  for (const name of ['acme', 'beta']) {
    const own = queue.turns.filter(({ organization }) => organization === name);
    expect(own).toHaveLength(3);
    for (const [index, { from }] of own.entries())
      if (index > 0) expect(from).toBeGreaterThanOrEqual(own[index - 1]?.to ?? Number.NaN);
    expect(await rig.rows(`select count(*)::integer as n from sigma_${name}_sync.runs`)).toEqual([{ n: 2 }]);
    const sizes = await rig.rows(
      `select distinct day = current_date as today from sigma_${name}_sync.table_sizes`,
    );
    expect(sizes).toHaveLength(1);
  }
  // An organization that was never loaded has nothing to clear up, and gets no tables by that.
  expect(await rig.rows("select 1 from pg_namespace where nspname = 'sigma_coral_sync'")).toEqual([]);
}, 240_000);

it('many first loads ask for one look at the views, and a new one is asked for while one is at work', async () => {
  await using rig = await startFleetRig(['acme', 'beta', 'coral']);
  const config = rig.settings([rig.entry('acme'), rig.entry('beta'), rig.entry('coral')], SHORT);
  await using queue = await startQueue(config);
  const asked = async () => (await queue.boss.findJobs(FLEET_QUEUE)).map(({ state }) => state).sort();
  for (const name of ['acme', 'beta', 'coral']) await queue.send(name, 'nightly');
  await queue.worker('one', 1);
  await expect.poll(() => queue.jobs('completed'), WAIT).toHaveLength(3);
  expect(await asked()).toEqual(['created']);
  expect(await rig.rows("select 1 from pg_namespace where nspname = 'sigma_all'")).toEqual([]);
  // As one that is at work: what ends meanwhile is for the next one.
  await rig.rows(`update sigma_jobs.job set start_after = now() where name = '${FLEET_QUEUE}'`);
  expect(await queue.boss.fetch(FLEET_QUEUE)).toHaveLength(1);
  await askForViews(queue.boss, 0);
  await askForViews(queue.boss, 0);
  expect(await asked()).toEqual(['active', 'created']);
  await rig.rows(
    `update sigma_jobs.job set state = 'completed' where name = '${FLEET_QUEUE}' and state = 'active'`,
  );
  const failures: string[] = [];
  await takeChores({
    ...{ boss: queue.boss, config: () => config, signal: new AbortController().signal },
    onFailure: (chore, error) => void failures.push(`${chore}: ${error}`),
  });
  await expect.poll(asked, WAIT).toEqual(['completed', 'completed']);
  expect(failures).toEqual([]);
  const shown = await rig.rows('select organization from sigma_all.members group by 1 order by 1');
  expect(shown.map(({ organization }) => organization)).toEqual(['acme', 'beta', 'coral']);
  // Nothing is lacking: nobody asks.
  await queue.send('acme', 'nightly');
  await expect.poll(() => queue.jobs('completed'), WAIT).toHaveLength(4);
  expect(await asked()).toEqual(['completed', 'completed']);
  expect(await queue.boss.getSchedules(FLEET_QUEUE)).toMatchObject([
    { key: 'housekeeping', cron: '0 0 * * *' },
  ]);
}, 240_000);
