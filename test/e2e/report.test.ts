/** "report" on the command line: formats, a file, and what it says where it can't. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startSimulator } from '../../simulator/server.ts';
import type { Report } from '../../src/analytics/report/digest.ts';
import { envFor, runCli, scratchFolder } from '../support/cli.ts';
import { openTestDatabase } from '../support/database.ts';

it('report prints the digest in three formats, and says what it lacks', async () => {
  using folder = scratchFolder();
  await using simulator = await startSimulator({ organization: { seed: 7, workbooks: 20, grants: 60 } });
  const { organization } = simulator;
  await using test = await openTestDatabase({ migrated: false });
  const env = envFor(simulator, test.url);
  const cli = (args: string[], more = {}) => runCli(args, { cwd: folder.path, env: { ...env, ...more } });

  const never = await cli(['report']);
  expect(never).toMatchObject({ code: 2, stdout: '' });
  expect(never.stderr).toContain('There are no answers in sigma_analytics yet.');
  expect((await cli(['sync'])).code).toBe(0);
  const off = await cli(['report']);
  expect(off.code).toBe(2);
  expect(off.stderr).toContain('"sigma-sync analytics refresh" after a sync');

  const name = '<img src=x onerror=alert(1)> [x](javascript:1)';
  organization.addWorkbook(name);
  expect((await cli(['sync'], { SIGMA_SYNC_ANALYTICS: 'true' })).code).toBe(0);

  const markdown = await cli(['report']);
  expect(markdown.code, markdown.stderr).toBe(0);
  expect(markdown.stdout).toMatch(/^# Sigma, \d{4}-\d{2}-\d{2} to \d{4}-\d{2}-\d{2}\n/);
  expect(markdown.stdout).toContain('**New workbooks:** 1 workbook\n');
  expect(markdown.stdout).toContain('The change log starts at');
  expect(markdown.stdout).not.toContain('<img');

  const json: Report = JSON.parse((await cli(['report', '--format', 'json', '--since', '24h'])).stdout);
  expect(json).toMatchObject({ version: 1, newWorkbooks: { count: 1, top: [{ name }] } });
  expect(Date.parse(json.to) - Date.parse(json.from)).toBe(86_400_000);
  expect(json.sync.behind.count).toBe(0);

  const file = await cli(['report', '--format', 'html', '--since', '2026-01-01', '--output', 'week.html']);
  expect(file).toMatchObject({ code: 0, stdout: '' });
  const page = readFileSync(join(folder.path, 'week.html'), 'utf8');
  expect(page).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
  expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;');
  expect(page).not.toMatch(/<(img|script|link|iframe)|url\(|@import/);
  // A history of one day has no line to draw; schedules have their picture from the first day.
  expect(page).toContain('<table class="heat">');

  mkdirSync(join(folder.path, 'full'));
  const bad: [string[], string][] = [
    [['--since', 'soon'], '--since must be a duration such as 24h, 7d or 2w, or a time such as 2026-03-03'],
    [['--since', '0d'], '--since must be before now'],
    [['--format', 'pdf'], 'Allowed choices are md, html, json'],
    [['--output', 'full'], "--output full can't be written"],
    [['--output', 'nowhere/week.html'], "--output nowhere/week.html can't be written"],
  ];
  for (const [args, message] of bad) {
    const { code, stderr, stdout } = await cli(['report', ...args]);
    expect(stderr).toContain(message);
    expect([code, stdout]).toEqual([2, '']);
  }
});
