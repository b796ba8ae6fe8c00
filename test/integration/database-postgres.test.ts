/** Tests of a PostgreSQL server alone; the other engine leaves this file out. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Session } from '../../src/core/database/database.ts';
import { openPostgres } from '../../src/core/database/postgres.ts';
import { encodeLine } from '../../src/loaders/copy-text.ts';
import { bodies, databaseError } from '../support/items.ts';
import { type PrivatePostgres, startPrivatePostgres } from '../support/postgres-server.ts';
import { withAdmin } from '../support/template.ts';

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
    const error = await database.session((session) => session.query(sql)).catch((reason: unknown) => reason);
    await database.close();
    return error;
  }

  test('each refusal says what to do', async () => {
    await withAdmin(server.url, (admin) => admin.query(`create role guest login password 'guest'`));
    const guest = urlWith((url) => Object.assign(url, { username: 'guest', password: 'guest' }));
    expect(await failure(urlWith((url) => Object.assign(url, { port: '1' })))).toEqual(
      databaseError(/^No database server answers there while connecting to 127\.0\.0\.1:1\//, /DATABASE_URL/),
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
      databaseError(/user lacks a right/, /grant this one CREATE/),
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
    expect(await first.tryLock('one', onLost)).toBeDefined();
    expect(await second.tryLock('one', onLost)).toBeUndefined();
    await first.close();
    const release = await vi.waitUntil(() => second.tryLock('one', onLost));
    await release?.release();
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
    await release?.release();
    await other?.release();
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
