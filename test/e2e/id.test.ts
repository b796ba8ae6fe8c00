/** `sigma-sync id` as people use it: before the first sync, after it, and with what is no id. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startSimulator } from '../../simulator/server.ts';
import { envFor, runCli, scratchFolder } from '../support/cli.ts';

it('turns the address of the browser into the long id, from the API and then from the tables', async () => {
  using folder = scratchFolder();
  await using simulator = await startSimulator({ organization: { seed: 2, workbooks: 12 } });
  const options = { cwd: folder.path, env: envFor(simulator) };
  const [workbook] = simulator.organization.workbooks.list.slice(0, 1);
  const { id = '', urlId = '', name = '' } = workbook ?? {};
  const address = `https://app.sigmacomputing.com/acme/workbook/W-${urlId}?:nodeId=abc&:draftId=d1`;

  const alone = await runCli(['id', address.replace('/workbook/', '/report/'), '--json'], {
    cwd: folder.path,
    env: {},
  });
  expect(JSON.parse(alone.stdout)).toMatchObject({
    kind: 'report',
    id: null,
    shortId: urlId,
    source: 'address',
    computedId: id,
  });
  expect([alone.code, alone.stderr]).toEqual([0, expect.stringContaining('The long id was not looked up')]);
  const model = address.replace('/workbook/', '/data-model/');
  const refused = await runCli(['exports', 'discover', model], { cwd: folder.path, env: {} });
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(
    'This is the address of a data model. Only elements of workbooks can be exported',
  );

  const report = address.replace('/workbook/', '/report/');
  for (const args of [['discover'], ['download', '--format', 'csv']]) {
    const [name = '', ...flags] = args;
    const kept = await runCli(['exports', name, report, ...flags], { cwd: folder.path, env: {} });
    expect([kept.code, kept.stdout]).toEqual([2, '']);
    expect(kept.stderr).toContain('Sigma exports a report as one PDF, and none of its elements');
  }

  const first = await runCli(['id', address], options);
  expect(first.stderr).toBe('');
  expect(first.stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['kind', 'workbook'],
    ['name', name],
    ['id', id],
    ['short id', urlId],
    ['element', 'abc'],
    ['draft', 'd1'],
    ['known from', 'the API'],
    [''],
  ]);
  expect(first.code).toBe(0);
  expect(existsSync(join(folder.path, '.sigma-sync'))).toBe(false);

  expect((await runCli(['sync', 'workbooks'], options)).code).toBe(0);
  const second = await runCli(['id', urlId, '--json'], options);
  expect(JSON.parse(second.stdout)).toEqual({
    kind: 'workbook',
    id,
    shortId: urlId,
    name,
    element: null,
    draft: null,
    source: 'database',
  });

  const wrong = await runCli(['id', 'https://app.sigmacomputing.com/acme/home'], options);
  expect([wrong.code, wrong.stdout]).toEqual([2, '']);
  expect(wrong.stderr).toContain(
    `"https://app.sigmacomputing.com/acme/home" is not a Sigma address with an id.`,
  );
});
