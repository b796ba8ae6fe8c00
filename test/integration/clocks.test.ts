/** History that a clock which was ahead dated into the future. */
import { expect, it } from 'vitest';
import { checkTimes } from '../../src/operations/check/check-times.ts';
import { systemClock } from '../../src/sigma/clock.ts';
import { diffStreams } from '../../src/state/changes-between.ts';
import { databaseTime, millisecondsAhead } from '../../src/state/database-time.ts';
import { mendFuture } from '../../src/sync/end-future.ts';
import { databaseKind } from '../support/database.ts';
import { startRig } from '../support/rig.ts';

const DAY = 86_400_000;
const ORGANIZATION = { seed: 4, workbooks: 6, members: 8, grants: 20 };

it('is told by check, and dated to the present by the next sync', async () => {
  let ahead = DAY;
  await using rig = await startRig({
    organization: ORGANIZATION,
    engine: { now: () => new Date(Date.now() + ahead) },
  });
  const { database, schemas, events } = rig.test;
  const ask = (sql: string) => database.session((session) => session.query<{ n: number }>(sql));
  const grants = 'select count(*)::integer as n from sigma.grants_as_of(now())';
  await rig.sync();
  ahead = 0;
  await expect(ask(grants)).rejects.toThrow('The history of grants goes back to');
  const told = await checkTimes(database, schemas, Date.now);
  expect(told).toMatchObject([{ subject: 'history', outcome: 'warning', fix: expect.any(String) }]);

  const mended: number[] = [];
  events.on('history.mended', ({ rows }) => mended.push(rows));
  rig.events.on('history.mended', ({ rows }) => mended.push(rows));
  rig.simulator.organization.mutate(5);
  const before = new Date();
  await rig.sync();
  expect(mended).toHaveLength(1);
  expect(mended[0]).toBeGreaterThan(50);
  const [live] = await ask('select count(*)::integer as n from sigma.grants where _deleted_at is null');
  expect(await ask(grants)).toEqual([live]);
  const streams = rig.engine.catalogue.filter(({ name }) => name === 'grants' || name === 'workbooks');
  const diff = (from: Date) =>
    diffStreams(database, schemas, streams, { from, to: new Date(Date.now() + 1000), limit: 5 });
  // The history begins where it was mended, and goes on.
  await expect(diff(before)).rejects.toThrow('The history goes back to');
  const begin = new Date();
  rig.simulator.organization.mutate(5);
  await rig.sync();
  expect((await diff(begin)).every(({ covered }) => covered)).toBe(true);
  expect(
    await ask(`select count(*)::integer as n from sigma.members
      where greatest(_synced_at, _first_synced_at, _deleted_at) > now()`),
  ).toEqual([{ n: 0 }]);
  expect(await checkTimes(database, schemas, Date.now)).toEqual([]);
  expect(await rig.differences()).toEqual([]);
  expect(mended).toHaveLength(1);
});

it('is left alone where Sigma says that it is our clock that is behind', async () => {
  let ahead = DAY;
  await using rig = await startRig({
    organization: ORGANIZATION,
    engine: { now: () => new Date(Date.now() + ahead) },
  });
  await rig.sync();
  ahead = 0;
  const { client } = rig.engine;
  const engine = {
    ...rig.engine,
    client: {
      ...client,
      get: async (...given: Parameters<typeof client.get>) => ({
        ...(await client.get(...given)),
        serverTime: Date.now() + 2 * DAY,
      }),
    },
  };
  await mendFuture(engine);
  const [row] = await rig.test.database.session((session) =>
    session.query<{ future: boolean }>('select min(since) > now() as future from sigma_sync.history'),
  );
  expect(row?.future).toBe(true);
});

it('does not come about on a server, whose clock dates it whatever that of the process says', async () => {
  await using rig = await startRig({ organization: { workbooks: 1 } });
  const { database, schemas } = rig.test;
  const near = (time: Date): number => Math.abs(time.getTime() - Date.now());
  expect(near((await databaseTime(database, systemClock))())).toBeLessThan(60_000);
  // A clock that is handed in, as that of a test, is taken as it is.
  const handed = { ...systemClock, now: () => Date.now() + DAY };
  expect(near((await databaseTime(database, handed))())).toBeGreaterThan(DAY - 60_000);
  const isServer = databaseKind() === 'postgres';
  for (const shift of [DAY, -DAY]) {
    const ahead = await millisecondsAhead(database, () => Date.now() + shift);
    expect(Math.abs(ahead - (isServer ? shift : 0))).toBeLessThan(60_000);
    const lines = await checkTimes(database, schemas, () => Date.now() + shift);
    expect(lines.map(({ subject, outcome }) => [subject, outcome])).toEqual(
      isServer ? [['database clock', 'warning']] : [],
    );
    if (isServer)
      expect(lines[0]?.detail).toContain(shift > 0 ? 'ahead of the database' : 'behind the database');
  }
});
