/** "history" and "diff" on the command line, with a sync, a change and another sync before. */
import { expect, it } from 'vitest';
import { startSimulator } from '../../simulator/server.ts';
import { envFor, runCli, scratchFolder } from '../support/cli.ts';
import { openTestDatabase } from '../support/database.ts';

it('history and diff show what changed, and say what they lack', async () => {
  using folder = scratchFolder();
  await using simulator = await startSimulator({ organization: { seed: 7, workbooks: 20, grants: 60 } });
  const { organization } = simulator;
  await using test = await openTestDatabase({ migrated: false });
  const options = { cwd: folder.path, env: envFor(simulator, test.url) };
  const cli = (...args: string[]) => runCli(args, options);

  expect((await cli('history', 'grants', 'x')).stdout).toContain('grants has no history.');
  expect((await cli('diff', '--from', '2026-01-01')).stderr).toContain('has not begun yet');
  const grant = organization.grants.list.at(0)?.id ?? '';
  organization.changePermission(grant, 'view');
  expect((await cli('sync')).code).toBe(0);
  const between = new Date().toISOString();
  organization.changePermission(grant, 'edit');
  expect((await cli('sync')).code).toBe(0);

  const history = await cli('history', 'grants', grant);
  expect(history.code, history.stderr).toBe(0);
  expect(history.stdout).toMatch(/update +permission +view → edit/);
  const json = JSON.parse((await cli('history', 'grants', grant, '--json', '--limit', '1')).stdout);
  expect(json).toMatchObject({
    stream: 'grants',
    key: [grant],
    row: 'live',
    changes: [{ operation: 'update' }],
  });
  expect((await cli('history', 'grants', 'nothing')).stdout).toContain('No row of grants');

  const diff = await cli('diff', '--from', between);
  expect(diff.code, diff.stderr).toBe(0);
  expect(diff.stdout).toMatch(/^grants +0 +1 +0 +.*permission 1/m);
  const [counts = '', rows = ''] = (await cli('diff', '--from', between, 'grants')).stdout.split('\n\n');
  expect(counts).toMatch(/^grants +0 +1 +0 /m);
  // The object and the holder by their names.
  expect(rows).toMatch(
    new RegExp(`^updated +\\S.* · .*, edit +${grant} +permission view → edit(, updated_\\w+ .*)?$`, 'm'),
  );
  const none = await cli('diff', '--from', between, 'grants', '--limit', '0');
  expect(none.stdout).not.toContain(grant);
  const { streams } = JSON.parse((await cli('diff', '--from', between, 'grants', '--json')).stdout);
  expect(streams).toMatchObject([
    {
      stream: 'grants',
      updated: 1,
      rows: [{ key: [grant], before: { permission: 'view' }, after: { permission: 'edit' } }],
    },
  ]);

  const bad: [string[], string][] = [
    [['diff', '--from', 'yesterday'], '--from must be a time such as'],
    [['diff', '--from', '2026-02-01', '--to', '2026-01-01'], 'must be before --to'],
    [['diff', '--from', between, 'grant'], 'Did you mean grants?'],
    [['history', 'team_members', 'x'], 'The key of team_members is team_id and member_id; 1 value given.'],
  ];
  for (const [args, message] of bad) {
    const { code, stderr } = await cli(...args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  }
  const tooEarly = await cli('query', `select * from grants_as_of('2020-01-01')`);
  expect(tooEarly.stderr).toContain('The history of grants goes back to');
  expect(tooEarly.stderr).toContain('The log of a stream begins with the first sync that completes it;');
});
