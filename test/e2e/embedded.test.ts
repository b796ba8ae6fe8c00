/** What the embedded database costs a process. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { startSimulator } from '../../simulator/server.ts';
import { envFor, runCli, scratchFolder } from '../support/cli.ts';

/** Writes the peak of the resident memory in kB, as the process ends. */
const PROBE = `import { readFileSync } from 'node:fs';
  process.on('exit', () => process.stderr.write('peak ' + /VmHWM:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]));`;

it.skipIf(!existsSync('/proc/self/status'))(
  'a first sync, which makes the database, stays far below the gigabyte that PGlite takes by itself',
  async () => {
    using folder = scratchFolder();
    await using simulator = await startSimulator({ organization: { workbooks: 100 } });
    const { code, stderr } = await runCli(['sync', '--json'], {
      ...{ cwd: folder.path, env: envFor(simulator) },
      nodeFlags: ['--import', `data:text/javascript,${encodeURIComponent(PROBE)}`],
    });
    expect(code, stderr).toBe(0);
    const peak = Number(/peak (\d+)/.exec(stderr)?.[1]) / 1024;
    // 350 MB; with initdb, or with the parser compiled again, more than 800.
    expect(peak).toBeGreaterThan(100);
    expect(peak).toBeLessThan(550);
    expect(readFileSync(`${folder.path}/.sigma-sync/pgdata/PG_VERSION`, 'utf8')).toBe('18\n');
  },
);
