/** Deliveries: once, by the first process that looks, again if one did not arrive, and never a secret. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Database } from '../../src/core/database/database.ts';
import { openPostgres } from '../../src/core/database/postgres.ts';
import { DatabaseError } from '../../src/core/errors.ts';
import { claim } from '../../src/operations/alerts/book.ts';
import { openAlerts } from '../../src/operations/alerts/open-alerts.ts';
import type { ToldJson } from '../support/alert-receivers.ts';
import { startAlertRig } from '../support/alert-rig.ts';

const SMALL = { organization: { seed: 3, workbooks: 6, members: 8, teams: 4 } };

describe('receivers', () => {
  it('are told once by two processes at once, after a restart, too', async () => {
    await using rig = await startAlertRig(SMALL);
    await rig.night();
    rig.advance(40);
    const own: Database | undefined =
      rig.test.url === undefined ? undefined : openPostgres({ url: rig.test.url });
    const other = rig.another(own === undefined ? {} : { database: async () => own });
    const now = rig.now();
    await Promise.all([rig.alerts.check(now), other.check(now), rig.alerts.check(now), other.check(now)]);
    expect(rig.hook.take()).toMatchObject([{ summary: '3 stale' }]);
    expect(rig.log.filter(({ name }) => name === 'alert.raised')).toHaveLength(3);
    await rig.another().check(rig.now());
    expect(rig.hook.take()).toEqual([]);
    await other.close();
    await own?.close();
  });

  it('are told by another process where the one that was about to do so died', async () => {
    await using rig = await startAlertRig(SMALL);
    await rig.night();
    rig.advance(40);
    const deaf = rig.another({ app: { ...rig.app, receivers: [] } });
    await deaf.check(rig.now());
    const [receiver] = rig.app.receivers;
    if (receiver === undefined) throw new Error('no receiver');
    const taken = await rig.test.database.session((session) =>
      claim(session, rig.test.schemas, receiver, rig.now()),
    );
    expect(taken.map(({ state, attempts }) => [state, attempts])).toEqual(Array(3).fill(['raised', 1]));
    rig.advance(4 / 60);
    expect(await rig.look()).toEqual([]);
    rig.advance(1.1 / 60);
    expect(await rig.look()).toMatchObject([{ summary: '3 stale' }]);
    expect(await rig.look()).toEqual([]);
  });

  it('that are down are tried again, with ever longer waits, and told what they missed', async () => {
    await using rig = await startAlertRig(SMALL);
    await rig.night();
    rig.advance(40);
    rig.hook.answer = 503;
    await rig.look();
    expect(rig.hook.bodies).toHaveLength(1);
    expect(rig.log.at(-1)).toEqual({
      name: 'alert.failed',
      fields: {
        receiver: 'ops',
        attempt: 1,
        error: 'The address answered with status 503: the hook says no. Alerts are retried, tests are not.',
      },
    });
    // Not before its time.
    await rig.look();
    rig.advance(1.1 / 60);
    await rig.look();
    rig.advance(1.1 / 60);
    await rig.look();
    expect(rig.hook.bodies).toHaveLength(2);
    rig.hook.answer = 'hang';
    rig.advance(1 / 60);
    await rig.look();
    expect(rig.log.at(-1)?.fields).toMatchObject({
      attempt: 3,
      error: expect.stringContaining('within 0.5 s'),
    });
    rig.hook.answer = 200;
    rig.hook.take();
    rig.advance(5 / 60);
    expect(await rig.look()).toMatchObject([{ summary: '3 stale', alerts: [{ state: 'raised' }, {}, {}] }]);
    expect(await rig.look()).toEqual([]);
    expect(await rig.query('select distinct attempts, error from sigma_sync.alert_messages')).toEqual([
      { attempts: 0, error: null },
    ]);
  });

  it('that never heard of an alert do not hear of its end, and a redirect is not followed', async () => {
    await using rig = await startAlertRig(SMALL);
    await rig.night();
    rig.advance(40);
    rig.hook.answer = 302;
    await rig.look();
    expect(rig.log.at(-1)?.fields).toMatchObject({ error: expect.stringContaining('redirect') });
    expect(rig.hook.bodies).toHaveLength(1);
    rig.hook.answer = 200;
    rig.hook.take();
    expect((await rig.night()).told).toEqual([]);
  });

  it('that come and go hear the truth from two processes, each thing once', async () => {
    const names = ['a', 'b', 'c'];
    await using rig = await startAlertRig({
      ...SMALL,
      settings: (hook) =>
        [
          'freshness: {hours: 8760}',
          `schedules: [${names.map((name) => `{name: ${name}, cron: "0 0 * * *"}`).join(', ')}]`,
          `alerts: [{name: ops, kind: webhook, url: '${hook.url}', repeat_hours: 12}]`,
        ].join('\n'),
    });
    const { url } = rig.test;
    const own = url === undefined ? undefined : openPostgres({ url });
    const other = rig.another(own === undefined ? {} : { database: async () => own });
    const set = (name: string, status: string) =>
      rig.query(
        `insert into sigma_sync.schedules (schedule, fence, last_status) values ($1, 1, $2)
         on conflict (schedule) do update set last_status = excluded.last_status`,
        [name, status],
      );
    const arrived: ToldJson['alerts'][number][] = [];
    const both = async (): Promise<void> => {
      await Promise.all([rig.alerts.check(rig.now()), other.check(rig.now())]);
      const told = rig.hook.take();
      if (rig.hook.answer === 200) arrived.push(...told.flatMap(({ alerts }) => alerts));
    };
    const step = fc.record({
      name: fc.constantFrom(...names),
      status: fc.constantFrom('failed', 'complete', 'running'),
      isUp: fc.boolean(),
      minutes: fc.constantFrom(0, 1, 30, 240, 800),
    });
    for (const { name, status, isUp, minutes } of fc.sample(step, { numRuns: 120, seed: 7 })) {
      await set(name, status);
      rig.hook.answer = isUp ? 200 : 503;
      rig.advance(minutes / 60);
      await both();
    }
    await set('a', 'failed');
    await set('b', 'complete');
    await set('c', 'complete');
    rig.hook.answer = 200;
    for (let i = 0; i < 3; i++) {
      rig.advance(6.1);
      await both();
    }
    const raised = arrived.filter(({ state }) => state === 'raised');
    expect(raised.length).toBeGreaterThan(10);
    for (const state of ['raised', 'recovered']) {
      const same = arrived.filter((one) => one.state === state).map(({ subject, since }) => subject + since);
      expect(same).toEqual([...new Set(same)]);
    }
    for (const name of names) {
      const states = arrived.filter(({ subject }) => subject === `schedule ${name}`).map((one) => one.state);
      for (const [i, state] of states.entries()) {
        // Nothing lasts or is over without an earlier message that it began.
        if (state !== 'raised') expect(['raised', 'lasting']).toContain(states[i - 1]);
      }
      expect(states.at(-1) === 'recovered', states.join(' ')).toBe(name !== 'a');
    }
    await other.close();
    await own?.close();
  });

  it('hear of the kinds they want', async () => {
    const settings = (hook: { url: string }): string =>
      [
        'alerts:',
        `  - {name: fails, kind: webhook, url: '${hook.url}', on: [failure]}`,
        `  - {name: stale, kind: webhook, url: '${hook.url}', on: [staleness, recovery], repeat_hours: 0}`,
      ].join('\n');
    await using rig = await startAlertRig({ ...SMALL, settings });
    await rig.night();
    rig.advance(40);
    rig.simulator.faults.set({ down: true });
    const { told } = await rig.night();
    expect(told.map(({ summary }) => summary).sort()).toEqual(['3 stale', 'schedule nightly failed']);
    rig.advance(100);
    expect(await rig.look()).toMatchObject([{ summary: 'schedule nightly still fails' }]);
    rig.simulator.faults.clear();
    expect((await rig.night()).told).toMatchObject([{ summary: '3 recovered' }]);
  });

  it('never see a secret that an error holds', async () => {
    await using rig = await startAlertRig({ ...SMALL, clientSecret: 'canary-secret-5f1e' });
    await rig.night();
    await rig.query("update sigma_sync.schedules set last_status = 'failed', error = $1", [
      'Bearer abc.def-ghi canary-secret-5f1e postgres://u:p4ssw0rd@db/x <b>\r\nBcc: a@b.c',
    ]);
    const [told] = await rig.look();
    expect(told?.alerts[0]?.detail).toBe(
      'The run failed. Bearer [redacted] [redacted] postgres://u:[redacted]@db/x <b> Bcc: a@b.c',
    );
    const stored = await rig.query<{ detail: string }>('select detail from sigma_sync.alerts');
    expect(JSON.stringify([stored, rig.log, rig.hook.bodies])).not.toMatch(/canary|abc\.def|p4ssw0rd/);
  });
});

describe('a database that is away', () => {
  it('is told once after two minutes, from memory, and so is that it is back', async () => {
    await using rig = await startAlertRig(SMALL);
    const error = new DatabaseError('The connection to the database broke.', { advice: 'Wait.' });
    await rig.alerts.unreachable(error);
    rig.advance(1 / 60);
    await rig.alerts.unreachable(error);
    expect(rig.hook.take()).toEqual([]);
    rig.advance(1.1 / 60);
    await rig.alerts.unreachable(error);
    await rig.alerts.unreachable(error);
    const [told, ...more] = rig.hook.take();
    expect(more).toEqual([]);
    expect(told).toMatchObject({
      summary: 'the database failed',
      alerts: [{ kind: 'failure', state: 'raised' }],
    });
    expect(told?.alerts[0]?.detail).toContain('The connection to the database broke. Wait.');
    rig.hook.answer = 500;
    await rig.alerts.reachable();
    rig.hook.answer = 200;
    rig.hook.take();
    rig.advance(2 / 60);
    await rig.alerts.reachable();
    expect(rig.hook.take()).toMatchObject([{ summary: 'the database works again' }]);
    await rig.alerts.reachable();
    expect(rig.hook.take()).toEqual([]);
    // A short one is nobody's concern.
    await rig.alerts.unreachable(error);
    await rig.alerts.reachable();
    expect(rig.hook.take()).toEqual([]);
  });

  it('makes a check fail, and the next one tells what happened', async () => {
    await using rig = await startAlertRig(SMALL);
    await rig.night();
    rig.advance(40);
    let isAway = true;
    const alerts = openAlerts({
      app: rig.app,
      database: async () => {
        if (isAway) throw new DatabaseError('No database server answers there.');
        return rig.test.database;
      },
    });
    await expect(alerts.check(rig.now())).rejects.toThrow(DatabaseError);
    isAway = false;
    await alerts.check(rig.now());
    expect(rig.hook.take()).toMatchObject([{ summary: '3 stale' }]);
    await alerts.close();
  });
});
