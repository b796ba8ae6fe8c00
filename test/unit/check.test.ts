/** The findings of `check` about an API that is not as it should be. */
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../simulator/server.ts';
import { EventBus } from '../../src/core/events/bus.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import type { CheckLine } from '../../src/operations/check/check-line.ts';
import { checkApi } from '../../src/operations/check/run-checks.ts';
import { openSigmaClient } from '../../src/sigma/client.ts';
import { DEFAULT_RETRY } from '../../src/sigma/retry.ts';
import { fakeClock } from '../support/fake-clock.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const item of open.splice(0)) await item.close();
});

const clientOptions = (baseUrl: string) => ({
  ...{ baseUrl, events: new EventBus(), clock: fakeClock(), concurrency: 2, timeoutMs: 5000 },
  retry: { maxAttempts: 2, baseMs: 1, maxMs: 1 },
});

async function check(
  options: SimulatorOptions,
  prepare: (simulator: Simulator) => void = () => undefined,
  now = Date.now(),
) {
  const simulator = await startSimulator(options);
  prepare(simulator);
  const client = openSigmaClient({ ...clientOptions(simulator.url), credentials: () => simulator });
  open.push(client, simulator);
  const lines: CheckLine[] = [];
  for await (const line of checkApi(client, catalogue, () => now)) lines.push(line);
  return new Map(lines.map((line) => [line.subject, line]));
}

it('a clock that is off is a warning with its fix', async () => {
  const lines = await check({}, undefined, Date.now() + 600_000);
  expect(lines.get('clock')).toEqual({
    subject: 'clock',
    outcome: 'warning',
    detail: expect.stringMatching(/^this machine is (599|60\d) s ahead$/),
    fix: 'Set the clock (NTP).',
  });
});

it('a stream that may not be read is a warning, what is read from it is not tried, and the others are', async () => {
  const lines = await check({}, (simulator) => simulator.faults.set({ forbid: ['/v2(\\.1)?/teams'] }));
  expect(lines.get('stream teams')).toMatchObject({
    outcome: 'warning',
    detail: expect.stringContaining('unavailable'),
    fix: expect.stringContaining('admin'),
  });
  expect(lines.get('stream team_members')).toMatchObject({ outcome: 'skipped' });
  expect(lines.get('stream members')?.outcome).toBe('ok');
  expect(lines.get('stream grants')?.outcome).toBe('ok');
});

it('older endpoints are found where the new ones are missing', async () => {
  const lines = await check({}, (simulator) => simulator.faults.set({ missing: ['/v2.1/'] }));
  expect(lines.get('stream members')).toMatchObject({ outcome: 'ok', detail: 'readable (v2)' });
});

it('an empty organization is readable', async () => {
  const lines = await check({ organization: { workbooks: 0, teams: 0, grants: 0, members: 1 } });
  expect([...lines.values()].filter(({ outcome }) => outcome === 'failed')).toEqual([]);
  expect(lines.get('stream workbook_pages')).toMatchObject({
    outcome: 'skipped',
    detail: 'no row of workbooks to try it with',
  });
});

it('an API that is down says so and tries nothing else', async () => {
  const lines = await check({}, (simulator) => simulator.faults.set({ down: true }));
  expect(lines.get('api')).toMatchObject({ outcome: 'failed', fix: 'Run again later.' });
  expect(lines.get('stream members')).toMatchObject({ outcome: 'skipped' });
});

it('names the owner of the credentials, and warns where Sigma shows them only a part', async () => {
  const organization = { seed: 1, workbooks: 2, members: 3 };
  const admin = await check({ organization });
  expect(admin.get('credentials')).toEqual({
    subject: 'credentials',
    outcome: 'ok',
    detail: expect.stringMatching(/^\p{L}+ .+ <\S+@example\.com>, an admin$/u),
  });
  expect(admin.has('visibility')).toBe(false);

  const creator = await check({ organization }, ({ organization: { members } }) => {
    const owner = members.list.at(0);
    if (owner !== undefined) Object.assign(owner, { memberType: 'creator' });
  });
  expect(creator.get('credentials')).toMatchObject({
    outcome: 'ok',
    detail: expect.stringMatching(/<\S+@example\.com>, account type creator, not an admin$/),
  });
  expect(creator.get('visibility')).toEqual({
    subject: 'visibility',
    outcome: 'warning',
    detail: expect.stringContaining('only a part of the organization'),
    fix: 'Create the credentials as an admin, so that a sync sees the whole organization.',
  });

  const unknown = await check({ organization }, (simulator) =>
    simulator.faults.set({ forbid: ['/v2/members/'] }),
  );
  expect(unknown.get('credentials')).toMatchObject({
    outcome: 'ok',
    detail: expect.stringMatching(/^member \w+ of organization \S+; Sigma does not show who that is$/),
  });
  expect(unknown.has('visibility')).toBe(false);
});

it('what privacy settings hide of members is not shown', async () => {
  const simulator = await startSimulator({ organization: { seed: 1, workbooks: 2, members: 3 } });
  const client = openSigmaClient({ ...clientOptions(simulator.url), credentials: () => simulator });
  open.push(client, simulator);
  const hidden = ['first_name', 'last_name', 'email'];
  for await (const { subject, detail } of checkApi(client, [], Date.now, (column) => hidden.includes(column)))
    if (subject === 'credentials') expect(detail).toMatch(/^member \w+ of organization \S+, an admin$/);
});

it('a refused connection is given up within 5 seconds where a person waits, and later in a run', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const waited = async (options: { nowhereMs?: number }): Promise<number> => {
    const clock = fakeClock();
    const client = openSigmaClient({
      ...clientOptions(`http://127.0.0.1:${port}`),
      credentials: () => ({ clientId: 'a', clientSecret: 'b' }),
      ...{ clock, retry: DEFAULT_RETRY, ...options },
    });
    open.push(client);
    await expect(client.get('/v2/whoami')).rejects.toThrow('the connection was refused');
    return clock.waits.reduce((sum, ms) => sum + ms, 0);
  };
  expect(await waited({ nowhereMs: 3000 })).toBeLessThanOrEqual(3000);
  expect(await waited({})).toBeGreaterThan(10_000);
});
