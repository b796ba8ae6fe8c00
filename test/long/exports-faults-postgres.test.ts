/** Exports under every fault that the field reports: the table is the same as without. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { ExportSwitches, FaultRule } from '../../simulator/http/faults.ts';
import type { Cell } from '../../simulator/store/export-table.ts';
import { type ExportRig, startExportRig } from '../support/export-rig.ts';
import { type ExportSteps, exportSteps, type Shown } from '../support/export-steps.ts';

let rig: ExportRig;
/** Its jobs run for a while. */
let slow: ExportRig;
let number = 0;
beforeAll(async () => {
  rig = await startExportRig({ exportJob: { polls: 0 } });
  slow = await startExportRig({ exportJob: { polls: 5 } });
});
afterEach(() => {
  for (const one of [rig, slow]) one.simulator.faults.clear();
});
afterAll(() => Promise.all([rig, slow].map((one) => one[Symbol.asyncDispose]())));

const fresh = (settings: Parameters<typeof exportSteps>[2] = {}, on = rig): ExportSteps =>
  exportSteps(on, `faults_${++number}`, settings);
const injected = (): number => [...rig.simulator.counters.faults.values()].reduce((a, b) => a + b, 0);

const FORMATS = ['csv', 'jsonl'] as const;
const numbers = (count: number, pad = ''): Shown => ({
  columns: ['n', 'text'],
  rows: Array.from({ length: count }, (_, i): Cell[] => [i, `row ${i}${pad}`]),
});

async function expectNumbers({ table }: ExportSteps, count: number, on = rig): Promise<void> {
  const [found] = await on.query(
    `select count(*)::int as n, count(distinct n)::int as "distinct", min(n)::int as low, max(n)::int as high,
            bool_and(text like 'row ' || n || '%') as ok from ${table}`,
  );
  expect(found).toEqual({ n: count, distinct: count, low: 0, high: count - 1, ok: true });
}

test.each(['204', 'empty-200', 'envelope-204', '404', 'mixed'] satisfies ExportSwitches['running'][])(
  'a job that runs for a while: %s',
  async (running) => {
    slow.simulator.faults.set({ exports: { running } });
    for (const format of FORMATS) {
      const one = fresh({ format }, slow);
      const report = await one.load(numbers(20));
      expect(report.queryIds).toHaveLength(1);
      await expectNumbers(one, 20, slow);
    }
    // No rows are not mistaken for a job that runs.
    const none = await fresh({ format: 'jsonl' }, slow).load(numbers(0));
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
    rig.simulator.faults.inject({ ...rule, match: '/download$', maxInARow: 10 });
    const one = fresh({ format });
    const before = injected();
    const report = await one.load(numbers(50));
    expect(report.queryIds).toHaveLength(queries);
    expect(injected() - before).toBe(rule.times);
    await expectNumbers(one, 50);
  }
});

test.each(FORMATS)('a result that is gone is made again: %s', async (format) => {
  // It was there, and the connection broke; when it is asked for again, it has expired.
  rig.simulator.faults.inject({ kinds: ['cut'], match: '/download$', times: 1 });
  rig.simulator.faults.inject({ kinds: ['expired-query'], match: '/download$', times: 1 });
  const one = fresh({ format });
  const report = await one.load(numbers(50_000));
  expect(report.queryIds).toHaveLength(2);
  await expectNumbers(one, 50_000);
});

test.each([
  ...FORMATS.flatMap((format) => [5, 50_000].map((count) => [count, format, 'replace'] as const)),
  ...FORMATS.map((format) => [50_000, format, 'merge'] as const),
])('a download that is cut four times: %i rows, %s, %s', async (count, format, mode) => {
  const one = fresh({ format, mode, key: mode === 'merge' ? ['n'] : [] });
  const before = injected();
  await one.load(numbers(3));
  rig.simulator.faults.inject({ kinds: ['cut'], match: '/download$', times: 4, maxInARow: 10 });
  const report = await one.load(numbers(count, '"\n'));
  expect(injected() - before).toBe(4);
  expect(report).toMatchObject({ rows: count, deleted: mode === 'replace' ? 3 : 0 });
  expect(report.inserted + report.updated).toBe(count);
  await expectNumbers(one, count);
});

test('a download that is always cut fails, and the old rows stay', async () => {
  const one = fresh();
  await one.load(numbers(3));
  rig.simulator.faults.inject({ kinds: ['cut'], match: '/download$', maxInARow: 1000 });
  const { error } = await one.load(numbers(50_000), { status: 'failed' });
  expect(error).toContain('The download broke off.');
  await expectNumbers(one, 3);
});

test.each(['export-500', 'download-500'] as const)(
  'the CSV of a pivot is replaced by JSON: %s',
  async (pivotCsv) => {
    rig.simulator.faults.set({ exports: { pivotCsv } });
    const one = fresh();
    const from = rig.log.length;
    await one.load({ ...numbers(30), type: 'pivot-table', totals: true });
    await expectNumbers(one, 30);
    const degraded = rig.log
      .slice(from)
      .filter(({ name }) => name === 'api.degraded')
      .map(({ fields }) => fields);
    expect(degraded).toEqual([
      {
        stream: `export faults_${number}`,
        from: 'csv',
        to: 'json',
        reason: 'Sigma could not write it as CSV',
      },
    ]);
  },
);

test.each(['429', '429-retry-after', '429-html', '503', 'reset'] as const)(
  'requests for exports answered by %s',
  async (kind) => {
    rig.simulator.faults.inject({ kinds: [kind], match: '/export$', times: 3, maxInARow: 5, retryAfterS: 0 });
    const one = fresh();
    const before = injected();
    await one.load(numbers(30));
    expect(injected() - before).toBe(3);
    await expectNumbers(one, 30);
  },
);

for (const oneBasedOffset of [false, true]) {
  for (const format of FORMATS) {
    test.each([99, 100, 101, 199, 200, 950])(
      `pages, one-based: ${oneBasedOffset}, ${format}, %i rows`,
      async (count) => {
        rig.simulator.faults.set({ exports: { oneBasedOffset } });
        const one = fresh({ format, rowLimit: 100 });
        const report = await one.load(numbers(count));
        expect(report).toMatchObject({ rows: count, inserted: count });
        await expectNumbers(one, count);
      },
    );
  }
}

test.each(FORMATS)('rows that are alike are all there, whatever the pages: %s', async (format) => {
  for (const oneBasedOffset of [false, true]) {
    rig.simulator.faults.set({ exports: { oneBasedOffset } });
    const one = fresh({ format, rowLimit: 10 });
    const rows = Array.from({ length: 95 }, (_, i): Cell[] => [Math.floor(i / 4)]);
    expect(await one.load({ columns: ['a'], rows })).toMatchObject({ rows: 95, inserted: 95 });
    expect(await one.rows()).toEqual(rows);
    // If all of them are, nothing tells how many a page has again.
    const same = Array.from({ length: 45 }, (): Cell[] => ['same']);
    const { error } = await one.load({ columns: ['a'], rows: same }, { status: 'failed' });
    expect(error).toContain('The last rows of a page are all alike');
    expect(await one.rows()).toEqual(rows);
  }
});

test.each(FORMATS)('an order that changes between pages is found out: %s', async (format) => {
  const one = fresh({ format, rowLimit: 100 });
  await one.load(numbers(20));
  rig.simulator.faults.set({ exports: { shuffle: true } });
  const { error } = await one.load(numbers(950), { status: 'failed' });
  expect(error).toContain('The order of the rows changed between two pages');
  expect(error).toContain('Sort the element in Sigma');
  await expectNumbers(one, 20);
});
