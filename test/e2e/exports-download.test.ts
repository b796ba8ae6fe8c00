/** `exports download` from the command line: the files, the exit codes, what is printed. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startSimulator } from '../../simulator/server.ts';
import { envFor, runCli, scratchFolder } from '../support/cli.ts';

const TOKEN = 'canary-warehouse-token-93b0';

it('saves files, refuses what makes no sense, and cleans up after an interrupt', async () => {
  using folder = scratchFolder();
  await using simulator = await startSimulator({
    organization: { workbooks: 5, reports: 3 },
    exportsPerMinute: 1000,
  });
  const { organization, counters } = simulator;
  const connectionId = '1f8e9847-c705-41fe-93b0-b80bbaff9730';
  const { workbookId, elementId } = organization.addExport({
    ...{ name: 'Sales/2026', columns: ['n'], count: 3, connectionId },
    rows: (i) => [`row ${i}`],
  });
  const pages = organization.truth('workbook_pages');
  const pageId = String(pages.find((page) => page['workbookId'] === workbookId)?.['pageId']);
  const env = { ...envFor(simulator), WAREHOUSE_TOKEN: TOKEN };
  const download = (...args: string[]) =>
    runCli(['exports', 'download', workbookId, ...args], { cwd: folder.path, env });
  const saved = () => readdirSync(folder.path).filter((name) => !name.startsWith('.'));
  const begin = (name: string) => readFileSync(join(folder.path, name)).subarray(0, 4).toString('latin1');

  const pdf = await download('--format', 'pdf');
  expect(pdf.code, pdf.stderr).toBe(0);
  const [name = ''] = saved();
  expect(name).toMatch(/^Sales_2026.*\.pdf$/);
  expect(pdf.stdout).toMatch(/^[\d.]+ (bytes|kB) in /);
  expect(pdf.stdout.trim().endsWith(name)).toBe(true);
  expect(begin(name)).toBe('%PDF');
  // Without a terminal there is nothing but the log, and nothing to log.
  expect(pdf.stderr).toBe('');

  const png = await download('--page', pageId, '--format', 'png', '--width', '320', '--output', 'page.png');
  expect(png.code, png.stderr).toBe(0);
  expect(begin('page.png')).toBe('\u0089PNG');

  const [report] = organization.truth('reports').filter((one) => one['isArchived'] === false);
  const [reportId, urlId] = [String(report?.['reportId']), String(report?.['reportUrlId'])];
  const address = `https://app.sigmacomputing.com/acme/report/Night-${urlId}?:nodeId=abc`;
  const whole = ['exports', 'download', address, '--format', 'pdf', '--output', 'report.pdf', '--json'];
  const ofReport = await runCli(whole, { cwd: folder.path, env });
  expect(ofReport.code, ofReport.stderr).toBe(0);
  expect(JSON.parse(ofReport.stdout)).toMatchObject({ reportId, format: 'pdf' });
  expect(begin('report.pdf')).toBe('%PDF');

  const override = ['--oauth-token-env', `${connectionId}=WAREHOUSE_TOKEN`, '--reject-default-tokens'];
  const xlsx = await runCli(
    [
      ...['--log-level', 'debug', 'exports', 'download', workbookId, '--element', elementId, '--json'],
      ...['--format', 'xlsx', '--output', 'data.xlsx', ...override],
    ],
    { cwd: folder.path, env },
  );
  expect(xlsx.code, xlsx.stderr).toBe(0);
  expect(JSON.parse(xlsx.stdout)).toEqual({
    path: join(folder.path, 'data.xlsx'),
    bytes: readFileSync(join(folder.path, 'data.xlsx')).length,
    queryIds: [expect.any(String)],
    readings: 1,
    durationMs: expect.any(Number),
    ...{ workbookId, elementId, format: 'xlsx' },
  });
  expect(begin('data.xlsx')).toBe('PK\u0003\u0004');
  expect(simulator.exports.overrides.endpointsOf(TOKEN)).toEqual(['POST /v2/workbooks/{workbookId}/export']);
  expect(xlsx.stderr).toContain('http.request');
  expect(xlsx.stderr + xlsx.stdout).not.toContain(TOKEN);

  // Refused before anything is asked.
  counters.reset();
  const refusals: [string[], RegExp][] = [
    [['--format', 'pdf', '--output', 'page.png'], /page\.png exists already.*--force/],
    [['--format', 'csv'], /--format csv .*--element/],
    [['--format', 'docx'], /docx.*csv, jsonl, json, xlsx, pdf, png/],
    [['--page', pageId], /--format/],
    [['--format', 'png', '--page', pageId, '--width', '0'], /--width must be a whole number/],
    [['--format', 'pdf', '--parameter', 'Region'], /--parameter must be name=value/],
    [['--format', 'pdf', '--parameter', 'A=1', '--parameter', 'A=2'], /"A" twice/],
    [['--format', 'pdf', '--oauth-token-env', `${connectionId}=${TOKEN}`], /environment variable/],
  ];
  for (const [args, message] of refusals) {
    const refused = await download(...args);
    expect(refused.code, args.join(' ')).toBe(2);
    expect(refused.stderr).toMatch(message);
    expect(refused.stderr).not.toContain(TOKEN);
    expect(refused.stdout).toBe('');
  }
  expect(counters.requests).toBe(0);
  const missing = await runCli(['exports', 'download', connectionId, '--format', 'pdf'], {
    cwd: folder.path,
    env,
  });
  expect(missing.code).toBe(1);
  expect(missing.stderr).toMatch(/404/);

  const before = saved();
  const big = organization.addBigExport({ rows: 3_000_000 });
  const part = join(folder.path, 'big.csv.part');
  const args = ['--element', big.elementId, '--format', 'csv', '--output', 'big.csv'];
  const interrupted = runCli(['--log-level', 'debug', 'exports', 'download', big.workbookId, ...args], {
    ...{ cwd: folder.path, env },
    kill: { signal: 'SIGINT', when: () => existsSync(part) },
  });
  const { code, stderr } = await interrupted;
  expect(code, stderr).toBe(130);
  expect(stderr).toMatch(/Stopped by SIGINT\..*Nothing was kept/);
  expect(saved()).toEqual(before);
});
