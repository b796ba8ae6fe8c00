/** The lease on the schedules: never two holders at once, a fence that grows, and what the fence keeps out. */
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { quoteTable } from '../../src/core/database/database.ts';
import { openPostgres } from '../../src/core/database/postgres.ts';
import { LockedError } from '../../src/core/errors.ts';
import {
  endSilentSessions,
  giveLeaseUp,
  LEASE_MS,
  leaseHolder,
  sessionName,
  takeLease,
} from '../../src/state/lease.ts';
import { openRunBook, type StartedRun } from '../../src/state/run-book.ts';
import type { RunReport, StreamReport } from '../../src/state/run-types.ts';
import { readSchedules, type ScheduleRecord, writeSchedule } from '../../src/state/schedule-book.ts';
import { databaseKind, openTestDatabase, type TestDatabase } from '../support/database.ts';

const HOLDERS = ['one:1:aaaaaaaa', 'two:2:bbbbbbbb', 'three:3:cccccccc'] as const;
const isServer = databaseKind() === 'postgres';

/** Lets time pass for the lease, by as much as it is moved back in the database: its clock is the one that counts. */
async function pass({ database, schemas }: TestDatabase, ms: number): Promise<void> {
  await database.session((session) =>
    session.query(
      `update ${quoteTable(schemas.state, 'leases')} set expires_at = expires_at - $1 * interval '1 millisecond'`,
      [ms],
    ),
  );
}

type Step =
  | { readonly do: 'ask' | 'give up'; readonly who: number }
  | { readonly do: 'wait'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('ask' as const), who: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('give up' as const), who: fc.nat(2) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(Math.round(LEASE_MS * 1.4)) }),
  },
);

describe('the lease', () => {
  // A folder has one process at a time, so a caller there is alone.
  it.runIf(isServer)(
    'has never two holders within its time, and its fence grows',
    async () => {
      await using test = await openTestDatabase();
      const { database, schemas } = test;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
          await database.session((session) =>
            session.query(`delete from ${quoteTable(schemas.state, 'leases')}`),
          );
          let highest = 0n;
          /** The holder as each of them knows it, by the time that passed, and how long it lasts at least. */
          let held: { who: number; fence: bigint; untilMs: number } | undefined;
          let nowMs = 0;
          for (const one of steps) {
            if (one.do === 'wait') {
              nowMs += one.ms;
              await pass(test, one.ms);
            } else if (one.do === 'give up') {
              await giveLeaseUp(database, schemas, HOLDERS[one.who] ?? '');
              if (held?.who === one.who) held = { ...held, untilMs: nowMs };
            } else {
              const taken = await takeLease(database, schemas, HOLDERS[one.who] ?? '');
              const isFree = held === undefined || held.untilMs <= nowMs;
              // A second of tolerance: the database's own clock goes on meanwhile.
              const isNearEnd = held !== undefined && Math.abs(held.untilMs - nowMs) < 1000;
              if (!isNearEnd) expect(taken !== undefined).toBe(isFree || held?.who === one.who);
              if (taken === undefined) continue;
              const fence = BigInt(taken.fence);
              if (held?.who === one.who) expect(fence).toBe(held.fence);
              else expect(fence).toBeGreaterThan(highest);
              highest = fence > highest ? fence : highest;
              held = { who: one.who, fence, untilMs: nowMs + LEASE_MS };
              expect(await leaseHolder(database, schemas)).toBe(HOLDERS[one.who]);
            }
          }
        }),
        { numRuns: 25 },
      );
    },
    60_000,
  );

  it.runIf(isServer)('goes to one of many that ask at once', async () => {
    await using test = await openTestDatabase();
    const { database, schemas } = test;
    for (let round = 0; round < 20; round++) {
      await pass(test, LEASE_MS * 2);
      // Nobody prolongs: each round has new names.
      const names = Array.from({ length: 6 }, (_, i) => `host:${round}:${i}`);
      const taken = await Promise.all(names.map((name) => takeLease(database, schemas, name)));
      expect(taken.filter((one) => one !== undefined)).toEqual([{ fence: String(round + 1) }]);
    }
  });

  it.skipIf(isServer)('of a folder goes to whoever has the folder, with another fence', async () => {
    await using test = await openTestDatabase();
    const { database, schemas } = test;
    expect(await takeLease(database, schemas, HOLDERS[0])).toEqual({ fence: '1' });
    expect(await takeLease(database, schemas, HOLDERS[0])).toEqual({ fence: '1' });
    expect(await takeLease(database, schemas, HOLDERS[1])).toEqual({ fence: '2' });
    expect(await endSilentSessions(database, schemas, HOLDERS[1])).toBe(0);
  });
});

describe('whoever lost it', () => {
  const record: ScheduleRecord = {
    ...{ schedule: 'nightly', servedTurn: new Date('2026-11-24T02:00:00Z'), attempts: 0, retryAt: undefined },
    ...{ fence: '1', lastRunId: undefined, lastStatus: 'running', lastStartedAt: undefined },
    ...{ lastFinishedAt: undefined, error: undefined },
  };

  it('can neither claim a turn nor say what became of one', async () => {
    await using test = await openTestDatabase();
    const { database, schemas } = test;
    await takeLease(database, schemas, HOLDERS[0]);
    expect(await writeSchedule(database, schemas, record, HOLDERS[0])).toBe(true);
    await pass(test, LEASE_MS * 2);
    expect(await takeLease(database, schemas, HOLDERS[1])).toEqual({ fence: '2' });
    expect(await writeSchedule(database, schemas, record, HOLDERS[0])).toBe(false);
    expect(await writeSchedule(database, schemas, { ...record, fence: '2' }, HOLDERS[1])).toBe(true);
    expect(await writeSchedule(database, schemas, { ...record, lastStatus: 'complete' })).toBe(false);
    expect((await readSchedules(database, schemas)).get('nightly')).toMatchObject({
      fence: '2',
      lastStatus: 'running',
    });
  });

  it('can not begin a run that was claimed before', async () => {
    await using test = await openTestDatabase();
    const { database, schemas } = test;
    const book = openRunBook(database, schemas);
    const asked = { command: 'sync', full: false, now: new Date(), resumeWithinMs: 0 } as const;
    const origin = (holder: string, fence: string) =>
      ({ trigger: 'schedule', schedule: 'nightly', lease: { holder, fence } }) as const;
    await takeLease(database, schemas, HOLDERS[0]);
    await book.start({ ...asked, origin: origin(HOLDERS[0], '1') });
    await pass(test, LEASE_MS * 2);
    await takeLease(database, schemas, HOLDERS[1]);
    await expect(book.start({ ...asked, origin: origin(HOLDERS[0], '1') })).rejects.toThrow(LockedError);
    await pass(test, LEASE_MS * 2);
    await takeLease(database, schemas, HOLDERS[0]);
    // It has the lease again, but not the one of then.
    await expect(book.start({ ...asked, origin: origin(HOLDERS[0], '1') })).rejects.toThrow(LockedError);
    await book.start({ ...asked, origin: origin(HOLDERS[0], '3') });
    const rows = await database.session((session) => session.query('select status from sigma_sync.runs'));
    expect(rows.map(({ status }) => status).toSorted()).toEqual(['interrupted', 'running']);
  });

  it('writes nothing more into the run book once the next run has begun', async () => {
    await using test = await openTestDatabase();
    const { database, schemas } = test;
    const book = openRunBook(database, schemas);
    const asked = { command: 'sync', full: false, now: new Date(), resumeWithinMs: 3_600_000 } as const;
    const old = await book.start(asked);
    const next = await book.start(asked);
    expect(next.resumedFrom).toBe(old.runId);
    await expect(
      book.finishStream(old, STREAM, { startedAt: old.startedAt, finishedAt: new Date() }),
    ).rejects.toThrow(LockedError);
    await book.finish(old, reportOf(old, 'failed'), true, 'the lock was lost');
    await book.finish(
      { ...old, command: 'export' },
      { ...reportOf(old, 'complete'), exports: [] },
      false,
      undefined,
    );
    await book.finishStream(next, STREAM, { startedAt: next.startedAt, finishedAt: new Date() });
    await book.finish(next, reportOf(next, 'complete'), false, undefined);
    const rows = await database.session((session) =>
      session.query('select run_id, status, error from sigma_sync.runs order by started_at, status'),
    );
    expect(rows).toContainEqual({ run_id: next.runId, status: 'complete', error: null });
    expect(rows).toContainEqual({
      ...{ run_id: old.runId, status: 'interrupted' },
      error: 'The process ended without finishing the run.',
    });
    const streams = await database.session((session) =>
      session.query('select last_run_id from sigma_sync.streams'),
    );
    expect(streams).toEqual([{ last_run_id: next.runId }]);
  });
});

const STREAM: StreamReport = {
  ...{ name: 'members', status: 'complete', mode: 'full', partitions: 1, partitionsFailed: 0 },
  ...{ requests: 1, retries: 0, rateLimited: 0, read: 1, inserted: 1, updated: 0, unchanged: 0, deleted: 0 },
};

function reportOf({ runId, startedAt }: StartedRun, status: RunReport['status']): RunReport {
  return {
    ...{ runId, status, startedAt: startedAt.toISOString(), finishedAt: new Date().toISOString() },
    ...{ requests: 1, retries: 0, rateLimited: 0, throttledMs: 0, streams: [] },
  };
}

describe.runIf(isServer)('sessions of a process that hangs', () => {
  it('are ended by the holder of the lease, and nobody else is touched', async () => {
    await using test = await openTestDatabase();
    const { schemas } = test;
    const lost: string[] = [];
    const connect = async (who: string, name: string) => {
      const one = openPostgres({ url: test.url ?? '', applicationName: name });
      await one.tryLock(`lock of ${who}`, () => void lost.push(who));
      await one.session((session) => session.query('select 1'));
      return one;
    };
    const ours = await connect('ours', sessionName(schemas, HOLDERS[2]));
    await takeLease(ours, schemas, HOLDERS[2]);
    const alive = await connect('alive', sessionName(schemas, HOLDERS[1]));
    const others = [
      ours,
      alive,
      await connect('hung', sessionName(schemas, HOLDERS[0])),
      await connect('by hand', 'sigma-sync'),
      // The name of a schema may begin with that of another one.
      await connect('of others', sessionName({ target: 'sigma_2', state: '' }, HOLDERS[0])),
    ];
    const silentMs = 1500;
    expect(await endSilentSessions(ours, schemas, HOLDERS[2], silentMs)).toBe(0);
    for (let i = 0; i < 4; i++) {
      await sleep(500);
      // One session of several that is heard is enough.
      await alive.session((session) => session.query('select 1'));
    }
    // A process without the lease may not.
    expect(await endSilentSessions(alive, schemas, HOLDERS[1], silentMs)).toBe(0);
    expect(lost).toEqual([]);
    expect(await endSilentSessions(ours, schemas, HOLDERS[2], silentMs)).toBe(2);
    await vi.waitFor(() => expect(lost).toEqual(['hung']));
    await Promise.all(others.map((one) => one.close()));
  });
});
