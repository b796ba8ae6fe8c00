/** Alerts of organizations whose jobs are in the queue: a planner looks, whether workers run or not. */

import type { PgBoss } from 'pg-boss';
import { expect, it } from 'vitest';
import { openLog } from '../../src/core/logging/logger.ts';
import type { Fleet } from '../../src/fleet/open-fleet.ts';
import { openFleet } from '../../src/fleet/open-fleet.ts';
import { type PlannedAlerts, planAlerts } from '../../src/operations/fleet/plan-alerts.ts';
import { openQueue, QUEUE, sendOptions } from '../../src/operations/fleet/queue.ts';
import { queueRecords } from '../../src/operations/fleet/queue-records.ts';
import { systemClock } from '../../src/sigma/clock.ts';
import { type ManyAlertsRig, startManyAlertsRig, type ToldOfMany } from '../support/many-alerts-rig.ts';

const NAMES = ['acme', 'beta', 'coral'];
const UNREACHABLE = 'No usable answer from sigma.example: refused. Check the base URL.';

/** A planner of the organizations of a rig, whose rounds a test makes, and the queue. */
async function startPlanner(many: ManyAlertsRig) {
  const { config } = many;
  const boss: PgBoss = await openQueue(config, {
    ...{ name: 'test', plans: false, concurrency: 1, onError: () => undefined },
  });
  const database = await many.rig.database();
  const fleets: Fleet[] = [];
  const planners: PlannedAlerts[] = [];
  const asked: string[] = [];
  const plan = (): PlannedAlerts => {
    const counting = {
      ...database,
      session: ((work) =>
        database.session((session) =>
          work({
            ...session,
            query: (sql, parameters) => {
              asked.push(sql);
              return session.query(sql, parameters);
            },
          }),
        )) as typeof database.session,
    };
    const fleet = openFleet({ config, database: async () => counting });
    fleets.push(fleet);
    const log = openLog({ ...config.base.log, level: 'error' }, () => []);
    const planner = planAlerts({
      ...{ config, fleet, logger: log },
      clock: { ...systemClock, now: () => many.now().getTime() },
    });
    planners.push(planner);
    return planner;
  };
  return {
    ...{ boss, plan, asked },
    async round(planner: PlannedAlerts): Promise<ToldOfMany[]> {
      await planner.round();
      return many.hook.take() as ToldOfMany[];
    },
    /** A job of nightly begins; gives its id. */
    async begin(organization: string): Promise<string> {
      const data = { organization, job: 'nightly' };
      await boss.send(QUEUE, data, sendOptions(data, 0));
      const [job] = await boss.fetch(QUEUE);
      return job?.id ?? expect.fail('there is a job');
    },
    /** The job is to be repeated now. */
    async again(id: string): Promise<void> {
      await many.rig.rows(`update sigma_jobs.job set start_after = now() where id = '${id}'`);
      expect(await boss.fetch(QUEUE)).toMatchObject([{ id }]);
    },
    async [Symbol.asyncDispose]() {
      for (const planner of planners) await planner.close();
      for (const fleet of fleets) await fleet.close();
      await boss.stop({ graceful: false });
    },
  };
}

it('a job that is repeated is reported after three attempts, and one that is given up at once', async () => {
  await using many = await startManyAlertsRig(NAMES);
  await using queue = await startPlanner(many);
  const planner = queue.plan();
  const id = await queue.begin('acme');
  const database = await many.rig.database();
  const records = () => database.session((session) => queueRecords(session, many.config.queue, ['acme']));
  for (let attempt = 1; attempt <= 3; attempt++) {
    if (attempt > 1) await queue.again(id);
    await many.night(['acme'], UNREACHABLE);
    expect(await queue.round(planner), 'under way').toEqual([]);
    await queue.boss.fail(QUEUE, id, { message: 'acme: nightly is failed' });
    const served = (await records()).get('acme')?.served.get('nightly');
    expect(served).toMatchObject({ status: 'failed', attempts: attempt });
    expect(await queue.round(planner), `attempt ${attempt}`).toHaveLength(attempt === 3 ? 1 : 0);
  }
  expect(await many.told('acme')).toMatchObject([{ subject: 'schedule nightly', told: true }]);
  // While it is repeated once more, nothing is over.
  await queue.again(id);
  expect(await queue.round(planner)).toEqual([]);
  await many.night(['acme']);
  await queue.boss.complete(QUEUE, id, { status: 'complete' });
  expect(await queue.round(planner)).toMatchObject([{ summary: 'acme: schedule nightly works again' }]);

  // A job that ends without a run says why by itself.
  const blocked = await queue.begin('beta');
  await many.night(['beta']);
  await many.rig.rows(`update sigma_jobs.job set retry_limit = 0 where id = '${blocked}'`);
  await many.rig.rows(`update sigma_beta_sync.runs set started_at = started_at - interval '1 day'`);
  await queue.boss.fail(QUEUE, blocked, { message: 'Another run holds the lock.' });
  const [told] = await queue.round(planner);
  expect(told).toMatchObject({ summary: 'beta: schedule nightly failed' });
  expect(told?.alerts[0]?.detail).toContain('Another run holds the lock.');
});

it('staleness is reported though no worker runs, and an organization without news costs nothing', async () => {
  await using many = await startManyAlertsRig(NAMES);
  await using queue = await startPlanner(many);
  for (const name of NAMES)
    await many.rig.rows(
      `insert into sigma_${name}_sync.streams (stream, last_run_id, last_status, last_attempt_at, last_success_at)
       select 'members', 'r', 'complete', now(), now()`,
    );
  await many.night(NAMES);
  const planner = queue.plan();
  expect(await queue.round(planner)).toEqual([]);
  await expect
    .poll(
      async () => {
        queue.asked.length = 0;
        await planner.round();
        return queue.asked.filter((sql) => sql.includes('sigma_acme_sync"."alerts"')).length;
      },
      { timeout: 60_000, interval: 1000 },
    )
    .toBe(0);
  expect(queue.asked.length).toBeLessThan(6);

  many.advance(8001 * 60);
  expect(await queue.round(planner)).toMatchObject([
    {
      summary: '3 organizations: No run has tried for too long',
      causes: [
        { detail: expect.stringContaining('Check that planners and workers run'), organizations: NAMES },
      ],
    },
  ]);
});

it('of two planners one looks, and the other does when it is gone', async () => {
  await using many = await startManyAlertsRig(NAMES);
  await using queue = await startPlanner(many);
  const [one, other] = [queue.plan(), queue.plan()];
  await many.night(NAMES, UNREACHABLE);
  expect(await queue.round(one)).toMatchObject([{ causes: [{ organizations: NAMES }] }]);
  expect(await queue.round(other)).toEqual([]);
  await one.close();
  await many.night(NAMES);
  expect(await queue.round(other)).toMatchObject([
    { causes: [{ state: 'recovered', organizations: NAMES }] },
  ]);
});
