/** Causes that several organizations have, as their runs really end: one message for each. */

import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { EventBus } from '../../src/core/events/bus.ts';
import { openManyAlerts } from '../../src/operations/alerts/many/many-alerts.ts';
import { hookServer } from '../support/alert-receivers.ts';
import { startFleetRig } from '../support/fleet-rig.ts';
import type { ToldOfMany } from '../support/many-alerts-rig.ts';

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

it('tells a host that is unreachable, an API with errors and revoked credentials apart', async () => {
  await using rig = await startFleetRig(['acme', 'beta']);
  await using hook = await hookServer();
  const port = await closedPort();
  const settings = (sigma: (name: string) => object) =>
    rig.settings(
      ['acme', 'beta'].map((name) => {
        const entry = rig.entry(name);
        return { ...entry, sigma: { ...(entry['sigma'] as object), max_attempts: 1, ...sigma(name) } };
      }),
      {
        ...{ sync: { streams: ['members'] }, analytics: { enabled: false } },
        alerts: [{ name: 'ops', kind: 'webhook', url: hook.url }],
      },
    );
  const nights = async (sigma: (name: string) => object): Promise<ToldOfMany[]> =>
    rig.open(settings(sigma), async ({ members, database, redact }) => {
      const origin = { trigger: 'schedule', schedule: 'nightly' } as const;
      for (const { sync } of members) await sync.run({ origin }).catch(() => undefined);
      const events = new EventBus();
      const alerts = openManyAlerts({ members: () => members, database, redact, events, holder: 'one' });
      const now = new Date();
      await alerts.look(new Set(['acme', 'beta']), now, new Map());
      expect(await alerts.leads()).toBe(true);
      await alerts.tell(now);
      await alerts.close();
      return hook.take() as ToldOfMany[];
    });
  const both = { organizations: ['acme', 'beta'] };
  const recovered = { causes: [{ state: 'recovered', ...both }] };

  const url = `http://127.0.0.1:${port}`;
  expect(await nights(() => ({ base_url: url }))).toMatchObject([
    { causes: [{ title: `Sigma does not answer at 127.0.0.1:${port}`, ...both }] },
  ]);
  expect(await nights(() => ({}))).toMatchObject([recovered]);

  expect(await nights(() => ({ client_secret: 'revoked-0123456789' }))).toMatchObject([
    { causes: [{ title: 'Sigma refuses the credentials', ...both }] },
  ]);
  expect(hook.bodies.join()).not.toContain('revoked-0');
  expect(await nights(() => ({}))).toMatchObject([recovered]);

  for (const { faults } of Object.values(rig.simulators))
    faults.inject({ kinds: ['503'], match: '^/v2/auth', maxInARow: 1000 });
  // Each has an API of its own here.
  const [told] = await nights(() => ({}));
  expect(told?.summary).toBe('alerts of 2 organizations');
  expect(told?.alerts.map(({ detail }) => detail)).toEqual([
    expect.stringContaining('503'),
    expect.stringContaining('503'),
  ]);
}, 120_000);
