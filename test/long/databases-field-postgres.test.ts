/** Databases as they are run: with settings, limits and companions that no laboratory has. */
import { chmodSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Session } from '../../src/core/database/database.ts';
import { openPostgres } from '../../src/core/database/postgres.ts';
import type { CheckLine } from '../../src/operations/check/check-line.ts';
import { checkDatabase } from '../../src/operations/check/run-checks.ts';
import { definitionOf } from '../support/export-definition.ts';
import { startExportRig } from '../support/export-rig.ts';
import { startField } from '../support/field.ts';
import { hasPgbouncer, startPgbouncer } from '../support/pgbouncer.ts';
import { type PrivatePostgres, startPrivatePostgres } from '../support/postgres-server.ts';
import { createRunFolder } from '../support/run-folder.ts';
import { schemas, withAdmin } from '../support/template.ts';

let server: PrivatePostgres;
beforeAll(async () => {
  server = await startPrivatePostgres({ settings: ['wal_level=logical'] });
});
afterAll(() => server.dispose());

let made = 0;

/** A database of its own, and a user who may do with it what a connector may. */
async function place({
  role = '',
  database = '',
} = {}): Promise<{ url: string; name: string; user: string }> {
  const [name, user] = [`field_${++made}`, `user_${made}`];
  await withAdmin(server.url, async (admin) => {
    await admin.query(`create role ${user} login password 'secret' ${role}`);
    await admin.query(`create database ${name} ${database} template template0`);
    await admin.query(`grant all on database ${name} to ${user}`);
  });
  const url = new URL(server.url);
  Object.assign(url, { username: user, password: 'secret', pathname: `/${name}` });
  return { url: url.href, name, user };
}

const run = (sql: string, url = server.url) => withAdmin(url, (admin) => admin.query(sql));

/** The address of the same database for the admin, who alone may publish all tables. */
function adminOf(url: string): string {
  const { username, password } = new URL(server.url);
  return Object.assign(new URL(url), { username, password }).href;
}

/** Two syncs that end with the truth. */
async function syncTwice(url: string, maxConnections?: number): Promise<void> {
  await using field = await startField({ url, ...(maxConnections === undefined ? {} : { maxConnections }) });
  await field.sync();
  field.simulator.organization.mutate(10);
  await field.sync();
  expect(await field.differences()).toEqual([]);
}

describe('a sync is complete', () => {
  it('where sessions end for being idle', async () => {
    const { url, user } = await place();
    await run(`alter role ${user} set idle_session_timeout = '300ms'`);
    await using field = await startField({ url });
    const lock = await field.database.tryLock('a lock', (error) => expect.fail(String(error)));
    await sleep(1500);
    await field.sync();
    expect(await field.differences()).toEqual([]);
    await lock?.release();
  });

  it.skipIf(!hasPgbouncer)('where a pooler ends clients for being idle', async () => {
    const { url } = await place();
    await using pooler = await startPgbouncer(url, ['pool_mode = session', 'client_idle_timeout = 3']);
    await using field = await startField({ url: pooler.url });
    const lock = await field.database.tryLock('a lock', (error) => expect.fail(String(error)));
    await sleep(6000);
    await field.sync();
    expect(await field.differences()).toEqual([]);
    await lock?.release();
  });

  it('where all tables are published', async () => {
    const { url } = await place();
    await run('create publication everything for all tables', adminOf(url));
    await syncTwice(url);
  });

  it('where all tables are published, and an older version made them', async () => {
    const { url } = await place();
    {
      await using field = await startField({ url });
      await field.sync();
    }
    await run(
      `do $$ declare t regclass; begin
         for t in select oid from pg_class where relnamespace = 'sigma_sync'::regnamespace and relreplident = 'f'
         loop execute format('alter table %s replica identity default', t); end loop; end $$`,
      url,
    );
    await run('create publication everything for all tables', adminOf(url));
    await using field = await startField({ url });
    // A change that hashes values rewrites the log, too.
    await run(`update sigma_sync.changes set run_id = run_id`, url);
    await field.sync();
  });

  it('where transactions are serializable for want of a word', async () => {
    const { url, name } = await place();
    await run(`alter database ${name} set default_transaction_isolation = serializable`);
    await syncTwice(url);
  });

  it('where every default is another', async () => {
    const { url, name } = await place();
    for (const setting of [
      ...["datestyle = 'German'", "intervalstyle = 'iso_8601'", 'standard_conforming_strings = off'],
      ...[
        "bytea_output = 'escape'",
        'extra_float_digits = -3',
        "search_path = 'nowhere'",
        "timezone = 'Asia/Kathmandu'",
      ],
      ...[
        "statement_timeout = '5min'",
        "idle_in_transaction_session_timeout = '5min'",
        'quote_all_identifiers = on',
      ],
    ])
      await run(`alter database ${name} set ${setting}`);
    await syncTwice(url);
  });

  it('with three connections in all', async () => {
    const { url } = await place({ role: 'connection limit 3' });
    await syncTwice(url);
  });

  it('with two connections, as the settings want', async () => {
    const { url } = await place({ role: 'connection limit 2' });
    await syncTwice(url, 1);
  });

  it.skipIf(!hasPgbouncer)('with a pool of three sessions', async () => {
    const { url } = await place();
    await using pooler = await startPgbouncer(url, ['pool_mode = session', 'default_pool_size = 3']);
    await syncTwice(pooler.url);
  });
});

describe('exports', () => {
  it('run side by side on two connections, where transactions are serializable for want of a word', async () => {
    const { url, name } = await place();
    await run(`alter database ${name} set default_transaction_isolation = serializable`);
    await using field = await startField({ url, maxConnections: 2 });
    await using rig = await startExportRig({ engine: { database: field.database, concurrency: 4 } });
    const definitions = ['one', 'two', 'three', 'four', 'five', 'six'].map((title) => {
      const element = rig.simulator.organization.addExport({
        columns: ['Note'],
        count: 300,
        rows: (i) => [`row ${i}`],
      });
      return definitionOf(element, { name: title });
    });
    for (const round of [1, 2]) {
      const { report, error } = await rig.run(definitions);
      expect([round, error, report.exports.map(({ status, rows }) => [status, rows])]).toEqual([
        round,
        undefined,
        definitions.map(() => ['complete', 300]),
      ]);
    }
  });

  it.each(['replace', 'append'] as const)('%s where all tables are published', async (mode) => {
    const { url } = await place();
    await run('create publication everything for all tables', adminOf(url));
    await using field = await startField({ url });
    await using rig = await startExportRig({ engine: { database: field.database } });
    const element = rig.simulator.organization.addExport({
      columns: ['Note'],
      count: 5,
      rows: (i) => [`row ${i}`],
    });
    const definition = definitionOf(element, { mode });
    expect((await rig.load(definition)).rows).toBe(5);
    expect(await rig.load(definition)).toMatchObject({ rows: 5, deleted: mode === 'replace' ? 5 : 0 });
  });
});

describe('an address as psql takes it', () => {
  it('leads to a socket, and to a database with a slash in its name', async () => {
    const { path: folder, remove } = createRunFolder();
    chmodSync(folder, 0o777);
    await using own = await startPrivatePostgres({ socket: folder });
    const { port, password } = new URL(own.url);
    await withAdmin(own.url, (admin) => admin.query('create database "team/data"'));
    for (const url of [
      `postgres://postgres:${password}@/team%2Fdata?host=${folder}&port=${port}`,
      `postgres://postgres:${password}@${encodeURIComponent(folder)}:${port}/team%2Fdata`,
    ]) {
      const database = openPostgres({ url });
      expect(database.label).toBe(`${folder}:${port}/team/data`);
      const [row] = await database.session((session) =>
        session.query('select current_database() as name, inet_server_addr() is null as local'),
      );
      expect(row).toEqual({ name: 'team/data', local: true });
      await database.close();
    }
    const nowhere = openPostgres({ url: `postgres://postgres@/d?host=${folder}&port=1` });
    await expect(nowhere.session((session) => session.query('select 1'))).rejects.toThrow(
      /^No database server answers at that socket/,
    );
    await nowhere.close();
    remove();
  });
});

describe('a transaction', () => {
  it('is done again where it collided with another one', async () => {
    const { url } = await place();
    const database = openPostgres({ url });
    await database.session((session) => session.query('create schema s'));
    await database.session((session) => session.query('create table s.t as select 1 as id, 0 as n'));
    let tries = 0;
    await Promise.all(
      [1, 2, 3].map(() =>
        database.transaction(async (session) => {
          tries++;
          await session.query('set transaction isolation level serializable');
          const [row] = await session.query<{ n: number }>('select n from s.t');
          await sleep(50);
          await session.query('update s.t set n = $1', [(row?.n ?? 0) + 1]);
        }),
      ),
    );
    expect(await database.session((session) => session.query('select n from s.t'))).toEqual([{ n: 3 }]);
    expect(tries).toBeGreaterThan(3);
    await database.close();
  });

  it('is done again where somebody ended its connection, and so is a session that had done nothing', async () => {
    const { url } = await place();
    const database = openPostgres({ url });
    const kill = (pid: unknown): Promise<unknown> => run(`select pg_terminate_backend(${String(pid)})`);
    const pidOf = async (session: Session) =>
      (await session.query('select pg_backend_pid() as pid'))[0]?.['pid'];
    await database.session((session) => session.query('create schema s'));
    await database.session((session) => session.query('create table s.t (n integer)'));
    let tries = 0;
    await database.transaction(async (session) => {
      const pid = await pidOf(session);
      await session.query('insert into s.t values (1)');
      if (++tries === 1) await kill(pid);
      await session.query('insert into s.t values (2)');
    });
    expect(await database.session((session) => session.query('select n from s.t'))).toEqual([
      { n: 1 },
      { n: 2 },
    ]);
    expect(tries).toBe(2);
    // Ended while it waits for a lock.
    await withAdmin(url, async (holder) => {
      await holder.query('begin');
      await holder.query('lock table s.t in access exclusive mode');
      const waiting = database.session((session) => session.query('select n from s.t'));
      await vi.waitFor(async () => {
        const { rows } = await run("select pid from pg_stat_activity where wait_event_type = 'Lock'");
        expect(rows).toHaveLength(1);
        await kill((rows[0] as { pid: number }).pid);
      }, 30_000);
      await holder.query('rollback');
      expect(await waiting).toHaveLength(2);
    });
    await database.close();
  });

  it('is done again where two waited for each other', async () => {
    const { url } = await place();
    const database = openPostgres({ url });
    await database.session((session) => session.query('create schema s'));
    await database.session((session) =>
      session.query('create table s.t as select * from generate_series(1, 2) as id'),
    );
    const touch = (...ids: readonly number[]) =>
      database.transaction(async (session) => {
        for (const id of ids) {
          await session.query('update s.t set id = id where id = $1', [id]);
          await sleep(100);
        }
      });
    await Promise.all([touch(1, 2), touch(2, 1)]);
    await database.close();
  });

  it('has an end to its wait for what another session holds', async () => {
    const { url, user } = await place();
    const setting = (): Promise<unknown> => {
      const database = openPostgres({ url });
      return database
        .session((session) => session.query("select current_setting('lock_timeout') as it"))
        .finally(() => database.close());
    };
    expect(await setting()).toEqual([{ it: '5min' }]);
    await run(`alter role ${user} set lock_timeout = '300ms'`);
    expect(await setting()).toEqual([{ it: '300ms' }]);
    const database = openPostgres({ url });
    await withAdmin(url, async (holder) => {
      await holder.query("select pg_advisory_lock(hashtextextended('sigma-sync migrate sigma', 0))");
      await expect(startField({ url })).rejects.toThrow(
        /^Another session holds a lock for too long while waiting for another process that migrates/,
      );
    });
    await database.close();
  });
});

describe('check', () => {
  const lines = async (url: string) => {
    const database = openPostgres({ url });
    const found: CheckLine[] = [];
    for await (const line of checkDatabase(database, schemas)) if (line.outcome !== 'ok') found.push(line);
    await database.close();
    return found;
  };

  it.each(['LATIN1', 'EUC_JP'])('refuses %s, and so does a migration', async (encoding) => {
    const { url, name } = await place({ database: `encoding '${encoding}' locale 'C'` });
    const said = `The database ${name} is in ${encoding} and can't keep every text that Sigma sends.`;
    const fix = expect.stringContaining('createdb --encoding=UTF8 --template=template0');
    expect(await lines(url)).toMatchObject([{ subject: 'database', outcome: 'failed', detail: said, fix }]);
    await expect(startField({ url })).rejects.toThrow(said);
  });

  it('bears a database without an encoding', async () => {
    const { url } = await place({ database: "encoding 'SQL_ASCII' locale 'C'" });
    expect(await lines(url)).toMatchObject([{ subject: 'database', outcome: 'warning' }]);
    await syncTwice(url);
  });

  it('tells why a database is read-only', async () => {
    const { url, user, name } = await place();
    await run(`alter role ${user} set default_transaction_read_only = on`);
    expect(await lines(url)).toMatchObject([
      {
        outcome: 'failed',
        detail: expect.stringMatching(/default_transaction_read_only is on, by a setting of the role$/),
        fix: expect.stringContaining(`alter role ${user} set default_transaction_read_only = off;`),
      },
    ]);
    await run(`alter role ${user} reset default_transaction_read_only`);
    await run(`alter database ${name} set default_transaction_read_only = on`);
    const [line] = await lines(url);
    expect(line?.detail).toMatch(/by a setting of the database$/);
  });

  it('tells a standby', async () => {
    await using standby = await startPrivatePostgres({ standby: true });
    expect((await lines(standby.url)).slice(0, 1)).toMatchObject([
      {
        outcome: 'failed',
        detail: expect.stringMatching(/it is a standby, which accepts no writes$/),
        fix: 'Set DATABASE_URL to the primary server.',
      },
    ]);
    await expect(startField({ url: standby.url })).rejects.toThrow(/^The database is read-only while/);
  });

  it('sees what is in the way of a table', async () => {
    const { url } = await place();
    await run('create schema sigma; create view sigma.members as select 1 as x', url);
    expect(await lines(url)).toMatchObject([
      {
        subject: 'tables',
        outcome: 'failed',
        detail: 'sigma.members is a view that sigma-sync did not create',
      },
    ]);
  });
});

describe('what was changed by hand', () => {
  it.each([
    [
      'alter table sigma.members add column mine text not null',
      /^A column that was added by hand requires a value/,
    ],
    ['create unique index on sigma.members ((1))', /^A unique index that was added by hand refuses rows/],
    ['alter table sigma.members add check (false)', /^A check that was added by hand refuses rows/],
    ['alter table sigma.members rename column email to mail', /^A column of sigma-sync is missing/],
    ['drop table sigma.members cascade', /^A table of sigma-sync is missing/],
  ])('%s', async (sql, message) => {
    const { url } = await place();
    await using field = await startField({ url });
    await run(sql, url);
    const { error } = await field.run();
    expect(error?.message).toMatch(message);
    expect(error).toMatchObject({
      kind: 'lasting',
      advice: expect.not.stringMatching(/run the same command/),
    });
  });
});
