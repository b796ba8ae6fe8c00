/** The due time of a job, and its record after it ended. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTurns } from '../../src/core/turns.ts';
import type { JobOutcome } from '../../src/operations/service/job-run.ts';
import type { Job } from '../../src/operations/service/jobs.ts';
import {
  dueJob,
  recordAfter,
  recordAtStart,
  retryDelayMs,
  shareOf,
  withinReach,
} from '../../src/operations/service/timetable.ts';
import type { ScheduleRecord } from '../../src/state/schedule-book.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const nightly: Job = {
  name: 'nightly',
  cron: '15 2 * * *',
  timeZone: 'UTC',
  turns: parseTurns('15 2 * * *', 'UTC'),
  what: '47 streams',
  streams: [],
  full: false,
  exports: [],
};

const at = (text: string): Date => new Date(`2026-11-${text}Z`);
const record = (servedTurn: Date, more: Partial<ScheduleRecord> = {}): ScheduleRecord => ({
  ...recordAtStart({ job: nightly, turn: servedTurn, attempt: 1 }, '1', servedTurn),
  lastStatus: 'complete',
  ...more,
});
const due = (known: ScheduleRecord | undefined, now: Date, jitterMs = 0) =>
  dueJob(nightly, known, { now, jitterMs, salt: 'acme' });
const outcome = (more: Partial<JobOutcome>): JobOutcome => ({
  ...{ status: 'failed', runId: 'r', error: 'e', retry: 'later' },
  ...more,
});
const ended = (of: JobOutcome, more: object = {}) =>
  ({
    ...{
      schedule: 'nightly',
      trigger: 'schedule',
      startedAt: at('24T02:15:00'),
      outcome: of,
      isStopping: false,
    },
    ...more,
  }) as Parameters<typeof recordAfter>[1];

describe('turns of several organizations', () => {
  const hour = 60 * MINUTE;
  const dueAt = (job: Job, served: Date, share: number, now: Date) =>
    dueJob(job, record(served), { now, jitterMs: 0, salt: '', spread: { share, ms: hour } })?.turn;

  it('are spread by the share that a name decides', () => {
    const known = at('23T02:15:00');
    expect(dueAt(nightly, known, 0.5, at('24T02:44:59'))).toBeUndefined();
    expect(dueAt(nightly, known, 0.5, at('24T02:45:00'))).toEqual(at('24T02:15:00'));
    expect(dueAt(nightly, known, 0, at('24T02:15:00'))).toEqual(at('24T02:15:00'));
  });

  it('come before the next one, where they are close', () => {
    const often: Job = { ...nightly, turns: parseTurns('*/10 * * * *', 'UTC') };
    expect(dueAt(often, at('24T02:00:00'), 0.99, at('24T02:14:58'))).toEqual(at('24T02:10:00'));
    expect(dueAt(often, at('24T02:00:00'), 0.99, at('24T02:14:56'))).toBeUndefined();
  });

  it('have shares that are even and stay', () => {
    const shares = Array.from({ length: 1000 }, (_, index) => shareOf(`tenant_${index}`));
    expect(shares.every((share) => share >= 0 && share < 1)).toBe(true);
    for (const quarter of [0, 1, 2, 3]) {
      const count = shares.filter((share) => Math.floor(share * 4) === quarter).length;
      expect(count).toBeGreaterThan(200);
      expect(count).toBeLessThan(300);
    }
    expect(shareOf('acme')).toBe(shareOf('acme'));
  });
});

describe('a job is due', () => {
  it('at once where it never ran', () => {
    expect(due(undefined, at('24T12:00:00'))).toMatchObject({ attempt: 1, turn: at('24T12:00:00') });
  });

  it('once for all the turns that were missed', () => {
    const known = record(at('20T02:15:00'));
    expect(due(known, at('24T12:00:00'))).toMatchObject({ turn: at('24T02:15:00') });
    expect(due(record(at('24T02:15:00')), at('24T12:00:00'))).toBeUndefined();
  });

  it('when a failed run is to be repeated, until the next turn comes and takes it over', () => {
    const known = record(at('24T02:15:00'), { attempts: 2, retryAt: at('24T02:30:00') });
    expect(due(known, at('24T02:29:00'))).toBeUndefined();
    expect(due(known, at('24T02:30:00'))).toMatchObject({ turn: at('24T02:15:00'), attempt: 3 });
    expect(due(known, at('25T02:15:00'))).toMatchObject({ turn: at('25T02:15:00'), attempt: 3 });
    const givenUp = record(at('24T02:15:00'), { attempts: 8 });
    expect(due(givenUp, at('25T02:15:00'))).toMatchObject({ turn: at('25T02:15:00'), attempt: 1 });
  });

  it('counts failures on, however close the turns are', () => {
    let known = record(at('24T02:00:00'));
    for (const [begins, failures] of [
      ['24T02:15:00', 1],
      ['25T02:15:00', 2],
      ['26T02:15:00', 3],
    ] as const) {
      const found = due(known, at(begins));
      if (found === undefined) throw new Error('not due');
      known = recordAfter(recordAtStart(found, '1', at(begins)), ended(outcome({})), at(begins));
      expect(known.attempts).toBe(failures);
    }
  });

  it('again, where a clock that was ahead served turns to come', () => {
    const known = record(new Date(at('24T02:15:00').getTime() + 30 * DAY));
    const mended = withinReach(known, at('24T12:00:00'));
    expect(due(mended, at('24T12:00:00'))).toBeUndefined();
    // Whenever somebody looks.
    expect(due(mended, at('25T02:15:07'))).toMatchObject({ turn: at('25T02:15:00') });
  });

  it('soon, where a clock that was ahead put a repetition off', () => {
    const known = record(at('24T02:15:00'), { attempts: 2, retryAt: at('29T02:30:00') });
    expect(due(withinReach(known, at('24T12:00:00')), at('24T12:00:00'))).toMatchObject({ attempt: 3 });
  });

  it('not before Sigma wants to be asked again, however far off that is', () => {
    const now = at('24T02:20:00');
    const notBefore = at('24T22:20:00');
    const before = { ...record(at('24T02:15:00')), lastStatus: 'running' } as const;
    const known = recordAfter(before, ended(outcome({ notBefore })), now);
    expect(known.retryAt).toEqual(notBefore);
    expect(withinReach(known, at('24T02:21:00'))).toBe(known);
    expect(due(withinReach(known, at('24T22:19:00')), at('24T22:19:00'))).toBeUndefined();
    expect(due(withinReach(known, notBefore), notBefore)).toMatchObject({ attempt: 2 });
    // A clock that was ahead said so.
    const ahead = { ...known, lastFinishedAt: at('28T02:20:00'), retryAt: at('28T22:20:00') };
    expect(withinReach(ahead, now).retryAt).toEqual(now);
    // A time that is near is no shorter than the usual wait.
    const soon = recordAfter(before, ended(outcome({ notBefore: at('24T02:20:01') })), now);
    expect(soon.retryAt).toEqual(at('24T02:21:00'));
  });

  it('never because of a clock that is within the hour', () => {
    fc.assert(
      fc.property(fc.integer({ min: -60, max: 60 }), fc.integer({ min: -60, max: 60 }), (served, retry) => {
        const now = at('24T12:00:00');
        const minutes = (count: number): Date => new Date(now.getTime() + count * MINUTE);
        const known = record(minutes(served), { attempts: 1, retryAt: minutes(retry) });
        expect(withinReach(known, now)).toBe(known);
      }),
    );
  });

  it('not again, where a clock went back a little', () => {
    expect(due(record(at('24T02:15:00')), at('24T02:14:50'))).toBeUndefined();
    expect(due(record(at('24T02:15:00')), at('24T02:15:00'))).toBeUndefined();
  });

  it('within the jitter, always at the same moment', () => {
    const jitterMs = 10 * MINUTE;
    fc.assert(
      fc.property(fc.string(), (salt) => {
        const known = record(at('23T02:15:00'));
        const moments = Array.from({ length: 11 }, (_, minute) =>
          dueJob(nightly, known, {
            now: new Date(at('24T02:15:00').getTime() + minute * MINUTE),
            jitterMs,
            salt,
          }),
        ).map((found) => found !== undefined);
        // From some minute on it is due, and stays so.
        expect(moments).toEqual([...moments].sort());
        expect(moments.at(-1)).toBe(true);
      }),
    );
  });
});

describe('after a job', () => {
  const now = at('24T02:20:00');
  const before = { ...record(at('24T02:15:00')), lastStatus: 'running' } as const;

  it('that is done nothing is left', () => {
    const after = recordAfter(
      { ...before, attempts: 3 },
      ended(outcome({ status: 'partial', retry: 'never' })),
      now,
    );
    expect(after).toMatchObject({ attempts: 0, retryAt: undefined, lastStatus: 'partial', lastRunId: 'r' });
  });

  it('that failed it is repeated, later each time, and at last given up', () => {
    let known: ScheduleRecord = before;
    const waits: number[] = [];
    for (;;) {
      known = recordAfter(known, ended(outcome({})), now);
      if (known.retryAt === undefined) break;
      waits.push((known.retryAt.getTime() - now.getTime()) / MINUTE);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30]);
    expect(retryDelayMs(known.attempts)).toBeUndefined();
  });

  it('that was blocked it is tried again in a minute, which is no failure', () => {
    const after = recordAfter(
      { ...before, attempts: 1 },
      ended(outcome({ status: 'blocked', retry: 'soon' })),
      now,
    );
    expect(after).toMatchObject({ attempts: 1, retryAt: at('24T02:21:00') });
  });

  it('that the end of the process cut off it is gone on with at once; that somebody stopped, not', () => {
    const interrupted = outcome({ status: 'interrupted', retry: 'never' });
    expect(recordAfter(before, ended(interrupted, { isStopping: true }), now).retryAt).toEqual(now);
    expect(recordAfter(before, ended(interrupted), now).retryAt).toBeUndefined();
  });

  it('that somebody asked for, the schedule has to repeat what it had', () => {
    const pending = { ...before, attempts: 2, retryAt: at('24T02:24:00') };
    const failed = recordAfter(pending, ended(outcome({}), { trigger: 'page' }), now);
    expect(failed).toMatchObject({ attempts: 2, retryAt: at('24T02:24:00'), lastStatus: 'failed' });
    const done = outcome({ status: 'complete', retry: 'never', error: undefined });
    expect(recordAfter(pending, ended(done, { trigger: 'page' }), now)).toMatchObject({
      attempts: 0,
      retryAt: undefined,
    });
  });
});
