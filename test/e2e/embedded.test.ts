/** The cost of the embedded database to a process. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { startSimulator } from '../../simulator/server.ts';
import { buildModels } from '../../src/analytics/build.ts';
import { models } from '../../src/analytics/model-catalogue.ts';
import { createApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { openEmbedded } from '../../src/core/database/embedded/database.ts';
import { EventBus } from '../../src/core/events/bus.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { migrate, pendingMigrations } from '../../src/state/migrate.ts';
import { schemasFor } from '../../src/state/schemas.ts';
import { envFor, runCli, scratchFolder } from '../support/cli.ts';
import { madeBothWays } from '../support/whole-schema.ts';

const schemas = schemasFor('sigma');

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

it('a new database comes with tables and answers that need no change, and with an id of its own', async () => {
  const ids: unknown[] = [];
  for (const round of [1, 2]) {
    using folder = scratchFolder();
    const database = await openEmbedded({ directory: folder.path, schema: 'sigma' });
    try {
      expect(await pendingMigrations(database, schemas)).toEqual([]);
      expect(await migrate(database, schemas, catalogue, new EventBus())).toEqual([]);
      const { analytics } = createApp({ config: loadConfig({ cwd: folder.path, env: {} }) });
      const built = await database.transaction((session) =>
        buildModels(session, schemas, models, { ...analytics, auditLog: undefined }),
      );
      expect(built.created).toEqual([]);
      const [id] = await database.session((session) =>
        session.query('select id::text from sigma_sync.database_id'),
      );
      ids.push(id?.['id']);
      if (round === 2) {
        const { atOnce, byMigrations } = await madeBothWays(database, schemas);
        // The book of answers: those that were there went with their tables.
        const isOfTables = (line: string): boolean => !line.startsWith('row sigma_sync analytics ');
        expect(atOnce.filter(isOfTables)).toEqual(byMigrations);
      }
    } finally {
      await database.close();
    }
  }
  expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
  expect(ids[1]).not.toBe(ids[0]);
});
