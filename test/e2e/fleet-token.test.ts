/** The token limit of an organization holds across workers that share nothing but the database. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startFleetRig } from '../support/fleet-rig.ts';
import { startCli } from '../support/start-cli.ts';

it('two workers that take the jobs of an organization in turn never ask for two tokens in a second', async () => {
  await using rig = await startFleetRig(['acme', 'beta']);
  const { organization, counters } = rig.simulators['acme'] ?? expect.fail('it has a simulator');
  const exports = Array.from({ length: 8 }, (_, index) => {
    const spec = { columns: ['a'], count: 1, rows: () => [index] };
    const { workbookId: workbook, elementId: element } = organization.addExport(spec);
    return { name: `export_${index}`, workbook, element };
  });
  rig.settings([rig.entry('acme', { exports }), rig.entry('beta')], {
    sync: { streams: ['members'] },
    analytics: { enabled: false },
  });
  /** Each has a home of its own, and with it the folder where processes of one machine keep the time of the last token. */
  const start = (home: string, ...args: string[]) => {
    mkdirSync(join(rig.cwd, home));
    const env = { ...rig.env, HOME: join(rig.cwd, home) };
    return startCli(['--config', 'settings.yaml', ...args], { cwd: rig.cwd, env });
  };
  await using first = start('one', 'worker', '--concurrency', '4');
  await using second = start('two', 'worker', '--concurrency', '4');
  await using planner = start('three', 'start');
  await planner.event('fleet.planned');
  const ended = () =>
    [first, second].map(
      (worker) =>
        worker
          .all('run.finished')
          .filter(({ organization: name, status }) => name === 'acme' && status === 'complete').length,
    );
  const jobs = 1 + exports.length;
  const sum = (): number => ended().reduce((all, count) => all + count, 0);
  await expect.poll(sum, { timeout: 120_000 }).toBe(jobs);
  expect(Math.min(...ended())).toBeGreaterThan(0);
  expect(counters.tokenRequests).toHaveLength(jobs);
  const gaps = counters.tokenRequests.slice(1).map((at, index) => at - (counters.tokenRequests[index] ?? at));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1000);
  expect(counters.tokenRateViolations).toBe(0);
}, 240_000);
