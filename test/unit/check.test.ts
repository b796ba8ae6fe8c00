/** What `check` says of an API that is not as it should be. */
import { afterEach, expect, it } from 'vitest';
import { EventBus } from '../../src/core/events/bus.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { checkApi } from '../../src/operations/check/run-checks.ts';
import type { CheckLine } from '../../src/operations/check/check-line.ts';
import { openSigmaClient } from '../../src/sigma/client.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../simulator/server.ts';
import { fakeClock } from '../support/fake-clock.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const item of open.splice(0)) await item.close();
});

async function check(
  options: SimulatorOptions,
  prepare: (simulator: Simulator) => void = () => undefined,
  now = Date.now(),
) {
  const simulator = await startSimulator(options);
  prepare(simulator);
  const client = openSigmaClient({
    baseUrl: simulator.url,
    credentials: () => simulator,
    events: new EventBus(),
    clock: fakeClock(),
    concurrency: 2,
    timeoutMs: 5000,
    retry: { maxAttempts: 2, baseMs: 1, maxMs: 1 },
  });
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
