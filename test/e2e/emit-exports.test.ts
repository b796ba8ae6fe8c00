/** `emit` with exports in the settings, as a user runs it. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import { type CliResult, envFor, runCli, scratchFolder } from '../support/cli.ts';

const ORGANIZATION = { seed: 3, workbooks: 3, reports: 1, members: 6, teams: 2, grants: 10, folders: 2 };

/** A settings file with an export of these rows, and more of its settings. */
function settle(
  folder: string,
  { organization }: Simulator,
  rows: readonly (readonly [string, number])[],
  more: object = {},
): void {
  const columns = ['Email', 'Sum'];
  const place = organization.addExport({ columns, count: rows.length, rows: (i) => [...(rows[i] ?? [])] });
  const one = { name: 'sums', workbook: place.workbookId, element: place.elementId, ...more };
  mkdirSync(join(folder, 'config'), { recursive: true });
  const settings = { analytics: { enabled: false }, exports: [one] };
  writeFileSync(join(folder, 'config/sigma-sync.yaml'), JSON.stringify(settings));
}

it('emit loads the exports that are due, and sends them beside the streams', {
  timeout: 120_000,
}, async () => {
  using folder = scratchFolder();
  await using simulator = await startSimulator({ organization: ORGANIZATION });
  const options = { cwd: folder.path, env: envFor(simulator) };
  const run = (...args: string[]): Promise<CliResult> => runCli(args, options);
  const rowsIn = (name: string): Record<string, unknown>[] =>
    readFileSync(join(folder.path, name, 'export_sums.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const files = ['--format', 'jsonl', '--state', 'state.json'];

  settle(folder.path, simulator, [
    ['ada@example.com', 1],
    ['bob@example.com', 2],
  ]);
  // Nothing is loaded yet, so there is nothing to discover or to send of it.
  expect((await run('emit', '--discover')).stdout).not.toContain('export_sums');
  const first = await run('emit', 'members', 'export_sums', ...files, '--output', 'first');
  expect(first.code, first.stderr).toBe(0);
  expect(readdirSync(join(folder.path, 'first')).sort()).toEqual([
    ...['export_sums.jsonl', 'manifest.json', 'members.jsonl'],
  ]);
  expect(rowsIn('first')).toMatchObject([
    { email: 'ada@example.com', sum: 1, _row_number: 1, _deleted_at: null },
    { email: 'bob@example.com', sum: 2, _row_number: 2, _deleted_at: null },
  ]);
  const catalog = JSON.parse((await run('emit', '--discover')).stdout) as {
    streams: { tap_stream_id: string; key_properties: string[] }[];
  };
  expect(catalog.streams.find((one) => one.tap_stream_id === 'export_sums')).toMatchObject({
    key_properties: ['_row_number'],
    schema: { properties: { sum: { type: ['null', 'integer'], description: 'Sum' } } },
  });

  // A replace with fewer rows: the place that is free is sent as deleted.
  settle(folder.path, simulator, [['eve@example.com', 3]]);
  const second = await run('emit', 'export_sums', ...files, '--output', 'second');
  expect(second.stderr).toContain('All rows of export_sums, because a load replaced them.');
  expect(rowsIn('second')).toMatchObject([
    { email: 'eve@example.com', _row_number: 1, _deleted_at: null },
    { email: null, _row_number: 2, _deleted_at: expect.any(String) },
  ]);

  // A rule that no run has applied yet: what is stored is not sent in plain.
  settle(folder.path, simulator, [['eve@example.com', 3]], { hide: { Email: 'drop' } });
  const plain = await run('emit', 'export_sums', ...files, '--output', 'third', '--no-sync');
  expect([plain.code, plain.stderr]).toEqual([
    2,
    expect.stringContaining('Stored rows of export_sums do not follow the privacy settings yet'),
  ]);
  await run('emit', 'export_sums', ...files, '--output', 'fourth');
  expect(rowsIn('fourth')).toMatchObject([{ email: null, sum: 3, _row_number: 1 }]);
  const wrong = await run('emit', 'export_sum', ...files, '--output', 'fifth');
  expect([wrong.code, wrong.stderr]).toEqual([
    2,
    expect.stringContaining('There is no stream "export_sum".'),
  ]);
});
