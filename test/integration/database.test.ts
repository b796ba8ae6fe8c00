/** The promises of the seam in `src/database`, on both engines. */
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { openPostgres } from '../../src/core/database/postgres.ts';
import { encodeLine } from '../../src/loaders/copy-text.ts';
import { kyselyOver } from '../../src/state/apply-migrations.ts';
import { openTestDatabase } from '../support/database.ts';
import { bodies, databaseError, openWithItems } from '../support/items.ts';
import { withAdmin } from '../support/template.ts';

describe('sessions and transactions', () => {
  test('a transaction that resolves is committed', async () => {
    await using test = await openWithItems();
    const result = await test.database.transaction(async (session) => {
      await session.query('insert into public.items values ($1, $2)', [1, 'kept']);
      return 'result';
    });
    expect(result).toBe('result');
    expect(await test.database.session(bodies)).toEqual(['kept']);
  });

  test('a transaction that throws is rolled back and its error passes through', async () => {
    await using test = await openWithItems();
    const error = new Error('no');
    const work = test.database.transaction(async (session) => {
      await session.query(`insert into public.items values (1, 'lost')`);
      throw error;
    });
    await expect(work).rejects.toBe(error);
    expect(await test.database.session(bodies)).toEqual([]);
  });

  test('a failed statement rolls back what came before it and leaves the database usable', async () => {
    await using test = await openWithItems();
    const work = test.database.transaction(async (session) => {
      await session.query(`insert into public.items values (1, 'lost')`);
      await session.query('select 1 / 0');
    });
    await expect(work).rejects.toThrow(/division by zero/);
    await test.database.transaction((session) =>
      session.query(`insert into public.items values (2, 'kept')`),
    );
    expect(await test.database.session(bodies)).toEqual(['kept']);
  });

  type Absences = {
    absences: { stream: string; key: string; partition: string; confirmed: boolean; run_id: string };
  };

  test('Kysely works on the connection of its session, inside its transaction', async () => {
    await using test = await openTestDatabase();
    const work = test.database.transaction(async (session) => {
      const absences = kyselyOver(session).withTables<Absences>().withSchema(test.schemas.state);
      const row = { stream: 's', key: 'k', partition: '', confirmed: false, run_id: 'r' };
      await session.query(
        `insert into ${test.schemas.state}.absences values ('s', 'raw', '', false, 'r', default)`,
      );
      await absences.insertInto('absences').values(row).execute();
      const seen = await absences.selectFrom('absences').select('key').orderBy('key').execute();
      throw new Error(seen.map(({ key }) => key).join());
    });
    await expect(work).rejects.toThrow(/^k,raw$/);
    const left = await test.database.session((session) =>
      kyselyOver(session)
        .withTables<Absences>()
        .withSchema(test.schemas.state)
        .selectFrom('absences')
        .selectAll()
        .execute(),
    );
    expect(left).toEqual([]);
  });

  test('transactions at the same time do not mix', async () => {
    await using test = await openWithItems();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 12 }, (_, n) =>
        test.database.transaction(async (session) => {
          await session.query('insert into public.items values ($1, $2)', [n, `first ${n}`]);
          await session.query('insert into public.items values ($1, $2)', [n, `second ${n}`]);
          if (n % 2 === 1) throw new Error('odd');
        }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(6);
    const kept = [0, 2, 4, 6, 8, 10].flatMap((n) => [`first ${n}`, `second ${n}`]);
    expect((await test.database.session(bodies)).toSorted()).toEqual(kept.toSorted());
  });

  test("times read the same whatever the database's own settings are", async () => {
    await using test = await openWithItems();
    if (test.url !== undefined) {
      await withAdmin(test.url, async (admin) => {
        const name = new URL(test.url ?? '').pathname.slice(1);
        await admin.query(`alter database "${name}" set datestyle = 'German'`);
        await admin.query(`alter database "${name}" set timezone = 'America/New_York'`);
        await admin.query(`alter database "${name}" set search_path = 'nowhere'`);
      });
    }
    const database = test.url === undefined ? test.database : openPostgres({ url: test.url });
    const rows = await database.session((session) =>
      session.query(`select moment, moment::text as text, current_setting('search_path') as path
                       from (select timestamptz '2026-03-01T23:30:00.123456+05:30' as moment) t`),
    );
    if (database !== test.database) await database.close();
    expect(rows).toEqual([
      {
        moment: new Date('2026-03-01T18:00:00.123Z'),
        text: '2026-03-01 18:00:00.123456+00',
        path: 'pg_catalog',
      },
    ]);
  });
});

describe('copyIn', () => {
  const AWKWARD = [
    'tab\there',
    'line\nbreak\r\nand\rmore',
    'back\\slash\\n \\t \\\\',
    '\\N',
    '\\.',
    'before\n\\.\nafter',
    '',
    ' spaces ',
    `"quotes" 'and' $$dollars$$`,
    '😀 é 漢字 \u{10FFFF} \u0001\u007F',
    null,
  ];

  test('carries awkward text unchanged', async () => {
    await using test = await openWithItems();
    const lines = AWKWARD.map((body, n) => encodeLine([String(n), body]));
    await test.database.transaction((session) => session.copyIn('public.items (n, body)', lines));
    expect(await test.database.session(bodies)).toEqual(AWKWARD);
  });

  test('carries any text unchanged', async () => {
    await using test = await openWithItems();
    const cell = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replaceAll('\0', ''));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(cell), { maxLength: 30 }), async (column) => {
        await test.database.session(async (session) => {
          await session.query('truncate public.items');
          await session.copyIn(
            'public.items (n, body)',
            column.map((body, n) => encodeLine([String(n), body])),
          );
          expect(await bodies(session)).toEqual(column);
        });
      }),
      { numRuns: 60 },
    );
  });

  test('carries one cell of 5 MB and 5 MB in many chunks', async () => {
    await using test = await openWithItems();
    const large = 'é\t'.repeat(5_000_000 / 3);
    const lines = Array.from({ length: 5000 }, (_, n) => encodeLine([String(n + 1), 'x'.repeat(1000)]));
    await test.database.session((session) =>
      session.copyIn('public.items (n, body)', [encodeLine(['0', large]), ...lines]),
    );
    const rows = await test.database.session((session) =>
      session.query(
        `select count(*)::int as rows, sum(length(body))::int as length,
                            (array_agg(md5(body) order by n))[1] = md5($1) as same from public.items`,
        [large],
      ),
    );
    expect(rows).toEqual([{ rows: 5001, length: 5_000_000 + large.length, same: true }]);
  });

  test('refuses malformed text as a whole and leaves the session usable', async () => {
    await using test = await openWithItems();
    await test.database.session(async (session) => {
      const copy = session.copyIn('public.items (n, body)', ['1\tfine\n', 'two\tnot a number\n']);
      await expect(copy).rejects.toEqual(
        databaseError(
          /while copying into public\.items: invalid input syntax for type integer/,
          /rolled back/,
        ),
      );
      await expect(session.copyIn('public.missing (n)', ['1\n'])).rejects.toEqual(
        databaseError(/"public\.missing" does not exist/, /./),
      );
      expect(await bodies(session)).toEqual([]);
    });
  });
});

describe('tryLock', () => {
  test('one holder per name; free again after its release', async () => {
    await using test = await openTestDatabase();
    const onLost = vi.fn();
    const release = await test.database.tryLock('one', onLost);
    expect(release).toBeDefined();
    expect(await test.database.tryLock('one', onLost)).toBeUndefined();
    const other = await test.database.tryLock('other', onLost);
    expect(other).toBeDefined();
    await release?.release();
    const again = await test.database.tryLock('one', onLost);
    expect(again).toBeDefined();
    await Promise.all([again?.release(), other?.release()]);
    expect(onLost).not.toHaveBeenCalled();
  });

  test('a bad statement becomes one sentence with advice', async () => {
    await using test = await openTestDatabase();
    const work = test.database.session((session) => session.query('select *\n  from public.nowhere'));
    await expect(work).rejects.toEqual(
      databaseError(
        /^A table of sigma-sync is missing while running select \* from public\.nowhere: .*"public\.nowhere" does not exist\.$/,
        /rename it back or restore it/,
      ),
    );
  });
});
