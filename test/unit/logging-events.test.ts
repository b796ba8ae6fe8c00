import { describe, expect, it } from 'vitest';
import { EventBus } from '../../src/core/events/bus.ts';
import type { Fields } from '../../src/core/logging/line.ts';
import { logEvents } from '../../src/core/logging/log-events.ts';
import type { Logger } from '../../src/core/logging/logger.ts';

type Line = [level: string, event: string, fields: Fields];

function listen(): {
  bus: EventBus;
  lines: Line[];
  clock: { ms: number };
  stop: () => void;
  seen: () => Line[];
} {
  const lines: Line[] = [];
  const at =
    (level: string) =>
    (event: string, fields: Fields = {}): void => {
      lines.push([level, event, fields]);
    };
  const logger: Logger = {
    level: 'debug',
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: at('debug'),
    flush: async () => undefined,
  };
  const bus = new EventBus();
  const clock = { ms: 1_000_000 };
  const stop = logEvents(bus, logger, { now: () => new Date(clock.ms) });
  return { bus, lines, clock, stop, seen: () => lines.filter(([level]) => level !== 'debug') };
}

const failed = (stream: string, partition = 'p') => ({ stream, partition, error: 'e', requestId: undefined });
const retry = (attempt: number) => ({
  stream: 'members',
  path: '/v2/members',
  attempt,
  delayMs: 10,
  reason: 'busy',
  status: 503,
});
const run = {
  ...{ runId: 'r', command: 'sync', trigger: 'cli', schedule: undefined },
  ...{ streams: ['members'], full: false, resumedFrom: undefined },
};
const done = {
  stream: 'a',
  status: 's',
  mode: 'full',
  partitions: 1,
  partitionsFailed: 0,
  requests: 1,
  read: 0,
  inserted: 0,
  updated: 0,
  unchanged: 0,
  deleted: 0,
};

describe('logEvents', () => {
  it('gives each event its level and keeps its fields', () => {
    const { bus, lines } = listen();
    bus.emit('run.started', run);
    bus.emit('stream.started', { stream: 'members' });
    bus.emit('http.retry', retry(3));
    bus.emit('http.retry', retry(4));
    bus.emit('stream.finished', { ...done, inserted: 1, error: undefined });
    bus.emit('stream.finished', { ...done, inserted: 0, updated: 0, deleted: 0, error: undefined });
    bus.emit('stream.finished', { ...done, error: 'refused' });
    expect(lines.map(([level, event]) => `${level} ${event}`)).toEqual([
      'info run.started',
      'debug stream.started',
      'debug http.retry',
      'warn http.retry',
      'info stream.finished',
      'debug stream.finished',
      'warn stream.finished',
    ]);
    expect(lines[0]?.[2]).toEqual(run);
  });

  it('tells many streams by their number', () => {
    const { bus, lines } = listen();
    bus.emit('run.started', { ...run, streams: Array.from({ length: 47 }, (_, i) => `s${i}`) });
    expect(lines[0]?.[2]).toMatchObject({ streams: 47 });
  });

  it('bounds warnings per stream, says so once, and keeps the rest for level debug', () => {
    const { bus, lines, seen } = listen();
    for (let i = 0; i < 500; i++) bus.emit('partition.failed', failed('grants', `p${i}`));
    expect(seen()).toHaveLength(21);
    expect(lines).toHaveLength(501);
    expect(seen().at(-1)).toEqual([
      'warn',
      'log.limited',
      {
        of: 'partition.failed',
        stream: 'grants',
        after: 20,
        note: 'further ones are not logged',
        see: 'sigma_sync.partitions',
      },
    ]);
    bus.emit('partition.failed', failed('members'));
    expect(seen()).toHaveLength(22);
    bus.emit('run.started', run);
    bus.emit('partition.failed', failed('grants'));
    expect(seen().at(-1)?.[1]).toBe('partition.failed');
  });

  it('forgets what was said before a run and in it, for months', () => {
    const { bus, seen } = listen();
    for (let night = 0; night < 30; night++) {
      const child = bus.child();
      child.emit('privacy.reread', { stream: 'members', rules: [] });
      child.emit('run.started', { ...run, runId: `r${night}` });
      child.emit('partition.failed', failed('members'));
      child.emit('http.throttled', { lane: 'api', delayMs: 5 });
      child.emit('run.finished', { runId: `r${night}`, status: 'partial', durationMs: 1 });
    }
    expect(seen()).toHaveLength(30 * 5);
    expect(seen().filter(([, event]) => event === 'log.limited')).toEqual([]);
  });

  it('bounds what has as many lines as windows, though it is no warning', () => {
    const { bus, seen } = listen();
    for (let i = 0; i < 500; i++) bus.emit('export.split', { export: 'orders', window: `w${i}`, rows: 1 });
    expect(seen()).toHaveLength(21);
    expect(seen()[0]?.[0]).toBe('info');
  });

  it('logs throttling after 10 s, 20 s, 40 s … per lane and run, with the number left out', () => {
    const { bus, clock, seen } = listen();
    const runs = [bus.child(), bus.child()] as const;
    runs.forEach((child, index) => {
      child.emit('run.started', { ...run, runId: `r${index}` });
    });
    const emit = (lane: string, bus: (typeof runs)[number] = runs[0]): void =>
      bus.emit('http.throttled', { lane, delayMs: 5 });
    for (let i = 0; i < 50; i++) emit('api');
    emit('export');
    emit('api', runs[1]);
    clock.ms += 9_999;
    emit('api');
    clock.ms += 1;
    emit('api');
    clock.ms += 19_999;
    emit('api');
    clock.ms += 1;
    emit('api');
    const told = seen().filter(([, event]) => event === 'http.throttled');
    expect(told.map(([, , fields]) => [fields['runId'], fields['lane'], fields['suppressed']])).toEqual([
      ['r0', 'api', undefined],
      ['r0', 'export', undefined],
      ['r1', 'api', undefined],
      ['r0', 'api', 50],
      ['r0', 'api', 1],
    ]);
    // A week of it is some lines an hour, not one each ten seconds.
    for (let s = 0; s < 7 * 86_400; s += 5, clock.ms += 5_000) emit('api');
    expect(seen().length).toBeLessThan(200);
  });

  it('stops', () => {
    const { bus, lines, stop } = listen();
    stop();
    bus.emit('run.started', run);
    expect(lines).toEqual([]);
  });
});
