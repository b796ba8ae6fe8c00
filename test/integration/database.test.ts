/** What the seam in `src/database` promises, on both engines. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { migrations } from '../../migrations/index.ts';
import type { Session } from '../../src/database/database.ts';
import { lockDirectory } from '../../src/database/directory-lock.ts';
import { openPGlite } from '../../src/database/pglite.ts';
import { openPostgres } from '../../src/database/postgres.ts';
import { EventBus } from '../../src/events/bus.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { encodeLine } from '../../src/loaders/copy-text.ts';
import { migrate, pendingMigrations, schemasFor } from '../../src/state/migrate.ts';
import { databaseKind, openTestDatabase, type TestDatabase } from '../support/database.ts';
import { startHolder } from '../support/holder.ts';
import { type PrivatePostgres, startPrivatePostgres } from '../support/postgres-server.ts';
import { dumpSchema } from '../support/schema-dump.ts';
import { withAdmin } from '../support/template.ts';

const MIGRATIONS = Object.keys(migrations);
const SNAPSHOT = join(import.meta.dirname, '../support/schema.snapshot.txt');

/** A database with one table, `public.items (n integer, body text)`. */
async function openWithItems(): Promise<TestDatabase> {
  const test = await openTestDatabase();
  await test.database.session((session) => session.query('create table public.items (n integer, body text)'));
  return test;
}

async function bodies(session: Session): Promise<unknown[]> {
  const rows = await session.query('select body from public.items order by n');
  return rows.map((row) => row['body']);
}

/** What a user sees of a database error. */
function databaseError(message: RegExp, advice: RegExp): unknown {
  return expect.objectContaining({
    code: 'database',
    message: expect.stringMatching(message),
    advice: expect.stringMatching(advice),
  });
}

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

  test('Kysely works on the connection of its session, inside its transaction', async () => {
    await using test = await openTestDatabase();
    const work = test.database.transaction(async (session) => {
      const absences = session.db.withSchema(test.schemas.state);
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
      session.db.withSchema(test.schemas.state).selectFrom('absences').selectAll().execute(),
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
    expect(release).toBeTypeOf('function');
    expect(await test.database.tryLock('one', onLost)).toBeUndefined();
    const other = await test.database.tryLock('other', onLost);
    expect(other).toBeTypeOf('function');
    await release?.();
    const again = await test.database.tryLock('one', onLost);
    expect(again).toBeTypeOf('function');
    await Promise.all([again?.(), other?.()]);
    expect(onLost).not.toHaveBeenCalled();
  });

  test('a bad statement becomes one sentence with advice', async () => {
    await using test = await openTestDatabase();
    const work = test.database.session((session) => session.query('select *\n  from public.nowhere'));
    await expect(work).rejects.toEqual(
      databaseError(
        /^The database failed while running select \* from public\.nowhere: .*"public\.nowhere" does not exist\.$/,
        /run the same command again/,
      ),
    );
  });
});

if (databaseKind() === 'postgres') {
  describe('PostgreSQL connections', () => {
    let server: PrivatePostgres;
    beforeAll(async () => {
      server = await startPrivatePostgres();
    });
    afterAll(() => server.dispose());

    function urlWith(change: (url: URL) => void): string {
      const url = new URL(server.url);
      change(url);
      return url.href;
    }

    async function failure(url: string, sql = 'select 1'): Promise<unknown> {
      const database = openPostgres({ url });
      const error = await database
        .session((session) => session.query(sql))
        .catch((reason: unknown) => reason);
      await database.close();
      return error;
    }

    test('each refusal says what to do', async () => {
      await withAdmin(server.url, (admin) => admin.query(`create role guest login password 'guest'`));
      const guest = urlWith((url) => Object.assign(url, { username: 'guest', password: 'guest' }));
      expect(await failure(urlWith((url) => Object.assign(url, { port: '1' })))).toEqual(
        databaseError(
          /^No database server answers there while connecting to 127\.0\.0\.1:1\//,
          /DATABASE_URL/,
        ),
      );
      expect(await failure(urlWith((url) => Object.assign(url, { hostname: 'nowhere.invalid' })))).toEqual(
        databaseError(/host name does not resolve/, /host in DATABASE_URL/),
      );
      const wrong = await failure(urlWith((url) => Object.assign(url, { password: 'wr0ng-secret' })));
      expect(wrong).toEqual(databaseError(/refused the password/, /Correct the password/));
      expect(String(wrong)).not.toContain('wr0ng-secret');
      expect(await failure(urlWith((url) => Object.assign(url, { pathname: '/absent' })))).toEqual(
        databaseError(/does not exist/, /createdb/),
      );
      expect(await failure(guest, 'create schema mine')).toEqual(
        databaseError(/user lacks a right/, /Grant it CREATE/),
      );
    });

    test('a lock of a server that can not be reached fails without calling onLost', async () => {
      const onLost = vi.fn();
      const database = openPostgres({ url: urlWith((url) => Object.assign(url, { port: '1' })) });
      await expect(database.tryLock('one', onLost)).rejects.toEqual(
        databaseError(/No database server/, /port/),
      );
      await database.close();
      expect(onLost).not.toHaveBeenCalled();
    });

    test('a lock excludes a second handle until the first is closed', async () => {
      const first = openPostgres({ url: server.url });
      const second = openPostgres({ url: server.url });
      const onLost = vi.fn();
      expect(await first.tryLock('one', onLost)).toBeTypeOf('function');
      expect(await second.tryLock('one', onLost)).toBeUndefined();
      await first.close();
      const release = await vi.waitUntil(() => second.tryLock('one', onLost));
      await release?.();
      await second.close();
      expect(onLost).not.toHaveBeenCalled();
    });

    test('a holder whose connection is killed is told once, and the lock is free', async () => {
      const first = openPostgres({ url: server.url });
      const second = openPostgres({ url: server.url });
      const onLost = vi.fn();
      const release = await first.tryLock('one', onLost);
      await withAdmin(server.url, (admin) =>
        admin.query(`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'`),
      );
      const other = await vi.waitUntil(() => second.tryLock('one', () => undefined));
      await vi.waitFor(() => expect(onLost).toHaveBeenCalledWith(expect.any(Error)));
      await release?.();
      await other?.();
      await Promise.all([first.close(), second.close()]);
      expect(onLost).toHaveBeenCalledTimes(1);
    });

    test('a killed connection ends its transaction with advice; the next one works', async () => {
      const database = openPostgres({ url: server.url });
      await database.session((session) => session.query('create table public.items (n integer, body text)'));
      const work = database.transaction(async (session) => {
        await session.query(`insert into public.items values (1, 'lost')`);
        const rows = await session.query('select pg_backend_pid() as pid');
        await withAdmin(server.url, (admin) =>
          admin.query('select pg_terminate_backend($1)', [rows[0]?.['pid']]),
        );
        await session.query(`insert into public.items values (2, 'lost')`);
      });
      await expect(work).rejects.toEqual(
        databaseError(/closed the connection|broke/, /run the same command again/),
      );
      expect(await database.session(bodies)).toEqual([]);
      await database.close();
    });

    test('a server that dies in the middle of a COPY ends it with advice; a restarted one goes on', async () => {
      await using own = await startPrivatePostgres();
      const database = openPostgres({ url: own.url });
      await database.session((session) => session.query('create table public.items (n integer, body text)'));
      const chunk = encodeLine(['1', 'x'.repeat(1_000_000)]);
      let sent = 0;
      const endless: readonly string[] = new Proxy([], {
        get: (target, property) =>
          property === Symbol.iterator
            ? function* () {
                for (; ; sent++) yield chunk;
              }
            : Reflect.get(target, property),
      });
      const copy = database.transaction((session) => session.copyIn('public.items (n, body)', endless));
      const outcome = copy.catch((error: unknown) => error);
      await vi.waitUntil(() => sent > 20);
      await own.kill();
      expect(await outcome).toEqual(
        databaseError(/connection to the database broke/, /run the same command again/),
      );
      await own.start();
      expect(await database.session(bodies)).toEqual([]);
      await database.close();
    });

    test('a full disk is told from other errors, and the load works once there is space', async () => {
      await using own = await startPrivatePostgres({ maxFileBytes: 4_000_000 });
      const database = openPostgres({ url: own.url });
      const lines = Array.from({ length: 8000 }, (_, n) => encodeLine([String(n), 'x'.repeat(1000)]));
      const load = async (session: Session): Promise<void> => {
        await session.query('create table public.items (n integer, body text)');
        await session.copyIn('public.items (n, body)', lines);
      };
      await expect(database.transaction(load)).rejects.toEqual(
        databaseError(/server ran out of disk space/, /Free some space/),
      );
      await own.stop();
      await own.start();
      await database.transaction(load);
      expect(await database.session(bodies)).toHaveLength(8000);
      await database.close();
    });
  });
}

if (databaseKind() === 'pglite') {
  describe('the folder of an embedded database', () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'sigma-sync-lock-'));
    });
    afterAll(() => rm(folder, { recursive: true }));

    const held = (pid: number): unknown =>
      expect.objectContaining({ code: 'locked', message: expect.stringContaining(`process (${pid} on `) });

    test('is kept from other processes, and taken over with its data from a killed one', async () => {
      const directory = join(folder, 'database');
      await using holder = await startHolder('database', directory);
      expect(holder.answer).toBe('held');
      await expect(openPGlite({ directory })).rejects.toEqual(held(holder.pid));
      await using refused = await startHolder('lock', directory);
      expect(refused.answer).toBe('refused');
      await holder.kill();

      const database = await openPGlite({ directory });
      await expect(openPGlite({ directory })).rejects.toEqual(held(process.pid));
      const rows = await database.session((session) => session.query('select n from public.kept'));
      expect(rows).toEqual([{ n: 1 }]);
      await database.close();
      expect(existsSync(join(directory, 'lock'))).toBe(false);
    });

    test('goes to exactly one of several processes that find a dead owner', async () => {
      const directory = await mkdtemp(join(folder, 'contended-'));
      const dead = await startHolder('lock', directory);
      await dead.kill();
      const contenders = await Promise.all(Array.from({ length: 5 }, () => startHolder('lock', directory)));
      await Promise.all(contenders.map((contender) => contender.kill()));
      expect(contenders.filter(({ answer }) => answer === 'held')).toHaveLength(1);
    });

    test('is judged by the heartbeat where the owner is on another machine', async () => {
      const directory = await mkdtemp(join(folder, 'foreign-'));
      const path = join(directory, 'lock');
      await writeFile(path, JSON.stringify({ pid: process.pid, host: `not-${hostname()}` }));
      await expect(lockDirectory(directory)).rejects.toEqual(held(process.pid));
      const silent = new Date(Date.now() - 61_000);
      await utimes(path, silent, silent);
      const unlock = await lockDirectory(directory);
      unlock();
    });

    test('is not kept by a later process with the number of a dead owner, nor by rubbish', async () => {
      const directory = await mkdtemp(join(folder, 'reused-'));
      const path = join(directory, 'lock');
      if (process.platform === 'linux') {
        await writeFile(path, JSON.stringify({ pid: process.pid, host: hostname(), startedAt: '1' }));
        (await lockDirectory(directory))();
      }
      await writeFile(path, 'rubbish');
      (await lockDirectory(directory))();
      expect(existsSync(path)).toBe(false);
    });
  });
}

describe('migrations', () => {
  test('apply once, announce themselves, and are pending before', async () => {
    await using test = await openTestDatabase({ migrated: false });
    const announced: string[] = [];
    test.events.on('migration.applied', ({ name }) => announced.push(name));
    expect(await pendingMigrations(test.database, test.schemas)).toEqual(MIGRATIONS);
    expect(await migrate(test.database, test.schemas, catalogue, test.events)).toEqual(MIGRATIONS);
    expect(await pendingMigrations(test.database, test.schemas)).toEqual([]);
    expect(await migrate(test.database, test.schemas, catalogue, test.events)).toEqual([]);
    expect(announced).toEqual(MIGRATIONS);
  });

  test('applied by several at once are applied by one', async () => {
    await using test = await openTestDatabase({ migrated: false });
    const { url } = test;
    const databases = [1, 2, 3, 4].map(() => (url === undefined ? test.database : openPostgres({ url })));
    // Several rounds, each in schemas of its own, because a collision takes some luck.
    for (let round = 1; round <= 5; round++) {
      const schemas = schemasFor(`round_${round}`);
      const applied = await Promise.all(
        databases.map((database) => migrate(database, schemas, catalogue, test.events)),
      );
      expect(applied.toSorted((a, b) => a.length - b.length)).toEqual([[], [], [], MIGRATIONS]);
    }
    if (url !== undefined) await Promise.all(databases.map((database) => database.close()));
  });

  test('live side by side in schemas of any name', async () => {
    await using test = await openTestDatabase();
    const odd = schemasFor('Odd "name" 2');
    await migrate(test.database, odd, catalogue, new EventBus());
    const [usual, other] = await test.database.session(async (session) => [
      await dumpSchema(session, test.schemas),
      await dumpSchema(session, odd),
    ]);
    // `"Odd ""name"" 2_sync".runs` and `Odd "name" 2_sync.runs` are both what was `sigma_sync.runs`.
    expect(other?.replaceAll(/"Odd ""name"" 2(_sync)?"|Odd "name" 2(_sync)?/g, 'sigma$1$2')).toBe(usual);
  });

  test('leave a comment on every table and on every column of the streams', async () => {
    await using test = await openTestDatabase();
    const rows = await test.database.session((session) =>
      session.query<{ object: string; comment: string | null }>(
        `select concat_ws('.', n.nspname, c.relname, a.attname) as object, col_description(c.oid, coalesce(a.attnum, 0)) as comment
           from pg_class c
           join pg_namespace n on n.oid = c.relnamespace
           left join pg_attribute a
             on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and n.nspname = $1
          where n.nspname in ($1, $2) and c.relkind = 'r' and c.relname not like 'migrations%'
          union all
         select n.nspname || '.' || c.relname, obj_description(c.oid, 'pg_class')
           from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where n.nspname in ($1, $2) and c.relkind = 'r' and c.relname not like 'migrations%'`,
        [test.schemas.target, test.schemas.state],
      ),
    );
    expect(rows.length).toBeGreaterThan(100);
    expect(rows.filter(({ comment }) => !comment).map(({ object }) => object)).toEqual([]);
  });

  test('make the tables of the snapshot', async () => {
    await using test = await openTestDatabase();
    const dump = await test.database.session((session) => dumpSchema(session, test.schemas));
    if (process.env['UPDATE_SNAPSHOT'] === '1') writeFileSync(SNAPSHOT, dump);
    expect(
      dump,
      'The tables differ from test/support/schema.snapshot.txt. If that is meant, run the tests once with UPDATE_SNAPSHOT=1 and commit the file.',
    ).toBe(readFileSync(SNAPSHOT, 'utf8'));
  });
});
