/** Alerts of many organizations whose jobs are in the queue: the planner sends them, workers and their ends do not matter. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { startSimulator } from '../../simulator/server.ts';
import { hookServer } from '../support/alert-receivers.ts';
import { runCli, scratchFolder } from '../support/cli.ts';
import { openTestDatabase } from '../support/database.ts';
import type { ToldOfMany } from '../support/many-alerts-rig.ts';
import { startCli } from '../support/start-cli.ts';

const NAMES = ['acme', 'beta', 'coral'];

it('one of two planners sends one message for tenants that were revoked, and one for their recovery', async () => {
  using folder = scratchFolder();
  await using test = await openTestDatabase({ migrated: false });
  await using hook = await hookServer();
  const simulators = await Promise.all(
    NAMES.map((_, seed) =>
      startSimulator({
        organization: { seed, workbooks: 2, members: 4 },
        ...{ clientId: `client-${seed}`, clientSecret: `secret-of-${seed}-0123456789` },
      }),
    ),
  );
  writeFileSync(
    join(folder.path, 'settings.yaml'),
    stringify({
      sync: { streams: ['members'] },
      analytics: { enabled: false },
      service: { jitter_seconds: 0, port: 0 },
      schedules: [{ name: 'often', cron: '* * * * *' }],
      alerts: [{ name: 'ops', kind: 'webhook', url: hook.url }],
      organizations: simulators.map(({ url, clientId, clientSecret }, i) => ({
        name: NAMES[i],
        sigma: { base_url: url, client_id: clientId, client_secret: clientSecret },
      })),
    }),
  );
  const options = { cwd: folder.path, env: { DATABASE_URL: test.url ?? '' } };
  const cli = (...args: string[]) => startCli(['--config', 'settings.yaml', ...args], options);
  const run = (...args: string[]) => runCli(['--config', 'settings.yaml', ...args], options);
  for (const simulator of simulators.slice(1)) simulator.rotateSecret('another-secret-0123456789');

  await using planner = cli('start');
  await using other = cli('start');
  await using worker = cli('worker', '--concurrency', '3');
  await planner.event('fleet.planned', { withinMs: 60_000 });
  const messages = (): ToldOfMany[] => hook.bodies.map((body) => JSON.parse(body) as ToldOfMany);
  const told = (state: string): string[] =>
    messages()
      .flatMap(({ alerts }) => alerts)
      .filter((alert) => alert.state === state)
      .map((alert) => ('organization' in alert ? String(alert.organization) : ''))
      .sort();
  await expect.poll(() => told('raised').length, { timeout: 120_000, interval: 500 }).toBeGreaterThan(0);

  const listed = async (): Promise<unknown> => JSON.parse((await run('alert', 'list', '--json')).stdout);
  await expect.poll(listed, { timeout: 120_000, interval: 2000 }).toMatchObject({
    causes: [{ cause: 'Sigma refuses the credentials', organizations: ['beta', 'coral'] }],
  });
  const table = await run('alert', 'list');
  expect(table.stdout).toMatch(/ 2 +beta, coral +failure +Sigma refuses the credentials +ops/);
  const runs = await run('runs', '--limit', '4', '--json');
  const latest = JSON.parse(runs.stdout) as { runs: { organization: string; startedAt: string }[] };
  expect(latest.runs).toHaveLength(4);
  expect(latest.runs.map(({ startedAt }) => startedAt)).toEqual(
    latest.runs
      .map(({ startedAt }) => startedAt)
      .toSorted()
      .toReversed(),
  );
  const status = await run('status');
  expect(status.stdout).toMatch(/^(beta|coral) [\s\S]*^acme /m);
  expect(status.stdout).toContain('3 organizations: 2 failed, 1 well.');
  const tested = await run('alert', 'test', '--json');
  expect(JSON.parse(tested.stdout)).toMatchObject({
    receivers: [{ receiver: 'ops', ok: true, organizations: NAMES }],
  });

  for (const [i, simulator] of simulators.entries()) simulator.rotateSecret(`secret-of-${i}-0123456789`);
  // A failed job is repeated, and the schedule begins new ones each minute.
  const known = (): string[] => [...new Set(told('raised').filter((name) => name !== 'acme'))];
  await expect
    .poll(() => [told('recovered'), known().length > 0], { timeout: 180_000, interval: 500 })
    .toEqual([known(), true]);
  // On a machine that stands still for half a minute, the other planner takes over and may send a part.
  const causes = messages().filter(({ alerts }) => alerts[0]?.kind !== 'test');
  expect(causes.length).toBeGreaterThanOrEqual(2);
  expect(causes.length).toBeLessThanOrEqual(3);
  for (const one of [planner, other, worker]) one.signal('SIGTERM');
  for (const one of [planner, other, worker]) expect((await one.ended).code).toBe(0);
  expect(hook.bodies.join() + planner.stderr() + other.stderr()).not.toMatch(/secret-of-\d/);
  for (const simulator of simulators) await simulator.close();
}, 420_000);
