import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventName, Events } from '../../src/core/events/bus.ts';
import {
  apply,
  initialState,
  type ProgressState,
  requestRate,
} from '../../src/core/progress/progress-state.ts';
import { plainLine, render } from '../../src/core/progress/render-progress.ts';
import { pad, textWidth, truncate } from '../../src/core/progress/text-width.ts';

const START = 1_000_000_000;
const STARTED = { command: 'sync', trigger: 'cli', schedule: undefined };
const request: Events['http.request'] = {
  stream: undefined,
  method: 'GET',
  path: '/v2/x',
  status: 200,
  attempt: 1,
  durationMs: 1,
  requestId: undefined,
};

class Run {
  readonly state: ProgressState = initialState(START);
  constructor(streams: readonly string[]) {
    this.emit('run.started', { ...STARTED, runId: 'r', streams, full: false, resumedFrom: undefined });
  }
  emit<N extends EventName>(name: N, fields: Events[N]): this {
    apply(this.state, name, fields);
    return this;
  }
  at(ms: number): this {
    this.state.now = START + ms;
    return this;
  }
  start(stream: string, partitions: number): this {
    return this.emit('stream.started', { stream }).emit('stream.planned', { stream, partitions, reason: '' });
  }
  commit(stream: string, partitions: number, inserted: number, updated: number): this {
    return this.emit('batch.committed', {
      stream,
      partitions,
      inserted,
      updated,
      unchanged: 0,
      durationMs: 1,
    });
  }
  finish(stream: string, status: string, deleted = 0): this {
    const plan = { mode: 'full', partitions: 1, partitionsFailed: 0, requests: 1 };
    const counts = { ...plan, read: 1500, inserted: 1200, updated: 3, unchanged: 297, deleted };
    return this.emit('stream.finished', { stream, status, ...counts, error: undefined });
  }
}

describe('render', () => {
  it('shows an export by its windows and bytes', () => {
    const run = new Run(['export audit', 'export sales']);
    run.emit('export.started', { export: 'audit', table: 'audit', mode: 'merge', windows: 3 });
    run.emit('export.progress', { export: 'audit', bytes: 12_345_678 });
    run.emit('export.split', { export: 'audit', window: 'w', rows: 10 });
    const loaded = { rows: 1500, inserted: 1200, updated: 3, bytes: 99, durationMs: 1 };
    run.emit('export.window', { export: 'audit', window: 'w', ...loaded });
    expect(render(run.state, 100)).toEqual([
      '▸ export audit          1/4      12.3 MB     1,500 rows   +1,200      ~3',
      '· export sales',
      '  0:00  0 requests  0.0/s  0 retries  0 rate-limit waits',
    ]);
    expect(plainLine(run.state.streams.get('export audit') ?? expect.fail())).toBe(
      'export audit running: 1/4 windows, 12.3 MB, 1,500 rows, 1,200 inserted, 3 updated',
    );
    const rest = { unchanged: 0, deleted: 2, rejected: 1, durationMs: 1, error: undefined };
    run.emit('export.finished', { export: 'audit', status: 'partial', windows: 4, ...loaded, ...rest });
    expect(render(run.state, 100)[0]).toMatch(/^! export audit .* -2 {2}partial$/);
  });

  it('shows each stream in its state, and the requests', () => {
    const run = new Run(['members', 'workbooks', 'workbook_pages', 'grants', 'tags']);
    run.start('members', 1).commit('members', 1, 1200, 3).finish('members', 'complete', 4);
    run.start('workbooks', 1).finish('workbooks', 'deletion_guard');
    run.start('workbook_pages', 3400).commit('workbook_pages', 119, 12345, 6);
    run.emit('page.read', { stream: 'workbook_pages', partition: 'p', rows: 7 });
    run.emit('partition.failed', {
      stream: 'workbook_pages',
      partition: 'p',
      error: 'e',
      requestId: undefined,
    });
    run.emit('partition.skipped', { stream: 'workbook_pages', partition: 'q', reason: 'gone' });
    run.emit('stream.started', { stream: 'grants' });
    for (let i = 0; i < 1234; i++) run.at(i * 10).emit('http.request', request);
    run.emit('http.throttled', { lane: 'api', delayMs: 1500 });
    expect(render(run.at(65_000).state, 120)).toEqual([
      '✓ members                 1/1      0 pages     1,500 rows   +1,200      ~3  -4',
      '! workbooks               0/1      0 pages     1,500 rows   +1,200      ~3  deletion guard',
      '▸ workbook_pages    121/3,400      1 pages         7 rows  +12,345      ~6  1 failed',
      '▸ grants                  0/?      0 pages         0 rows       +0      ~0',
      '· tags          ',
      '  1:05  1,234 requests  0.0/s  0 retries  1 rate-limit waits (1.5 s)',
    ]);
  });

  it('measures the rate over the last ten seconds', () => {
    const run = new Run([]);
    run.at(500).emit('http.request', request);
    expect(requestRate(run.state)).toBe(1);
    for (let second = 1; second < 60; second++) {
      for (let i = 0; i < second; i++) run.at(second * 1000).emit('http.request', request);
    }
    expect(requestRate(run.state)).toBe((50 + 59) / 2);
    expect(run.state.recent.size).toBe(10);
    expect(requestRate(run.at(300_000).state)).toBe(0);
  });

  it('never counts more partitions than planned, though a second listing counts them again', () => {
    const run = new Run(['members'])
      .start('members', 1)
      .commit('members', 1, 0, 0)
      .commit('members', 1, 0, 0);
    expect(render(run.state, 80)[0]).toContain(' 1/1 ');
  });

  it('begins anew with the next run', () => {
    const run = new Run(['a', 'b']).start('a', 1).emit('http.request', request);
    run
      .at(5000)
      .emit('run.started', { ...STARTED, runId: 's', streams: ['b'], full: false, resumedFrom: undefined });
    expect(render(run.state, 80)).toEqual([
      '· b',
      '  0:00  0 requests  0.0/s  0 retries  0 rate-limit waits',
    ]);
  });

  it('is never wider or higher than the terminal, and keeps running streams in sight', () => {
    const phases = fc.array(fc.constantFrom('waiting', 'running', 'complete', 'failed'), { maxLength: 60 });
    fc.assert(
      fc.property(
        phases,
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 70 }),
        (list, width, height) => {
          const names = list.map((_, index) => `stream_${index}`);
          const run = new Run(names);
          for (const [index, phase] of list.entries()) {
            if (phase !== 'waiting') run.start(`stream_${index}`, 5);
            if (phase === 'complete' || phase === 'failed') run.finish(`stream_${index}`, phase);
          }
          const lines = render(run.state, width, height);
          expect(lines.length).toBeLessThanOrEqual(height);
          expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(width);
          const running = list.filter((phase) => phase === 'running').length;
          if (width > 1 && height > running + 2) {
            expect(lines.filter((line) => line.startsWith('▸'))).toHaveLength(running);
          }
        },
      ),
    );
  });

  it('sums up what does not fit', () => {
    const run = new Run(['a', 'b', 'c', 'd', 'e']);
    run.start('a', 1).finish('a', 'complete').start('b', 1).finish('b', 'failed').start('c', 1);
    const lines = render(run.state, 80, 4);
    expect(lines.map((line) => line.slice(0, 3).trim())).toEqual(['✗ b', '▸ c', '1', '0']);
    expect(lines[2]).toBe('  1 more finished, 2 more waiting');
  });
});

it('plainLine says it in one line', () => {
  const run = new Run(['members']).start('members', 3).commit('members', 2, 10, 1);
  const line = (): string => [...run.state.streams.values()].map(plainLine).join();
  expect(line()).toBe('members running: 2/3 partitions, 0 pages, 0 rows, 10 inserted, 1 updated');
  run.finish('members', 'partial', 2);
  expect(line()).toBe(
    'members partial: 2/3 partitions, 0 pages, 1,500 rows, 1,200 inserted, 3 updated, 2 deleted',
  );
});

describe('text width', () => {
  it('counts columns', () => {
    expect(['abc', 'é', 'e\u0301', '表', '🙂', '✓'].map(textWidth)).toEqual([3, 1, 1, 2, 2, 1]);
    expect(truncate('表表表', 4)).toBe('表…');
    expect(truncate('abc', 3)).toBe('abc');
    expect(pad('表', 4)).toBe('表  ');
  });

  it('never exceeds the width', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(30), (text, width) => {
        expect(textWidth(truncate(text, width))).toBeLessThanOrEqual(width);
      }),
    );
  });
});
