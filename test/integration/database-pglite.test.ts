/** Tests of the embedded database and the lock on its folder. */
import fs, { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { databaseOver, openEmbedded } from '../../src/core/database/embedded/database.ts';
import { lockDirectory } from '../../src/core/database/embedded/directory-lock.ts';
import { engineOver } from '../../src/core/database/embedded/engine.ts';
import { EMBEDDED_MAJOR, isEmbedded } from '../../src/core/database/embedded/folder.ts';
import { openPGlite } from '../../src/core/database/embedded/lean-pglite.ts';
import { DatabaseError } from '../../src/core/errors.ts';
import { startHolder } from '../support/holder.ts';

describe('the folder of an embedded database', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sigma-sync-lock-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const held = (pid: number): unknown =>
    expect.objectContaining({ code: 'locked', message: expect.stringContaining(`process (${pid} on `) });

  test('is kept from other processes and other users, and taken over with its data from a killed one', async () => {
    const directory = join(folder, 'database');
    await using holder = await startHolder('database', directory);
    expect(holder.answer).toBe('held');
    await expect(openEmbedded({ directory })).rejects.toEqual(held(holder.pid));
    await using refused = await startHolder('lock', directory);
    expect(refused.answer).toBe('refused');
    await holder.kill();

    const database = await openEmbedded({ directory });
    await expect(openEmbedded({ directory })).rejects.toEqual(held(process.pid));
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

  test.skipIf(process.platform === 'win32')(
    'lets nobody else in, even where an earlier version did',
    async () => {
      const directory = await mkdtemp(join(folder, 'private-'));
      const mode = async (): Promise<number> => (await stat(join(directory, 'pgdata'))).mode & 0o777;
      await (await openEmbedded({ directory })).close();
      expect(await mode()).toBe(0o700);
      await chmod(join(directory, 'pgdata'), 0o755);
      await (await openEmbedded({ directory })).close();
      expect(await mode()).toBe(0o700);
    },
  );
});

describe('the files of an embedded database', () => {
  let folder: string;
  let whole: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sigma-sync-files-'));
    whole = join(folder, 'whole');
    const database = await openEmbedded({ directory: whole });
    await database.session((session) => session.query('create table public.kept as select 1 as n'));
    await database.close();
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** A copy of the database whose folder of files is changed by `work`. */
  async function copy(work: (data: string) => Promise<unknown>): Promise<string> {
    const directory = await mkdtemp(join(folder, 'copy-'));
    await cp(whole, directory, { recursive: true });
    await work(join(directory, 'pgdata'));
    return directory;
  }

  const failureOf = async (directory: string): Promise<DatabaseError> => {
    const error = await openEmbedded({ directory }).then(
      () => new Error('it was opened'),
      (thrown: unknown) => thrown,
    );
    if (error instanceof DatabaseError) return error;
    throw error;
  };

  const OTHERS: readonly [what: string, work: (data: string) => Promise<unknown>, said: RegExp][] = [
    [
      'that lack their version',
      (data) => rm(join(data, 'PG_VERSION')),
      /holds files, .*PG_VERSION is missing/,
    ],
    [
      "that are somebody else's",
      async (data) => {
        await rm(data, { recursive: true });
        await mkdir(data);
        await writeFile(join(data, 'notes.txt'), 'mine');
      },
      /holds files, but no whole database/,
    ],
    ['with an empty version', (data) => writeFile(join(data, 'PG_VERSION'), ''), /names no version/],
    [
      'of another major version',
      (data) => writeFile(join(data, 'PG_VERSION'), '17\n'),
      /is one of PostgreSQL 17, and this version of sigma-sync opens those of PostgreSQL 18\.$/,
    ],
  ];
  test.each(OTHERS)('%s are left as they are, and no database is made over them', async (_, work, said) => {
    const directory = await copy(work);
    const before = await readdir(directory, { recursive: true });
    const error = await failureOf(directory);
    expect(error.message).toMatch(said);
    expect(error.advice).toMatch(/^Nothing was changed\. .*docs\/operations\.md.* move the folder away/);
    expect(await readdir(directory, { recursive: true })).toEqual(before);
  });

  const DAMAGED: readonly [what: string, work: (data: string) => Promise<unknown>, said: RegExp][] = [
    ['without a control file', (data) => rm(join(data, 'global/pg_control')), /global\/pg_control/],
    ['without a log', (data) => rm(join(data, 'pg_wal'), { recursive: true }), /pg_wal/],
    ['without tables', (data) => rm(join(data, 'base'), { recursive: true }), /damaged/],
    [
      'of another build',
      (data) => writeFile(join(data, 'global/pg_control'), new Uint8Array(8192)),
      /incompatible with server/,
    ],
  ];
  test.each(DAMAGED)('%s are named as damaged, with the way out', async (_, work, said) => {
    const error = await failureOf(await copy(work));
    expect(error.message).toMatch(/^The embedded database in .* can't be started, because files are damaged/);
    expect(error.message).toMatch(said);
    expect(error.message).not.toContain('\n');
    expect(error.advice).toMatch(/^Restore a copy of the folder .* move the folder away/);
    expect(error.advice).not.toContain('run the same command again');
  });

  test('are made as a whole, whatever an earlier attempt left', async () => {
    const directory = join(folder, 'anew');
    await mkdir(join(directory, 'pgdata'), { recursive: true });
    await mkdir(join(directory, 'pgdata.new/base'), { recursive: true });
    await writeFile(join(directory, 'pgdata.new/PG_VERSION'), '18');
    expect(isEmbedded(directory)).toBe(false);
    const database = await openEmbedded({ directory });
    expect(isEmbedded(directory)).toBe(true);
    expect((await readdir(directory)).sort()).toEqual(['lock', 'pgdata']);
    const [row] = await database.session((session) =>
      session.query<{ version: string }>(`select current_setting('server_version') as version`),
    );
    expect(row?.version).toMatch(new RegExp(`^${EMBEDDED_MAJOR}\\.`));
    await database.close();
    expect(await readFile(join(directory, 'pgdata/PG_VERSION'), 'utf8')).toBe(`${EMBEDDED_MAJOR}\n`);
  });

  test('have every commit on the disk before it is told', async () => {
    const synced = vi.spyOn(fs, 'fdatasyncSync');
    syncBuiltinESMExports();
    try {
      // In this thread, where it can be watched.
      const engine = engineOver(await openPGlite(join(await copy(async () => undefined), 'pgdata')));
      const database = databaseOver(engine, 'embedded database', () => engine.close());
      const setting = await database.session((session) => session.query('show fsync'));
      expect(setting).toEqual([{ fsync: 'on' }]);
      for (let n = 0; n < 3; n++) {
        synced.mockClear();
        await database.session((session) => session.query('insert into public.kept values (2)'));
        expect(synced).toHaveBeenCalled();
      }
      synced.mockClear();
      await database.session((session) => session.query('select * from public.kept'));
      expect(synced).not.toHaveBeenCalled();
      await database.session((session) => session.query('checkpoint'));
      // The table, and more than the log alone.
      expect(synced.mock.calls.length).toBeGreaterThan(1);
      await database.close();
    } finally {
      synced.mockRestore();
      syncBuiltinESMExports();
    }
  });
});
