/** Exports under every fault that the field reports: the table is the same as without. */
import { expect, test } from 'vitest';
import { openSigmaClient } from '../../src/sigma/client.ts';
import { systemClock } from '../../src/sigma/clock.ts';
import { runExports } from '../../src/exports/run-exports.ts';
import type { ExportSwitches } from '../../src/simulator/export-switches.ts';
import type { FaultRule } from '../../src/simulator/faults.ts';
import type { Cell } from '../../src/simulator/export-table.ts';
import { definitionOf, type ExportRig, startExportRig } from '../support/export-rig.ts';
import { exportSteps, type Shown } from '../support/export-steps.ts';

const FORMATS = ['csv', 'jsonl'] as const;
const numbers = (count: number, pad = ''): Shown => ({
  columns: ['n', 'text'],
  rows: Array.from({ length: count }, (_, i): Cell[] => [i, `row ${i}${pad}`]),
});

async function expectNumbers(rig: ExportRig, count: number): Promise<void> {
  const [found] = await rig.query(
    `select count(*)::int as n, count(distinct n)::int as "distinct", min(n)::int as low, max(n)::int as high,
            bool_and(text like 'row ' || n || '%') as ok from sigma_data.data`,
  );
  expect(found).toEqual({ n: count, distinct: count, low: 0, high: count - 1, ok: true });
}

test.each(['204', 'empty-200', 'envelope-204', '404', 'mixed'] satisfies ExportSwitches['running'][])(
  'a job that runs for a while: %s',
  async (running) => {
    await using rig = await startExportRig({ exportJob: { polls: 5 } });
    rig.simulator.faults.set({ exports: { running } });
    for (const format of FORMATS) {
      const report = await exportSteps(rig, 'data', { format }).load(numbers(20));
      expect(report.queryIds).toHaveLength(1);
      await expectNumbers(rig, 20);
    }
    // No rows are not mistaken for a job that runs.
    const none = await exportSteps(rig, 'none', { format: 'jsonl' }).load(numbers(0));
    expect(none).toMatchObject({ rows: 0 });
  },
);

const downloads: [string, FaultRule, number][] = [
  ['html-200', { kinds: ['html-200'], times: 3 }, 1],
  ['early-404', { kinds: ['early-404'], times: 3 }, 1],
  ['envelope-500', { kinds: ['envelope-500'], times: 2 }, 3],
  ['reset', { kinds: ['reset'], times: 3 }, 1],
  ['gateway', { kinds: ['502', '503', '504', '429', '429-html'], times: 6 }, 1],
  ['500', { kinds: ['500'], times: 2 }, 2],
];
test.each(downloads)('a download that fails and then does not: %s', async (_, rule, queries) => {
  for (const format of FORMATS) {
    await using rig = await startExportRig();
    rig.simulator.faults.inject({ ...rule, match: '/download$', maxInARow: 10 });
    const report = await exportSteps(rig, 'data', { format }).load(numbers(50));
    expect(report.queryIds).toHaveLength(queries);
    expect([...rig.simulator.counters.faults.values()].reduce((a, b) => a + b, 0)).toBe(rule.times);
    await expectNumbers(rig, 50);
  }
});

test.each(FORMATS)('a result that is gone is made again: %s', async (format) => {
  await using rig = await startExportRig({ exportJob: { polls: 0 } });
  // It was there, and the connection broke; when it is asked for again, it has expired.
  rig.simulator.faults.inject({ kinds: ['cut'], match: '/download$', times: 1 });
  rig.simulator.faults.inject({ kinds: ['expired-query'], match: '/download$', times: 1 });
  const report = await exportSteps(rig, 'data', { format }).load(numbers(50_000));
  expect(report.queryIds).toHaveLength(2);
  await expectNumbers(rig, 50_000);
});

test.each([
  ...FORMATS.flatMap((format) => [5, 50_000].map((count) => [count, format, 'replace'] as const)),
  ...FORMATS.map((format) => [50_000, format, 'merge'] as const),
])('a download that is cut four times: %i rows, %s, %s', async (count, format, mode) => {
  await using rig = await startExportRig({ exportJob: { polls: 0 } });
  const one = exportSteps(rig, 'data', { format, mode, key: mode === 'merge' ? ['n'] : [] });
  await one.load(numbers(3));
  rig.simulator.faults.inject({ kinds: ['cut'], match: '/download$', times: 4, maxInARow: 10 });
  const report = await one.load(numbers(count, '"\n'));
  expect(rig.simulator.counters.faults.get('cut')).toBe(4);
  expect(report).toMatchObject({ rows: count, deleted: mode === 'replace' ? 3 : 0 });
  expect(report.inserted + report.updated).toBe(count);
  await expectNumbers(rig, count);
});

test('a download that is always cut fails, and the old rows stay', async () => {
  await using rig = await startExportRig();
  const one = exportSteps(rig, 'data');
  await one.load(numbers(3));
  rig.simulator.faults.inject({ kinds: ['cut'], match: '/download$', maxInARow: 1000 });
  const { error } = await one.load(numbers(50_000), { status: 'failed' });
  expect(error).toContain('The download broke off.');
  await expectNumbers(rig, 3);
});

test.each(['export-500', 'download-500'] as const)(
  'the CSV of a pivot is replaced by JSON: %s',
  async (pivotCsv) => {
    await using rig = await startExportRig();
    rig.simulator.faults.set({ exports: { pivotCsv } });
    await exportSteps(rig, 'data').load({ ...numbers(30), type: 'pivot-table', totals: true });
    await expectNumbers(rig, 30);
    const degraded = rig.log.filter(({ name }) => name === 'api.degraded').map(({ fields }) => fields);
    expect(degraded).toEqual([
      { stream: 'export data', from: 'csv', to: 'json', reason: 'Sigma could not make a CSV of it' },
    ]);
  },
);

test.each(['429', '429-retry-after', '429-html', '503', 'reset'] as const)(
  'requests for exports answered by %s',
  async (kind) => {
    await using rig = await startExportRig();
    rig.simulator.faults.inject({ kinds: [kind], match: '/export$', times: 3, maxInARow: 5, retryAfterS: 0 });
    await exportSteps(rig, 'data').load(numbers(30));
    expect(rig.simulator.counters.faults.get(kind)).toBe(3);
    await expectNumbers(rig, 30);
  },
);

for (const oneBasedOffset of [false, true]) {
  for (const format of FORMATS) {
    test.each([99, 100, 101, 199, 200, 950])(
      `pages, one-based: ${oneBasedOffset}, ${format}, %i rows`,
      async (count) => {
        await using rig = await startExportRig();
        rig.simulator.faults.set({ exports: { oneBasedOffset } });
        const one = exportSteps(rig, 'data', { format, rowLimit: 100 });
        const report = await one.load(numbers(count));
        expect(report).toMatchObject({ rows: count, inserted: count });
        await expectNumbers(rig, count);
      },
    );
  }
}

test.each(FORMATS)('an order that changes between pages is found out: %s', async (format) => {
  await using rig = await startExportRig();
  const one = exportSteps(rig, 'data', { format, rowLimit: 100 });
  await one.load(numbers(20));
  rig.simulator.faults.set({ exports: { shuffle: true } });
  const { error } = await one.load(numbers(950), { status: 'failed' });
  expect(error).toContain('The order of the rows changed between two pages');
  expect(error).toContain('Sort the element in Sigma');
  await expectNumbers(rig, 20);
});

test('the allowance of export requests is kept, without a refusal', async () => {
  await using rig = await startExportRig({ exportsPerMinute: 100 });
  const client = openSigmaClient({
    ...{
      baseUrl: rig.simulator.url,
      credentials: () => rig.simulator,
      events: rig.engine.events,
      clock: systemClock,
    },
    ...{
      concurrency: 8,
      exportsPerMinute: 100,
      timeoutMs: 10_000,
      retry: { maxAttempts: 1, baseMs: 1, maxMs: 1 },
    },
  });
  const began = performance.now();
  const definitions = [1, 2, 3, 4, 5].map((i) => ({
    ...definitionOf(rig.simulator.organization.addExport({ columns: ['n'], count: 1, rows: () => [i] })),
    ...{ name: `own_${i}`, table: `own_${i}` },
  }));
  const signal = new AbortController().signal;
  const { report } = await runExports({ ...rig.engine, client }, { exports: definitions, signal });
  await client.close();
  expect(report.status).toBe('complete');
  expect(rig.simulator.counters.exportRateViolations).toBe(0);
  // A hundred a minute, evenly spread, so that no minute has more.
  expect(performance.now() - began).toBeGreaterThan(4 * 600 - 50);
});
