/** What keeps the database small and safe, by the command line. */
import { describe, expect, it } from 'vitest';
import { startSimulator } from '../../simulator/server.ts';
import { envFor, runCli, scratchFolder } from '../support/cli.ts';
import { openTestDatabase } from '../support/database.ts';

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
    expect(dry.stdout).toContain('These would go:\n  1 runs\n');
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
