/** What concerns the embedded database and the lock on its folder. */
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lockDirectory } from '../../src/core/database/directory-lock.ts';
import { openPGlite } from '../../src/core/database/pglite.ts';
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

  test.skipIf(process.platform === 'win32')(
    'lets nobody else in, even where an earlier version did',
    async () => {
      const directory = await mkdtemp(join(folder, 'private-'));
      const mode = async (): Promise<number> => (await stat(join(directory, 'pgdata'))).mode & 0o777;
      await (await openPGlite({ directory })).close();
      expect(await mode()).toBe(0o700);
      await chmod(join(directory, 'pgdata'), 0o755);
      await (await openPGlite({ directory })).close();
      expect(await mode()).toBe(0o700);
    },
  );
});
