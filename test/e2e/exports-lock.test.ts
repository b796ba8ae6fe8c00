/** Two processes at once: one of them loads, the other one says so and touches nothing. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect, it } from 'vitest';
import { startSimulator } from '../../simulator/server.ts';
import { type CliResult, envFor, runCli, scratchFolder } from '../support/cli.ts';
import { openTestDatabase } from '../support/database.ts';

it('a second run of exports gets the lock error', async () => {
  using folder = scratchFolder();
  // Long enough for the other process to start and to end.
  await using simulator = await startSimulator({ organization: { workbooks: 3 }, exportJob: { ms: 3000 } });
  await using test = await openTestDatabase({ migrated: false });
  const place = simulator.organization.addExport({ columns: ['Name'], count: 5, rows: (i) => [`row ${i}`] });
  writeFileSync(
    join(folder.path, 'settings.yaml'),
    `exports: [{ name: slow, workbook: ${place.workbookId}, element: ${place.elementId} }]\n`,
  );
  const env = envFor(simulator, test.url);
  const args = ['--config', 'settings.yaml', '--log-format', 'json', 'exports', 'run', '--json'];
  let second: Promise<CliResult> | undefined;
  const first = await runCli(args, {
    cwd: folder.path,
    env,
    onStderr: (text) => {
      if (text.includes('export.started')) second ??= runCli(args, { cwd: folder.path, env });
    },
  });
  expect(first.code, first.stderr).toBe(0);
  const refused = await second;
  expect(refused?.code, refused?.stderr).toBe(4);
  expect(refused?.stdout).toBe('');
  expect(refused?.stderr).toMatch(/Another process runs the exports/);
  expect(simulator.exports.jobs.started).toBe(1);
  const client = new pg.Client({ connectionString: test.url });
  await client.connect();
  const { rows } = await client.query<{ status: string }>('select status from sigma_sync.runs');
  await client.end();
  expect(rows).toEqual([{ status: 'complete' }]);
  // Once it is free, so is the way.
  expect((await runCli(args, { cwd: folder.path, env })).code).toBe(0);
});
