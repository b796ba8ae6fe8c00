/** A disk that fills up in the middle of a run. It takes a file system of our own, and so the right to mount one. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { startSimulator } from '../../simulator/server.ts';
import { openEmbedded } from '../../src/core/database/embedded/database.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { schemasFor } from '../../src/state/schemas.ts';
import { envFor, runCli, scratchFolder } from '../support/cli.ts';
import { differences } from '../support/truth.ts';

/** An empty database takes about 58 MiB. */
const SMALL = '72m';

function mount(...args: string[]): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', ...args]).status === 0;
}

const mountable = (() => {
  using folder = scratchFolder();
  const can = mount('-o', 'size=1m', 'tmpfs', folder.path);
  if (can) spawnSync('umount', [folder.path]);
  else console.warn('full-disk.test.ts is skipped: this user may not mount a file system');
  return can;
})();

describe.skipIf(!mountable)('a full disk', () => {
  it('ends the run with one sentence and nothing half-loaded; with space again it goes on', async () => {
    using folder = scratchFolder();
    await using simulator = await startSimulator({
      organization: { seed: 1, workbooks: 20_000, grants: 20_000 },
    });
    expect(mount('-o', `size=${SMALL}`, 'tmpfs', folder.path)).toBe(true);
    try {
      const streams = ['members', 'teams', 'workspaces', 'workbooks'];
      const options = { cwd: folder.path, env: envFor(simulator) };
      const first = await runCli(['sync', ...streams], options);
      expect(first.code, first.stderr).toBe(1);
      expect(first.stderr.trim().split('\n').at(-1)).toMatch(
        /^sigma-sync: .*disk.* Free some space, then run the same command again\. Nothing was half-loaded\./,
      );
      expect(first.stderr).not.toMatch(/\n\s+at /);

      spawnSync('mount', ['-o', 'remount,size=900m', folder.path]);
      const second = await runCli(['sync', ...streams], options);
      expect(second.code, second.stderr).toBe(0);
      const database = await openEmbedded({ directory: `${folder.path}/.sigma-sync` });
      const wanted = catalogue.filter(({ name }) => streams.includes(name));
      expect(await differences(database, schemasFor('sigma'), simulator.organization, wanted)).toEqual([]);
      await database.close();
    } finally {
      spawnSync('umount', ['-l', folder.path]);
    }
  });
});
