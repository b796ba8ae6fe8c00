/** The log of a bad night: bounded by the number of runs, not by the number of failures. */
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import type { EventBus } from '../../src/core/events/bus.ts';
import { logEvents } from '../../src/core/logging/log-events.ts';
import { createLogger } from '../../src/core/logging/logger.ts';
import { runSync } from '../../src/sync/run-sync.ts';
import { CORE, fastClient, type Rig, startRig, streamOf } from '../support/rig.ts';

type Line = Readonly<Record<string, unknown>>;

const ORGANIZATION = { seed: 9, workbooks: 2000, members: 40, teams: 10, grants: 200 };
/** Lines of one kind about one stream, and one that says that there were more. */
const MOST_ALIKE = 21;

function logOf(events: EventBus): () => Line[] {
  const stream = new PassThrough({ highWaterMark: 1 << 28 });
  logEvents(events, createLogger({ level: 'info', format: 'json', secrets: () => [], stream }));
  return () =>
    String(stream.read() ?? '')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line);
}

const count = (lines: readonly Line[], event: string): number =>
  lines.filter((line) => line['event'] === event).length;

/** Elements of workbooks are refused, and some requests meet a limit. */
function spoil({ simulator }: Rig): void {
  simulator.faults.set({ forbid: ['^/v2/workbooks/.*/elements'] });
  simulator.faults.inject({ kinds: ['429'], rate: 0.04, seed: 3, retryAfterS: 0 });
}

it('thousands of failures are some lines, each with its run and stream, and the next run warns anew', async () => {
  await using rig = await startRig({ organization: ORGANIZATION });
  const read = logOf(rig.events);
  await rig.sync();
  expect(read().length).toBeLessThan(20);
  spoil(rig);
  const nights: Line[][] = [];
  for (let night = 0; night < 2; night++) {
    const { report } = await rig.run({ full: true });
    expect(streamOf(report, 'workbook_elements').partitionsFailed).toBeGreaterThan(1000);
    expect(report.rateLimited).toBeGreaterThan(100);
    const lines = read();
    nights.push(lines);
    expect(new Set(lines.map((line) => line['runId']))).toEqual(new Set([report.runId]));
    for (const line of lines)
      if (!/^(run|http)\./.test(String(line['event'])) && line['of'] !== 'http.retry')
        expect(line['stream'], JSON.stringify(line)).toBeTypeOf('string');
    expect(count(lines, 'partition.failed')).toBe(MOST_ALIKE - 1);
    expect(count(lines, 'log.limited')).toBeGreaterThan(0);
    expect(count(lines, 'http.throttled')).toBeGreaterThan(0);
    expect(count(lines, 'http.throttled')).toBeLessThan(6);
    expect(lines.length).toBeLessThan(MOST_ALIKE * 4);
  }
  expect(count(nights[1] ?? [], 'http.throttled')).toBeGreaterThan(0);
}, 120_000);

it('two runs at once have each a measure of their own', async () => {
  await using rig = await startRig({ organization: { ...ORGANIZATION, workbooks: 300 } });
  const read = logOf(rig.events);
  await rig.sync();
  read();
  spoil(rig);
  const runs = (['sync', 'backfill'] as const).map(async (command) => {
    const events = rig.events.child();
    const client = fastClient(rig.simulator, events);
    const engine = { ...rig.engine, events, client };
    const signal = new AbortController().signal;
    const result = await runSync(engine, {
      streams: CORE,
      command,
      full: true,
      acceptDeletions: false,
      signal,
    });
    await client.close();
    return result.report.runId;
  });
  const ids = await Promise.all(runs);
  const lines = read();
  expect(new Set(lines.map((line) => line['runId']))).toEqual(new Set(ids));
  for (const id of ids) {
    const own = lines.filter((line) => line['runId'] === id);
    expect(own[0]?.['event']).toBe('run.started');
    expect(own.at(-1)?.['event']).toBe('run.finished');
    expect(count(own, 'partition.failed')).toBeGreaterThan(0);
    expect(count(own, 'partition.failed')).toBeLessThan(MOST_ALIKE);
    expect(count(own, 'http.throttled')).toBeGreaterThan(0);
    expect(own.length).toBeLessThan(MOST_ALIKE * 4);
  }
}, 120_000);
