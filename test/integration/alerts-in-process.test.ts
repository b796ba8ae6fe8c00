/** Alerts of several organizations in one process, on the embedded database as well. */
import { expect, it } from 'vitest';
import { DatabaseError } from '../../src/core/errors.ts';
import { openLog } from '../../src/core/logging/logger.ts';
import { openFleet } from '../../src/fleet/open-fleet.ts';
import { alertsInProcess } from '../../src/operations/fleet/in-process-alerts.ts';
import { systemClock } from '../../src/sigma/clock.ts';
import { startManyAlertsRig, type ToldOfMany } from '../support/many-alerts-rig.ts';

const NAMES = ['acme', 'beta', 'coral'];

it('services that look at one time send one message, also of a database that is away', async () => {
  await using many = await startManyAlertsRig(NAMES);
  const fleet = openFleet({ config: many.config, database: many.rig.database });
  const { members, database, redact } = fleet;
  const alerts = alertsInProcess({
    ...{ members: () => members, database, redact },
    logger: openLog({ ...many.config.base.log, level: 'error' }, () => []),
    clock: { ...systemClock, now: () => many.now().getTime() },
  });
  const round = async (): Promise<ToldOfMany[]> => {
    for (const name of NAMES) await alerts.of(name).check(many.now());
    await alerts.round();
    return many.hook.take() as ToldOfMany[];
  };
  await many.night(NAMES, 'Sigma refused the client credentials. (status 401) Check them.');
  expect(await round()).toMatchObject([
    { summary: '3 organizations: Sigma refuses the credentials', causes: [{ organizations: NAMES }] },
  ]);
  await many.night(NAMES);
  expect(await round()).toMatchObject([{ causes: [{ state: 'recovered', organizations: NAMES }] }]);

  const away = async (): Promise<void> => {
    for (const name of NAMES)
      await alerts.of(name).unreachable(new DatabaseError('No server answers there.'));
  };
  await away();
  many.advance(3);
  await away();
  expect(many.hook.take()).toMatchObject([
    {
      summary: "3 organizations: The database can't be reached",
      causes: [{ organizations: NAMES, detail: 'No server answers there.' }],
    },
  ]);
  for (const name of NAMES) await alerts.of(name).reachable();
  expect(many.hook.take()).toMatchObject([
    { summary: "3 organizations work again: The database can't be reached" },
  ]);
  await alerts.close();
  await fleet.close();
});
