/** The thread of the embedded database: what goes on beside a statement, and what a thread that ended leaves. */
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { query } from '../../src/analytics/answer-query.ts';
import type { Database, Session } from '../../src/core/database/database.ts';
import { sqlState } from '../../src/core/database/database-error.ts';
import { openEmbedded } from '../../src/core/database/embedded/database.ts';
import { DatabaseError, InterruptedError } from '../../src/core/errors.ts';
import { schemasFor } from '../../src/state/schemas.ts';

/** A statement that nobody waits for to its end. */
const ENDLESS = 'select count(*) from generate_series(1, 1000000000) a';

describe('the thread of an embedded database', () => {
  let directory: string;
  let database: Database;
  const threads: Worker[] = [];
  const onThread = (worker: Worker): number => threads.push(worker);
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sigma-sync-thread-'));
  });
  afterAll(() => rm(directory, { recursive: true }));
  beforeEach(async () => {
    process.on('worker', onThread);
    database = await openEmbedded({ directory });
    await database.session((session) => session.query('drop table if exists public.kept'));
    await database.session((session) => session.query('create table public.kept (n integer)'));
    threads.splice(0, threads.length - 1);
  });
  afterEach(async () => {
    process.off('worker', onThread);
    await database.close();
  });

  const kept = async (): Promise<unknown[]> =>
    database.session((session) => session.query('select n from public.kept order by n'));
  const insert = (session: Session, n: number): Promise<unknown> =>
    session.query('insert into public.kept values ($1)', [n]);

  test('leaves this one free while it is at a statement', async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 10);
    await database.session((session) => session.query('select count(*) from generate_series(1, 3000000)'));
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(3);
  });

  test('lets others go first while files are brought to the disk before a checkpoint', async () => {
    const order: string[] = [];
    const checkpoint = database.session(async (session) => {
      await session.query('checkpoint');
      order.push('checkpoint');
    });
    const other = database.session((session) => insert(session, 1)).then(() => order.push('other'));
    await Promise.all([checkpoint, other]);
    expect(order).toEqual(['other', 'checkpoint']);
    // Nobody gets into a transaction.
    const inside = database.transaction(async (session) => {
      await insert(session, 2);
      await session.query('checkpoint');
      order.push('transaction');
    });
    await Promise.all([inside, kept().then(() => order.push('reader'))]);
    expect(order.slice(2)).toEqual(['transaction', 'reader']);
  });

  test('is replaced where the disk refuses what it wrote, and goes on from its log', async () => {
    await database.session((session) => insert(session, 1));
    const file = await open(join(directory, 'pgdata', 'PG_VERSION'));
    const refusal = Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' });
    const sync = vi.spyOn(Object.getPrototypeOf(file) as FileHandle, 'sync').mockRejectedValueOnce(refusal);
    await file.close();
    try {
      await database.session((session) => session.query('checkpoint'));
    } finally {
      sync.mockRestore();
    }
    expect(threads).toHaveLength(2);
    expect(await kept()).toEqual([{ n: 1 }]);
  });

  test('ends with a statement that takes longer than the limit, which its transaction set', async () => {
    await database.session((session) => insert(session, 1));
    const slow = database.transaction(async (session) => {
      await insert(session, 2);
      await session.query(`set local statement_timeout = '300ms'`);
      await session.query(ENDLESS);
    });
    await expect(slow).rejects.toThrow(/The database cancelled the statement .* due to statement timeout/);
    expect(threads).toHaveLength(1);
    expect(await kept()).toEqual([{ n: 1 }]);
    expect(threads).toHaveLength(2);
    await expect(database.session((session) => session.query('show statement_timeout'))).resolves.toEqual([
      { statement_timeout: '0' },
    ]);
    // Neither a session nor a transaction inherits the limit.
    await database.transaction((session) => session.query('select pg_sleep(0.5)'));
  });

  test('refuses what a transaction goes on with after that, until it is rolled back', async () => {
    const outcomes: (string | undefined)[] = [];
    const slow = database.transaction(async (session) => {
      await insert(session, 1);
      await session.query('savepoint before');
      await session.query(`set local statement_timeout = '200ms'`);
      for (const sql of [ENDLESS, 'insert into public.kept values (2)', 'rollback to savepoint before']) {
        await session.query(sql).catch((error: unknown) => outcomes.push(sqlState(error)));
      }
    });
    await expect(slow).rejects.toBeInstanceOf(DatabaseError);
    expect(outcomes).toEqual(['57014', '57014', '57014']);
    expect(await kept()).toEqual([]);
  });

  test('ends a query that takes longer than it may', async () => {
    const asked = query(database, schemasFor('sigma'), ENDLESS, { limitMs: 200 });
    await expect(asked).rejects.toMatchObject({
      message: 'The query failed: canceling statement due to statement timeout.',
      advice: expect.stringContaining('--timeout') as unknown,
    });
    expect(await query(database, schemasFor('sigma'), 'select 1 as one')).toEqual({
      columns: ['one'],
      rows: [[1]],
    });
  });

  test('keeps a limit of its session, and forgets one that a rollback takes back', async () => {
    await database.session(async (session) => {
      await session.query(`set statement_timeout = '10s'`);
      await session.query('begin');
      await session.query(`set local statement_timeout = '100ms'`);
      await session.query('rollback');
      await session.query('select pg_sleep(0.3)');
      await session.query(`select set_config('statement_timeout', '100', false)`);
      await expect(session.query(ENDLESS)).rejects.toThrow(/statement timeout/);
      // Outside of a transaction a session goes on.
      expect(await session.query('select 1 as n')).toEqual([{ n: 1 }]);
    });
  });

  test('is replaced where it ends by itself: a transaction is done again, and commits are kept', async () => {
    let tries = 0;
    await database.transaction(async (session) => {
      tries++;
      await insert(session, tries);
      if (tries === 1) await threads.at(-1)?.terminate();
      await insert(session, 10);
    });
    expect(tries).toBe(2);
    expect(await kept()).toEqual([{ n: 2 }, { n: 10 }]);
    await threads.at(-1)?.terminate();
    expect(await kept()).toEqual([{ n: 2 }, { n: 10 }]);
  });

  test('does not repeat a session that did something, and says what happened', async () => {
    const lost = database.session(async (session) => {
      await insert(session, 3);
      const answer = session.query(ENDLESS);
      await sleep(100);
      await threads.at(-1)?.terminate();
      await answer;
    });
    await expect(lost).rejects.toThrow(/The database server crashed .* the embedded database ended/);
    expect(await kept()).toEqual([{ n: 3 }]);
  });

  test('is ended some seconds after the process was asked to end, and takes the last words', async () => {
    await database.close();
    const interrupt = new AbortController();
    database = await openEmbedded({ directory, signal: interrupt.signal });
    const slow = database.session((session) => session.query(ENDLESS));
    const begun = performance.now();
    interrupt.abort(new InterruptedError('Stopped by the user.'));
    await expect(slow).rejects.toThrow('Stopped by the user.');
    expect(performance.now() - begun).toBeGreaterThan(4500);
    await database.session((session) => insert(session, 1));
    await sleep(5500);
    await expect(kept()).rejects.toThrow('Stopped by the user.');
  }, 60_000);

  test('hands over what both drivers hand over', async () => {
    const [row] = await database.session((session) =>
      session.query(
        `select 1 as a, 2 as a, '{"x": [1, null]}'::jsonb as json, '[1]'::json as list, null::jsonb as none,
                array[1, 2] as numbers, timestamptz '2026-03-01 02:30:00+00' as time, 'ä' as text, true as yes,
                $1::bytea as bytes, 9007199254740993 as big`,
        [new Uint8Array([1, 2])],
      ),
    );
    expect(row).toEqual({
      a: 2,
      json: { x: [1, null] },
      list: [1],
      none: null,
      numbers: [1, 2],
      time: new Date('2026-03-01T02:30:00Z'),
      text: 'ä',
      yes: true,
      bytes: new Uint8Array([1, 2]),
      big: 9007199254740993n,
    });
  });
});
