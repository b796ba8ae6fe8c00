/** The command line with several organizations: each by itself, one exit code, one document. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startSimulator } from '../../simulator/server.ts';
import { BIN, runCli, scratchFolder } from '../support/cli.ts';
import { openTestDatabase } from '../support/database.ts';
import { runProgram } from '../support/run-program.ts';
import { type LogLine, startCli } from '../support/start-cli.ts';

it('commands work on all, or on those that are named; one that fails stops no other', async () => {
  using folder = scratchFolder();
  await using test = await openTestDatabase({ migrated: false });
  await using acme = await startSimulator({
    organization: { seed: 1, workbooks: 3, members: 5 },
    clientSecret: 'acme-secret-0123456789',
  });
  await using beta = await startSimulator({
    organization: { seed: 2, workbooks: 4, members: 6 },
    clientId: 'beta-client',
    clientSecret: 'beta-secret-0123456789',
  });
  writeFileSync(join(folder.path, 'beta.txt'), 'wrong-secret-0123456789');
  writeFileSync(
    join(folder.path, 'settings.yaml'),
    `
sync: { streams: [members, workbooks] }
analytics: { enabled: false }
organizations:
  - name: beta
    sigma: { base_url: "${beta.url}", client_id: beta-client, client_secret_file: beta.txt }
  - name: acme
    sigma: { base_url: "${acme.url}", client_id: ${acme.clientId}, client_secret: acme-secret-0123456789 }
`,
  );
  const options = { cwd: folder.path, env: { DATABASE_URL: test.url ?? '' } };
  const run = (...args: string[]) => runCli(['--config', 'settings.yaml', ...args], options);

  const first = await run('sync', '--at-once', '2');
  expect(first.code, first.stderr).toBe(1);
  expect(first.stdout).toMatch(/^== acme$/m);
  expect(first.stdout).toMatch(/^acme +done/m);
  expect(first.stdout).toMatch(/^beta +failed +.*credentials/m);
  expect(first.stderr).toContain('organization=acme');
  expect(first.stderr + first.stdout).not.toMatch(/-secret-0123456789/);

  expect(first.stdout).toMatch(
    /^beta .*Check sigma\.client_id of organization beta .*sigma\.client_secret_file of/m,
  );
  const check = await run('check');
  expect(check.code).toBe(1);
  expect(check.stdout).toMatch(/^acme +done$/m);
  expect(check.stdout).toMatch(/^beta +failed +credentials: Sigma refused/m);

  const asJson = await run('status', '--json');
  expect(JSON.parse(asJson.stdout)).toMatchObject({
    organizations: [
      { organization: 'acme', failing: [], lastRun: { status: 'complete' } },
      { organization: 'beta', freshAt: null, failing: [], error: expect.stringContaining('refused') },
    ],
  });

  // The secret is rotated: the file is read by the next run.
  writeFileSync(join(folder.path, 'beta.txt'), 'beta-secret-0123456789');
  const second = await run('sync', '--json');
  expect(second.code, second.stderr).toBe(0);
  expect(JSON.parse(second.stdout)).toMatchObject({
    organizations: [
      { organization: 'acme', exitCode: 0, result: { status: 'complete' } },
      { organization: 'beta', exitCode: 0, result: { status: 'complete' } },
    ],
    views: { failed: [] },
  });
  const status = await run('status');
  expect(status.stdout).toMatch(/^acme +\d+ s ago +2 +0 +complete/m);

  const both = await run(
    'query',
    '--json',
    'select organization, count(*) as n from members group by 1 order by 1',
  );
  expect(JSON.parse(both.stdout)).toEqual([
    { organization: 'acme', n: 5 },
    { organization: 'beta', n: 6 },
  ]);
  const one = await run('--organization', 'beta', 'query', '--json', 'select count(*) as n from members');
  expect(JSON.parse(one.stdout)).toEqual([{ n: 6 }]);
  const all = await run('query', '--json', 'select distinct organization from runs order by 1');
  expect(JSON.parse(all.stdout)).toEqual([{ organization: 'acme' }, { organization: 'beta' }]);
  for (const call of ['sigma.effective_access()', 'effective_access()'])
    expect((await run('query', `select * from ${call}`)).stderr, call).toContain(
      'Functions answer for one organization: add --organization acme, or write its schema, as in sigma_acme.effective_access().',
    );
  // No function is there to be meant.
  expect((await run('query', 'select * from openings')).stderr).not.toContain('Did you mean');
  const missing = await run('query', 'select * from memberz');
  expect(missing.stderr).toContain('Over all organizations there is one view');

  const runs = await run('runs', '--organization', 'acme', '--limit', '1', '--json');
  expect(JSON.parse(runs.stdout)).toMatchObject({ runs: [{ status: 'complete' }] });
  const needsOne = await run('reset', 'members');
  expect([needsOne.code, needsOne.stderr]).toEqual([
    2,
    expect.stringContaining(
      '"reset" works on one organization, and the settings have several. Name it with --organization: acme, beta.',
    ),
  ]);
  const found = await run('organizations', '--discover', '--json');
  expect(found.code, found.stderr).toBe(0);
  expect(JSON.parse(found.stdout)).toMatchObject({
    organizations: [
      { organization: 'acme', schema: 'sigma_acme', exports: 'sigma_data_acme', credentials: 'set' },
      { organization: 'beta' },
    ],
    asked: [
      { organization: 'acme', tenants: 3 },
      { organization: 'beta', tenants: 3 },
    ],
    withoutEntry: [{ slug: 'tenant-1' }, {}, {}, {}, {}, {}],
  });
  const entries = await run('organizations', '--discover', '--organization', 'acme');
  expect(entries.stdout).toContain(
    '  - name: tenant_1\n    sigma: { base_url: "https://aws-api.sigmacomputing.com"',
  );

  const unknown = await run('--organization', 'acne', 'sync');
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('Did you mean acme?')]);
  await using serve = startCli(['--config', 'settings.yaml', 'serve'], {
    ...{ cwd: folder.path, env: { ...options.env, SIGMA_SYNC_PORT: '0' } },
  });
  const url = String((await serve.event('service.started', { withinMs: 60_000 }))['url']);
  const page = async (path: string): Promise<string> => (await fetch(`${url}${path}`)).text();
  expect(await page('/')).toContain('2 of 2 fresh');
  expect(await page('/o/beta/streams')).toContain('<title>Streams · beta · sigma-sync</title>');
  expect((await fetch(`${url}/o/nobody/`)).status).toBe(404);
  serve.signal('SIGTERM');
  expect((await serve.ended).code, serve.stderr()).toBe(0);
  const once = await run('--organization', 'acme', 'start', '--once');
  expect(once.code, once.stderr).toBe(0);
});

it('start runs the schedules of all, takes in one that is new, and lets go of one that is gone', async () => {
  using folder = scratchFolder();
  await using test = await openTestDatabase({ migrated: false });
  const names = ['acme', 'beta', 'gamma'];
  const simulators = await Promise.all(
    names.map((_, index) =>
      startSimulator({
        organization: { seed: index, workbooks: 2, members: 4 + index },
        clientId: `client-${index}`,
        clientSecret: `secret-${index}-0123456789`,
      }),
    ),
  );
  const organizations = join(folder.path, 'organizations');
  mkdirSync(organizations);
  const add = (index: number, secret = `secret-${index}-0123456789`): void =>
    writeFileSync(
      join(organizations, `${names[index]}.yaml`),
      `sigma: { base_url: "${simulators[index]?.url}", client_id: client-${index}, client_secret: ${secret} }\n`,
    );
  add(0);
  add(1, 'wrong-0123456789');
  writeFileSync(
    join(folder.path, 'settings.yaml'),
    `
sync: { streams: [members] }
analytics: { enabled: false }
service: { port: 0, jitter_seconds: 0 }
organizations_folder: organizations
`,
  );
  const options = { cwd: folder.path, env: { DATABASE_URL: test.url ?? '' } };
  const once = await runCli(['--config', 'settings.yaml', 'start', '--once'], options);
  expect(once.code, once.stderr).toBe(1);
  expect(once.stderr).toMatch(/schedule\.finished organization=acme .*status=complete/);
  expect(once.stderr).toMatch(/schedule\.finished organization=beta .*status=failed/);
  expect(once.stderr).not.toContain('0123456789');
  const rows = async (): Promise<unknown> =>
    test.database.session((session) =>
      session.query(
        'select organization, count(*)::integer as n from sigma_all.members group by 1 order by 1',
      ),
    );
  expect(await rows()).toEqual([{ organization: 'acme', n: 4 }]);

  await using child = startCli(['--config', 'settings.yaml', 'start', '--in-process'], options);
  const of = (organization: string, more: Record<string, unknown> = {}) => ({
    withinMs: 90_000,
    matches: (line: LogLine) =>
      Object.entries({ organization, ...more }).every(([key, value]) => line[key] === value),
  });
  const started = await child.event('service.started', { matches: ({ url }) => url !== undefined });
  const page = async (path = '/'): Promise<string> => (await fetch(`${started['url']}${path}`)).text();
  for (const name of ['acme', 'beta']) await child.event('lease.acquired', of(name));
  await expect
    .poll(() => page(), { timeout: 60_000 })
    .toMatch(/1 of 2 fresh; 1 fails: Sigma refused the client/);
  expect(await page('/o/acme/')).toContain('action="/o/acme/actions/run"');
  add(2);
  rmSync(join(organizations, 'beta.yaml'));
  child.signal('SIGHUP');
  await child.event('service.stopping', of('beta'));
  await child.event('schedule.finished', of('gamma', { status: 'complete' }));
  await expect.poll(rows, { timeout: 60_000, interval: 500 }).toEqual([
    { organization: 'acme', n: 4 },
    { organization: 'gamma', n: 6 },
  ]);
  await expect.poll(() => page(), { timeout: 60_000 }).toContain('2 of 2 fresh');
  expect(await page()).not.toContain('/o/beta/');
  // Wrong settings are refused as a whole, and nothing stops.
  writeFileSync(join(organizations, 'delta.yaml'), 'sync: { refresh_days: many }\n');
  child.signal('SIGHUP');
  const refused = await child.event('config.refused', { withinMs: 60_000 });
  expect(refused['error']).toContain('sync.refresh_days of organization delta must be');
  expect(await page()).toContain('The new settings were refused');
  child.signal('SIGTERM');
  expect((await child.ended).code).toBe(0);
  expect(child.stderr()).not.toContain('0123456789');

  // One process may open the embedded database once: the organizations share it.
  rmSync(join(organizations, 'delta.yaml'));
  const embedded = { cwd: folder.path, env: { SIGMA_SYNC_DIRECTORY: join(folder.path, 'db') } };
  const small = await runCli(['--config', 'settings.yaml', 'start', '--once'], embedded);
  expect(small.code, small.stderr).toBe(0);
  const asked = await runCli(
    ['--config', 'settings.yaml', 'query', '--json', 'select distinct organization from members order by 1'],
    embedded,
  );
  expect(JSON.parse(asked.stdout)).toEqual([{ organization: 'acme' }, { organization: 'gamma' }]);
  for (const simulator of simulators) await simulator.close();
});

it('a worker reads settings from a pipe, which can be read once', async () => {
  using folder = scratchFolder();
  const settings = 'organizations: [{ name: acme }, { name: globex }]';
  const { code, stderr } = await runProgram(
    'bash',
    ['-c', `exec "${process.execPath}" "${BIN}" --config <(echo '${settings}') worker`],
    { cwd: folder.path, env: { HOME: folder.path } },
  );
  expect([code, stderr]).toEqual([2, expect.stringContaining('Workers need a Postgres server')]);
});
