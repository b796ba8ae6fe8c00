/** Alerts of many organizations: one message for one cause, whichever organizations have it, and nothing lost or repeated. */
import { expect, it } from 'vitest';
import type { Database } from '../../src/core/database/database.ts';
import { take } from '../../src/operations/alerts/many/books.ts';
import { schemasFor } from '../../src/state/schemas.ts';
import { hookServer } from '../support/alert-receivers.ts';
import { startManyAlertsRig } from '../support/many-alerts-rig.ts';

const NAMES = ['acme', 'beta', 'coral', 'delta', 'echo', 'fox'];
const UNREACHABLE =
  'No usable answer from sigma.example: the connection was refused. (POST /v2/auth/token) Check the base URL.';
const REVOKED =
  'Sigma refused the client credentials. (POST /v2/auth/token, status 401, request r-1) Check them.';

it('one cause is one message: who joins is told with the reminder, and the end is told once', async () => {
  await using many = await startManyAlertsRig(NAMES);
  const one = many.process('one');
  const first = NAMES.slice(0, 5);
  await many.night(first, UNREACHABLE);
  await many.night(['fox']);
  const raised = await one.round();
  expect(raised).toMatchObject([
    {
      summary: '5 organizations: Sigma does not answer at sigma.example',
      ...{ organization: null, schema: null },
      causes: [{ state: 'raised', organizations: first, recovered: [], detail: UNREACHABLE }],
      alerts: first.map((organization) => ({
        ...{ organization, kind: 'failure', state: 'raised', subject: 'schedule nightly' },
        url: expect.stringContaining(`https://sync.example/o/${organization}/runs/`),
      })),
    },
  ]);
  for (const name of first)
    expect(await many.told(name)).toEqual([
      { subject: 'schedule nightly', told: true, recovery: false, attempts: 0 },
    ]);
  expect(await many.told('fox')).toEqual([]);

  many.advance(5);
  await many.night(['fox'], UNREACHABLE);
  expect(await one.round()).toEqual([]);
  expect(await many.told('fox')).toEqual([
    { subject: 'schedule nightly', told: false, recovery: false, attempts: null },
  ]);

  many.advance(60);
  await many.night(['acme', 'beta']);
  expect(await one.round()).toEqual([]);

  many.advance(24 * 60);
  expect(await one.round()).toMatchObject([
    {
      summary: 'still 4 organizations: Sigma does not answer at sigma.example',
      causes: [
        {
          state: 'lasting',
          organizations: ['coral', 'delta', 'echo', 'fox'],
          recovered: ['acme', 'beta'],
        },
      ],
    },
  ]);
  expect((await many.told('acme')).map(({ recovery }) => recovery)).toEqual([true]);
  expect((await many.told('fox')).map(({ told }) => told)).toEqual([true]);

  many.advance(10);
  await many.night(['coral', 'delta', 'echo']);
  expect(await one.round()).toEqual([]);
  await many.night(['fox']);
  expect(await one.round()).toMatchObject([
    {
      summary: '4 organizations work again: Sigma does not answer at sigma.example',
      causes: [{ state: 'recovered', organizations: ['coral', 'delta', 'echo', 'fox'] }],
    },
  ]);
  many.advance(48 * 60);
  expect(await one.round()).toEqual([]);
});

it('a cause that spreads to more than twice as many is told again after an hour', async () => {
  await using many = await startManyAlertsRig(NAMES, undefined, 0);
  const one = many.process('one');
  await many.night(['acme'], UNREACHABLE);
  expect(await one.round()).toMatchObject([
    { summary: 'acme: schedule nightly failed', organization: 'acme', schema: 'sigma_acme', causes: [] },
  ]);
  many.advance(5);
  await many.night(NAMES.slice(1), UNREACHABLE);
  expect(await one.round()).toEqual([]);
  many.advance(60);
  expect(await one.round()).toMatchObject([
    { summary: 'still 6 organizations: Sigma does not answer at sigma.example' },
  ]);
  many.advance(72 * 60);
  expect(await one.round()).toEqual([]);
});

it('credentials are a cause of each organization, unless they are refused at once', async () => {
  await using many = await startManyAlertsRig(NAMES);
  const one = many.process('one');
  await many.night(['acme'], REVOKED);
  expect(await one.round()).toMatchObject([{ organization: 'acme' }]);
  many.advance(30);
  await many.night(['beta', 'coral', 'delta'], REVOKED);
  const [told, ...others] = await one.round();
  expect(others).toEqual([]);
  expect(told).toMatchObject({
    summary: '3 organizations: Sigma refuses the credentials',
    causes: [{ organizations: ['beta', 'coral', 'delta'] }],
  });
  // Another cause of one that has nothing to do with them.
  many.advance(1);
  await many.night(['echo'], 'The stream members has no key. Tell us.');
  expect(await one.round()).toMatchObject([{ summary: 'echo: schedule nightly failed' }]);
  many.advance(1);
  await many.night(['acme']);
  expect(await one.round()).toMatchObject([{ summary: 'acme: schedule nightly works again' }]);
});

it('an organization with receivers of its own is told there, and nobody else is told of it', async () => {
  await using own = await hookServer();
  const mine = [{ name: 'ops', kind: 'webhook', url: own.url }];
  await using many = await startManyAlertsRig(NAMES, () => ({
    acme: { alerts: mine },
    beta: { alerts: mine },
  }));
  const one = many.process('one');
  await many.night(NAMES, UNREACHABLE);
  expect(await one.round()).toMatchObject([
    { causes: [{ organizations: ['coral', 'delta', 'echo', 'fox'] }] },
  ]);
  expect(own.take()).toMatchObject([{ causes: [{ organizations: ['acme', 'beta'] }] }]);
  await many.night(['acme', 'beta']);
  expect(await one.round()).toEqual([]);
  expect(own.take()).toMatchObject([{ summary: expect.stringMatching(/^2 organizations work again/) }]);
});

it('a message that did not arrive is sent again as one, with those that joined since', async () => {
  await using many = await startManyAlertsRig(NAMES);
  const one = many.process('one');
  await many.night(['acme', 'beta'], UNREACHABLE);
  many.hook.answer = 503;
  expect(await one.round()).toHaveLength(1);
  many.hook.answer = 200;
  await many.night(['coral'], UNREACHABLE);
  expect(await one.round()).toEqual([]);
  many.advance(2);
  expect(await one.round()).toMatchObject([{ causes: [{ organizations: ['acme', 'beta', 'coral'] }] }]);
});

it('of two processes one tells; another takes over if it is gone', async () => {
  await using many = await startManyAlertsRig(NAMES);
  const [one, other] = [many.process('one'), many.process('other')];
  await many.night(NAMES, UNREACHABLE);
  await Promise.all([one.look(), other.look()]);
  expect([await one.alerts.leads(), await other.alerts.leads()]).toEqual([true, false]);
  await Promise.all([one.round(), other.round()]);
  expect(many.hook.bodies).toHaveLength(1);
  await one.alerts.close();
  expect(await other.alerts.leads()).toBe(true);
  many.advance(24 * 60);
  many.hook.take();
  expect(await other.round()).toHaveLength(1);
});

/** Fails at statements with this comment: as a process that dies before them. @param after lets so many pass */
function dying(database: Database, comment: string, after = 0): Database {
  let passed = 0;
  return {
    ...database,
    session: (work) =>
      database.session((session) =>
        work({
          ...session,
          query: (sql, parameters) => {
            if (sql.includes(comment) && passed++ >= after) throw new Error('the process died');
            return session.query(sql, parameters);
          },
        }),
      ),
  };
}

it('a process that dies after sending loses nothing, and repeats no more than for one organization', async () => {
  await using many = await startManyAlertsRig(NAMES);
  await many.night(NAMES, UNREACHABLE);
  // It dies when two of the six organizations have their record.
  const first = many.process('one', (database) => dying(database, 'noting who was told', 2));
  await expect(first.round()).rejects.toThrow('the process died');
  expect(many.hook.take()).toHaveLength(1);
  const second = many.process('one');
  expect(await second.round()).toEqual([]);
  // A message that was sent is not sent again; the record is made up for with the reminder.
  many.advance(10);
  expect(await second.round()).toEqual([]);
  many.advance(24 * 60);
  expect(await second.round()).toMatchObject([{ causes: [{ state: 'lasting', organizations: NAMES }] }]);
  for (const name of NAMES) expect(await many.told(name)).toMatchObject([{ told: true, attempts: 0 }]);

  // A process dies before it sends: after five minutes another one sends.
  await many.night(NAMES);
  await second.look();
  const [acme] = await many.rig.rows('select alert_id::text as id from sigma_acme_sync.alerts');
  const [message] = await many.rig.rows('select told_at from sigma_acme_sync.alert_messages');
  const told = { toldAt: message?.['told_at'] as Date, recoveryToldAt: undefined, attempts: 0 };
  const alert = { alertId: String(acme?.['id']), organization: 'acme' };
  const item = { alert, told, state: 'recovered' } as unknown as Parameters<typeof take>[3][number];
  const database = await many.rig.database();
  const takeIt = () =>
    database.session((session) => take(session, schemasFor('sigma_acme'), 'ops', [item], many.now()));
  expect((await takeIt()).size).toBe(1);
  // Nobody else can take it as well.
  expect((await takeIt()).size).toBe(0);
  expect(await second.round()).toEqual([]);
  many.advance(6);
  expect(await second.round()).toMatchObject([{ causes: [{ state: 'recovered', organizations: NAMES }] }]);
});

it('an organization whose book can not be read keeps no other from being looked at', async () => {
  await using many = await startManyAlertsRig(NAMES);
  await many.rig.rows('alter table sigma_acme_sync.runs rename column schedule to elsewhere');
  await many.night(['beta'], UNREACHABLE);
  expect(await many.process('one').round()).toMatchObject([{ organization: 'beta' }]);
});
