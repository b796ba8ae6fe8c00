/** Commands that keep the database small and safe. */

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startSimulator } from '../../simulator/server.ts';
import { openEmbedded } from '../../src/core/database/embedded/database.ts';
import { envFor, runCli, scratchFolder } from '../support/cli.ts';
import { openTestDatabase } from '../support/database.ts';

describe('vacuum of an embedded database', () => {
  it('makes a folder small that grew, and says by how much', async () => {
    using folder = scratchFolder();
    await using simulator = await startSimulator({ organization: { seed: 1, workbooks: 5 } });
    const options = { cwd: folder.path, env: envFor(simulator) };
    expect((await runCli(['sync', 'workbooks'], options)).code).toBe(0);
    const database = await openEmbedded({ directory: join(folder.path, '.sigma-sync') });
    try {
      await database.session(async (session) => {
        await session.query(
          `insert into sigma.workbooks (workbook_id, name, _raw, _first_synced_at, _synced_at)
           select 'made ' || n, repeat('x', 200), '{}', now(), now() from generate_series(1, 4000) n`,
        );
        for (let i = 0; i < 12; i++) await session.query("update sigma.workbooks set name = name || 'y'");
        await session.query("delete from sigma.workbooks where workbook_id like 'made %'");
      });
    } finally {
      await database.close();
    }
    const { stdout, stderr, code } = await runCli(['vacuum', '--json'], options);
    expect(code, stderr).toBe(0);
    type Size = Record<'before' | 'after', number>;
    const {
      tables,
      total,
      folder: whole,
    } = JSON.parse(stdout) as {
      tables: readonly (Size & { table: string })[];
      total: Size;
      folder: Size;
    };
    const workbooks = tables.find(({ table }) => table === 'sigma.workbooks');
    expect(workbooks?.before).toBeGreaterThan(8_000_000);
    expect(workbooks?.after).toBeLessThan(1_000_000);
    expect(total.before - total.after).toBeGreaterThan(7_000_000);
    expect(whole.before - whole.after).toBeGreaterThan(7_000_000);
    expect(whole.after).toBeGreaterThan(total.after);
    const again = await runCli(['vacuum'], options);
    expect(again.stdout).toMatch(/^all +\d+ +\d+$/m);
    expect(again.stdout).toMatch(/^\d+ kB were freed: the folder had \d+ kB and has \d+ kB/m);
  });
});

describe('vacuum and roles', () => {
  it('remove what is old, and make and check the roles', async () => {
    using folder = scratchFolder();
    await using simulator = await startSimulator({ organization: { seed: 1, workbooks: 5 } });
    await using test = await openTestDatabase({ migrated: false });
    const options = { cwd: folder.path, env: envFor(simulator, test.url) };

    const early = await runCli(['vacuum', '--dry-run'], options);
    expect(early).toMatchObject({ code: 2, stderr: expect.stringContaining('sigma-sync migrate') });
    expect((await runCli(['sync', 'workbooks', 'members'], options)).code).toBe(0);
    await test.database.session((session) =>
      session.query(
        `insert into sigma_sync.runs (run_id, command, status, cycle_id, cycle_started_at, started_at, finished_at)
         values ('old', 'sync', 'complete', 'old', '2020-01-01', '2020-01-01', '2020-01-01')`,
      ),
    );
    const dry = await runCli(['vacuum', '--dry-run'], options);
    expect(dry.code, dry.stderr).toBe(0);
    expect(dry.stdout).toContain('Would delete:\n  1 runs\n');
    const report = JSON.parse((await runCli(['vacuum', '--json'], options)).stdout) as Record<
      string,
      unknown
    >;
    expect(report).toMatchObject({ dryRun: false, removed: { runs: 1, alerts: 0 } });
    expect(report['tables']).toContainEqual({
      table: 'runs',
      before: expect.any(Number),
      after: expect.any(Number),
    });
    const [sizes] = await test.database.session((session) =>
      session.query('select count(*) > 45 as all from sigma_sync.table_sizes'),
    );
    expect(sizes).toEqual({ all: true });

    const names = ['--writer', 'no such writer', '--reader', 'no such reader'];
    const check = await runCli(['roles', 'check', ...names], options);
    expect(check.code).toBe(1);
    expect(check.stdout).toMatch(/^writer no such writer +FAIL +there is no such role/m);
    const sql = await runCli(['roles', 'create', '--sql', ...names], options);
    expect(sql.code, sql.stderr).toBe(0);
    expect(sql.stdout).toMatch(/^begin;\ncreate role "no such writer" login;\n/);
    expect(sql.stdout).toMatch(/^alter schema "sigma" owner to "no such writer";$/m);
    expect(sql.stdout).not.toMatch(/password/i);
    expect(JSON.parse((await runCli(['roles', 'check', '--json', ...names], options)).stdout)).toMatchObject({
      ok: false,
    });
  });
});
