/** The command line as scripts use it: commands, exit codes, the JSON on standard output. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startSimulator } from '../../simulator/server.ts';
import { type CliResult, envFor, runCli, scratchFolder } from '../support/cli.ts';
import { openTestDatabase } from '../support/database.ts';
import { differences } from '../support/truth.ts';

const STREAM_NAMES = [
  'members',
  'teams',
  'team_members',
  'workspaces',
  'workbooks',
  'workbook_pages',
  'workbook_elements',
  'grants',
];

describe('against an account', () => {
  it('probe tells what the API is like, as a table and as JSON', async () => {
    using folder = scratchFolder();
    await using simulator = await startSimulator({ organization: { seed: 1, workbooks: 40 } });
    const options = { cwd: folder.path, env: envFor(simulator) };
    const asJson = await runCli(['probe', '--json'], options);
    expect(asJson.code, asJson.stderr).toBe(0);
    const { rows } = JSON.parse(asJson.stdout) as { rows: Record<string, string>[] };
    const grants = rows.find(({ id }) => id === 'grant-id');
    expect(grants).toMatchObject({ expected: 'short id', outcome: 'as expected' });
    const asTable = await runCli(['probe'], options);
    expect(asTable.stdout).toMatch(/^inodeId of \/v2\/grants +ok +short id +short id \d+$/m);
    expect(asTable.stdout).toContain(`${rows.length} lines,`);
    // Nothing was written anywhere.
    expect(readdirSync(folder.path).filter((name) => !name.startsWith('.'))).toEqual([]);

    const refused = await runCli(['probe'], {
      ...options,
      env: { ...options.env, SIGMA_CLIENT_SECRET: 'x' },
    });
    expect([refused.code, refused.stdout]).toEqual([1, '']);
  });

  it('check access compares what is stored with what Sigma says', async () => {
    using folder = scratchFolder();
    await using simulator = await startSimulator({
      organization: { seed: 1, workbooks: 20, members: 12 },
      novelties: { shortGrantIds: false },
    });
    const options = { cwd: folder.path, env: envFor(simulator) };
    const before = await runCli(['check', 'access'], options);
    expect([before.code, before.stderr]).toEqual([2, expect.stringContaining('sync')]);
    expect((await runCli(['sync', 'grants', 'team_members', 'files'], options)).code).toBe(0);
    const same = await runCli(['check', 'access', '--members', '20', '--json'], options);
    expect(same.code, same.stderr).toBe(0);
    expect(JSON.parse(same.stdout)).toMatchObject({ ok: true, differences: [] });

    const { organization } = simulator;
    for (const grant of organization.grants.list.toArray().slice(0, 30)) organization.revoke(grant.id);
    const other = await runCli(['check', 'access', '--members', '20'], options);
    expect(other.code).toBe(1);
    expect(other.stdout).toMatch(
      /^\w+ +[0-9a-f-]{36} +[\w-]+ +(explore|organize|edit) +(none|view|explore|organize)$/m,
    );
    expect((await runCli(['check', 'nonsense'], options)).code).toBe(2);
  });

  it('check, sync, status, runs and reset work together', async () => {
    using folder = scratchFolder();
    await using simulator = await startSimulator({ organization: { seed: 1, workbooks: 40 } });
    await using test = await openTestDatabase({ migrated: false });
    const options = { cwd: folder.path, env: envFor(simulator, test.url) };
    const json = async (...args: string[]) => {
      const result = await runCli(args, options);
      return { ...result, body: JSON.parse(result.stdout) as Record<string, unknown> };
    };

    const check = await json('check', '--json');
    expect(check.code, check.stdout).toBe(0);
    expect(check.body['ok']).toBe(true);
    expect(check.body['checks']).toContainEqual(expect.objectContaining({ subject: 'clock', outcome: 'ok' }));
    const subjects = (check.body['checks'] as { subject: string }[]).map(({ subject }) => subject);
    expect(subjects).toEqual(
      expect.arrayContaining(['api', 'clock', 'credentials', 'stream grants', 'database', 'database rights']),
    );

    const before = await json('status', '--json');
    expect((before.body['streams'] as { status: string }[]).every(({ status }) => status === 'never')).toBe(
      true,
    );
    const plan = await json('sync', '--dry-run', '--json');
    expect(plan.code).toBe(0);
    expect(simulator.counters.endpoints.get('GET /v2/workbooks')).toBe(1); // the one of check

    const sync = await json('sync', '--json');
    expect(sync.code, sync.stderr).toBe(0);
    expect(sync.body).toMatchObject({
      runId: expect.any(String),
      status: 'complete',
      startedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      finishedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      requests: expect.any(Number),
      retries: expect.any(Number),
      rateLimited: 0,
    });
    const streams = sync.body['streams'] as Record<string, unknown>[];
    expect(streams.map(({ name }) => name)).toEqual(expect.arrayContaining(STREAM_NAMES));
    for (const stream of streams) {
      expect(Object.keys(stream).sort()).toEqual(
        [
          'deleted',
          'inserted',
          'mode',
          'name',
          'partitions',
          'partitionsFailed',
          'rateLimited',
          'read',
          'requests',
          'retries',
          'status',
          'unchanged',
          'updated',
        ].sort(),
      );
    }
    expect(await differences(test.database, test.schemas, simulator.organization)).toEqual([]);

    const status = await json('status', '--json');
    expect(status.body['streams']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'workbooks', status: 'complete', rows: 40, partitionsFailed: 0 }),
      ]),
    );
    const runs = await json('runs', '--json');
    expect(runs.body['runs']).toHaveLength(1);

    simulator.counters.reset();
    const reset = await runCli(['reset', 'workbook_pages'], options);
    expect(reset.code).toBe(0);
    await json('sync', 'workbook_pages', '--json');
    const live = simulator.organization.workbooks.list.toArray().filter((w) => !w.archived && !w.exploration);
    expect(simulator.counters.of('GET /v2/workbooks/{workbookId}/pages')).toBe(live.length);
    expect(simulator.counters.of('GET /v2/workbooks/{workbookId}/elements')).toBe(0);
  });

  it('a run with a sick child exits with 3 and names it; the next one with 0', async () => {
    using folder = scratchFolder();
    await using simulator = await startSimulator({ organization: { seed: 2, workbooks: 20 } });
    const options = { cwd: folder.path, env: envFor(simulator) };
    const [sick] = simulator.organization.workbooks.list
      .toArray()
      .filter((w) => !w.archived && !w.exploration);
    simulator.faults.set({ forbid: [`/v2/workbooks/${sick?.id}/pages`] });
    const first = await runCli(['sync'], options);
    expect(first.code, first.stderr).toBe(3);
    expect(first.stdout).toContain(`workbook_pages ${sick?.id}`);
    simulator.faults.clear();
    expect((await runCli(['sync'], options)).code).toBe(0);
  });

  it('a second run at the same time exits with 4', async () => {
    using folder = scratchFolder();
    await using simulator = await startSimulator({
      organization: { seed: 3, workbooks: 50 },
      latencyMs: 30,
    });
    await using test = await openTestDatabase({ migrated: false });
    for (const url of [test.url, undefined]) {
      const options = { cwd: folder.path, env: envFor(simulator, url) };
      const { promise: begun, resolve } = Promise.withResolvers<void>();
      const first = runCli(['sync'], {
        ...options,
        onStderr: (text) => text.includes('run.started') && resolve(),
      });
      await begun;
      const second = await runCli(['sync'], options);
      expect(second.code, second.stderr).toBe(4);
      expect(second.stderr).toContain(url === undefined ? 'has the embedded database' : 'holds the lock');
      expect((await first).code).toBe(0);
    }
  });

  it('a backfill reads everything at a rate of its own, and goes on where it stopped', async () => {
    using folder = scratchFolder();
    await using simulator = await startSimulator({ organization: { seed: 6, workbooks: 10, grants: 50 } });
    await using test = await openTestDatabase({ migrated: false });
    const options = { cwd: folder.path, env: envFor(simulator, test.url) };
    const args = ['backfill', 'workbook_pages', '--json'];
    const first = await runCli([...args, '--requests-per-minute', '120'], {
      ...options,
      kill: { afterMs: 3000, signal: 'SIGTERM' },
    });
    expect(first.code, first.stderr).toBe(130);
    expect(first.stderr).toContain('--resume');
    const { runId } = JSON.parse(first.stdout) as { runId: string };
    const second = await runCli(
      ['backfill', 'workbook_pages', '--resume', '--requests-per-minute', '6000'],
      options,
    );
    expect(second.code, second.stderr).toBe(0);
    expect(second.stdout).toContain(`Resumed backfill ${runId}`);
    const pages = [...simulator.counters.paths].filter(([path]) => path.endsWith('/pages'));
    expect(pages.length).toBeGreaterThan(5);
    // At most those that were under way when it was stopped.
    expect(pages.filter(([, count]) => count > 1).length).toBeLessThanOrEqual(2);
    const wrong = await runCli(['backfill', '--requests-per-minute', 'many'], options);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('whole number')]);
  });

  it('an interrupted run exits with 130 within seconds and is continued', async () => {
    using folder = scratchFolder();
    await using simulator = await startSimulator({
      organization: { seed: 4, workbooks: 60 },
      latencyMs: 40,
    });
    await using test = await openTestDatabase({ migrated: false });
    const options = { cwd: folder.path, env: envFor(simulator, test.url) };
    const started = Date.now();
    const first = await runCli(['sync', '--json'], {
      ...options,
      kill: { afterMs: 2000, signal: 'SIGTERM' },
    });
    expect(first.code, first.stderr).toBe(130);
    expect(Date.now() - started).toBeLessThan(8000);
    expect(JSON.parse(first.stdout)).toMatchObject({ status: 'interrupted' });
    const second = await runCli(['sync', '--json'], options);
    expect(second.code).toBe(0);
    expect(simulator.counters.of('GET /v2.1/members')).toBe(1);
    expect(await differences(test.database, test.schemas, simulator.organization)).toEqual([]);
  });
});

describe('without an account', () => {
  it('demo shows a sync, a change and how to query it', async () => {
    using folder = scratchFolder();
    const demo = await runCli(['demo'], {
      cwd: folder.path,
      env: { DATABASE_URL: 'postgres://never.used/here' },
    });
    expect(demo.code, demo.stderr).toBe(0);
    expect(demo.stderr).toBe('');
    expect(demo.stdout).toContain('First sync: everything');
    expect(demo.stdout).toContain('Second sync: what changed');
    const commands = [...demo.stdout.matchAll(/sigma-sync (query --directory \S+) "(.*)"/g)];
    expect(commands.length).toBeGreaterThanOrEqual(3);
    for (const [, query = '', sql = ''] of commands) {
      const answer = await runCli([...query.split(' '), sql, '--json'], { cwd: folder.path });
      expect(answer.code, answer.stderr).toBe(0);
      expect((JSON.parse(answer.stdout) as unknown[]).length, sql).toBeGreaterThan(0);
    }
    const write = await runCli(['query', '--directory', '.sigma-sync/demo', 'delete from workbooks'], {
      cwd: folder.path,
    });
    expect(write.code).toBe(1);
    expect(write.stderr).toContain('read-only');

    const ask = (...args: string[]): Promise<CliResult> =>
      runCli(['query', '--directory', '.sigma-sync/demo', ...args], { cwd: folder.path });
    const commented = "-- how many\nselect count(*) as n, 2 as n, date '2026-03-01' as day from workbooks";
    const shown = await ask(commented);
    expect(shown.code, shown.stderr).toBe(0);
    expect(shown.stdout).toMatch(/^ *n +n +day\n[- ]+\n *\d+ +2 +2026-03-01\n\(1 row\)\n$/);
    const [first] = JSON.parse((await ask(commented, '--json')).stdout) as Record<string, unknown>[];
    expect(first).toMatchObject({ n: expect.any(Number) as unknown, n_2: 2, day: '2026-03-01' });
    for (const args of [['--jsn'], ['--jsn', 'select 1']])
      expect(await ask(...args), args.join(' ')).toMatchObject({ code: 2, stdout: '' });

    const elsewhere = await runCli(['query', '--directory', 'mistyped', 'select 1'], { cwd: folder.path });
    expect(elsewhere).toMatchObject({ code: 2, stdout: '' });
    expect(elsewhere.stderr).toContain('no embedded database in');
    expect(existsSync(join(folder.path, 'mistyped'))).toBe(false);
  });

  it('init writes a file that loads, and does not replace one', async () => {
    using folder = scratchFolder();
    const options = { cwd: folder.path };
    expect((await runCli(['init'], options)).code).toBe(0);
    const file = join(folder.path, 'config/sigma-sync.yaml');
    expect(readFileSync(file, 'utf8')).toContain('client_id');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const again = await runCli(['init'], options);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('--force');
    expect((await runCli(['status', '--json'], options)).code).toBe(0);
  });

  it('streams lists key, parent, paging and cursor, and the columns of one', async () => {
    using folder = scratchFolder();
    const { stdout, code } = await runCli(['streams', '--json'], { cwd: folder.path });
    expect(code).toBe(0);
    const streams = JSON.parse(stdout) as Record<string, unknown>[];
    expect(streams.map(({ name }) => name)).toEqual(expect.arrayContaining(STREAM_NAMES));
    expect(streams.find(({ name }) => name === 'workbook_pages')).toMatchObject({
      key: ['workbook_id', 'page_id'],
      parents: ['workbooks'],
      paging: 'page',
      cursor: 'workbooks.latest_version, updated_at',
    });
    const text = await runCli(['streams'], { cwd: folder.path });
    expect(Math.max(...text.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    const one = await runCli(['streams', 'workbook_pages'], { cwd: folder.path });
    expect(one.stdout).toMatch(/^key +workbook_id, page_id$/m);
    expect(one.stdout).toMatch(/^name +text +Title of the page$/m);
    const asJson = await runCli(['streams', 'workbook_pages', '--json'], { cwd: folder.path });
    expect(JSON.parse(asJson.stdout)).toMatchObject({
      name: 'workbook_pages',
      columns: [{ type: 'text' }, {}, {}, {}],
    });
    const unknown = await runCli(['streams', 'workbook_page'], { cwd: folder.path });
    expect([unknown.code, unknown.stderr]).toEqual([
      2,
      expect.stringContaining('Did you mean workbook_pages?'),
    ]);
    expect(existsSync(join(folder.path, '.sigma-sync'))).toBe(false);
  });

  it.each([[], ['sync'], ['check'], ['init'], ['reset'], ['simulate'], ['query']])(
    'help of %s has an example',
    async (...command) => {
      using folder = scratchFolder();
      const { stdout, code } = await runCli([...command, '--help'], { cwd: folder.path });
      expect(code).toBe(0);
      expect(stdout).toMatch(/Examples?:\n {2}\$ sigma-sync/);
    },
  );
});
