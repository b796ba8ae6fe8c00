/** Exports from the command line, as a user meets them; and killed until they are done. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AuditLog } from '../../simulator/exports/audit-log.ts';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import { Random } from '../../simulator/store/random.ts';
import type { ExportReport } from '../../src/exports/remember/export-report.ts';
import { envFor, runCli, scratchFolder } from '../support/cli.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';

const DAY = 86_400_000;

function auditLogOf({ organization }: Simulator): AuditLog {
  return organization.auditLog ?? expect.fail('there is no audit log');
}

function writeSettings(folder: string, yaml: string): void {
  mkdirSync(join(folder, 'config'), { recursive: true });
  writeFileSync(join(folder, 'config/sigma-sync.yaml'), yaml);
}

async function rows<T extends Record<string, unknown>>(test: TestDatabase, sql: string): Promise<T[]> {
  return test.database.session((session) => session.query<T>(sql));
}

describe.concurrent('exports beside each other', () => {
  it('keep what nothing would replace, until that is accepted, and leave each other alone', async () => {
    using folder = scratchFolder();
    await using simulator = await startSimulator({ organization: { workbooks: 3 } });
    await using test = await openTestDatabase({ migrated: false });
    const options = { cwd: folder.path, env: envFor(simulator, test.url) };
    const add = (rows: (string | number)[][]) =>
      simulator.organization.addExport({ columns: ['a'], count: rows.length, rows: (i) => rows[i] ?? [] });
    const settle = (exports: Record<string, ReturnType<typeof add>>): void =>
      writeSettings(
        folder.path,
        JSON.stringify({
          exports: Object.entries(exports).map(([name, { workbookId, elementId }]) => ({
            ...{ name, workbook: workbookId, element: elementId },
          })),
        }),
      );
    const counts = () =>
      rows(
        test,
        `select (select count(*)::int from sigma_data.one) as one, (select max(a) from sigma_data.two) as two`,
      );

    settle({ one: add([[1], [2]]), two: add([[1]]) });
    expect((await runCli(['exports', 'run'], options)).code).toBe(0);
    await rows(test, 'create view public.v as select a from sigma_data.two');

    // The first shows nothing now, and the second needs another type, which a view forbids.
    settle({ one: add([]), two: add([['x']]), three: add([[3]]) });
    const sync = await runCli(['sync', '--json'], options);
    expect(sync.code).toBe(1);
    const { exports } = JSON.parse(sync.stdout) as { exports: ExportReport[] };
    expect(exports.map(({ status }) => status)).toEqual(['partial', 'failed', 'complete']);
    expect(await counts()).toEqual([{ one: 2, two: '1' }]);

    const run = await runCli(['exports', 'run', 'one'], options);
    expect(run.code).toBe(3);
    expect(run.stderr).toContain('Sigma sent no rows: the table keeps its 2 rows.');
    const accepted = await runCli(['exports', 'run', 'one', '--accept-deletions'], options);
    expect(accepted.code, accepted.stderr).toBe(0);
    expect(await counts()).toEqual([{ one: 0, two: '1' }]);
  });
});

describe.concurrent('the audit log', () => {
  it('is discovered, previewed, loaded, and brought up to date by sync', async () => {
    using folder = scratchFolder();
    const organization = { workbooks: 5, now: Date.now(), auditLog: { perDay: 20 } };
    await using simulator = await startSimulator({ organization });
    await using test = await openTestDatabase({ migrated: false });
    const log = auditLogOf(simulator);
    const options = { cwd: folder.path, env: envFor(simulator, test.url) };
    const run = async (...args: string[]) => {
      const result = await runCli(args, options);
      expect(result.code, result.stderr).toBe(0);
      return result.stdout;
    };

    const url = simulator.organization.urlOf(log);
    const settings = await run('exports', 'discover', url);
    writeSettings(folder.path, settings);
    expect(settings).toContain('key:\n      - Event ID');
    expect(await run('check')).toMatch(/export audit_events +ok/);
    const preview = await run('exports', 'preview', 'audit_events');
    expect(preview).toMatch(/created_at +timestamptz +Created At/);
    expect(await rows(test, `select 1 from pg_namespace where nspname = 'sigma_data'`)).toEqual([]);

    const first = JSON.parse(await run('exports', 'run', '--json')) as { exports: ExportReport[] };
    const [loaded] = first.exports;
    expect(loaded).toMatchObject({ status: 'complete', mode: 'merge', windows: 31, rejected: 0 });
    const [count] = await rows<{ n: number }>(
      test,
      'select count(*)::integer as n from sigma_data.audit_events',
    );
    expect(count?.n).toBe(loaded?.rows);
    expect(count?.n).toBeGreaterThan(550);

    // In the first hours of a day the three that are read again begin on the day before.
    const windows = new Date().getUTCHours() < 3 ? 2 : 1;
    const sync = JSON.parse(await run('sync', '--json')) as { streams: unknown[]; exports: ExportReport[] };
    expect(sync.streams.length).toBeGreaterThan(40);
    expect(sync.exports).toMatchObject([{ name: 'audit_events', status: 'complete', windows, inserted: 0 }]);
    const only = JSON.parse(await run('sync', 'members', '--json')) as Record<string, unknown>;
    expect(only).not.toHaveProperty('exports');
    const status = JSON.parse(await run('status', '--json')) as { exports: Record<string, unknown>[] };
    expect(status.exports).toMatchObject([{ name: 'audit_events', watermark: sync.exports[0]?.watermark }]);
    expect(await run('runs')).toMatch(/ export +complete /);
    const [book] = await rows(
      test,
      `select rows::integer, windows, cardinality(query_ids) as queries, bytes > 0 as has_bytes
         from sigma_sync.runs where command = 'export' order by started_at limit 1`,
    );
    expect(book).toEqual({ rows: loaded?.rows, windows: 31, queries: 31, has_bytes: true });
    const [comment] = await rows<{ text: string }>(
      test,
      `select col_description('sigma_data.audit_events'::regclass, 2) as text`,
    );
    expect(comment?.text).toMatch(/^Created At\nFormula: /);
  });

  it('is whole after a process that was killed again and again', async () => {
    const seed = 1;
    using folder = scratchFolder();
    const now = Date.now();
    await using simulator = await startSimulator({
      organization: { seed, workbooks: 5, now, auditLog: { perDay: 100, duplicates: 0.1 } },
      exportJob: { polls: 0 },
      latencyMs: 30,
    });
    await using test = await openTestDatabase({ migrated: false });
    const log = auditLogOf(simulator);
    const start = new Date(now - 15 * DAY).toISOString().slice(0, 10);
    const entry = (name: string, mode: string, key: string): string => `
  - name: ${name}
    workbook: ${log.workbookId}
    element: ${log.elementId}
    mode: ${mode}${key}
    window: { column: Created At, control: API-Date-Filter, start: ${start}, step: 8h, lookback: 12h }`;
    writeSettings(
      folder.path,
      `sync:\n  exports_per_minute: 10000\nexports:${entry('merged', 'merge', '\n    key: [Event ID]')}${entry('appended', 'append', '')}`,
    );
    const random = new Random(seed, 'kills');
    let kills = 0;
    for (let attempt = 0; attempt < 40; attempt++) {
      const result = await runCli(['exports', 'run', '--json'], {
        cwd: folder.path,
        env: envFor(simulator, test.url),
        ...(attempt < 6 ? { kill: { afterMs: 700 + random.below(900), signal: 'SIGKILL' } } : {}),
      });
      if (result.signal === 'SIGKILL') kills++;
      else {
        expect(result.code, result.stderr).toBe(0);
        break;
      }
    }
    expect(kills).toBeGreaterThan(2);
    const events = [...log.events(Date.parse(start), now)].filter(({ arrivesAt }) => arrivesAt <= now);
    const wanted = events.map(({ id }) => id).toSorted();
    const merged = await rows<{ id: string }>(
      test,
      'select event_id as id from sigma_data.merged order by 1',
    );
    expect(merged.map(({ id }) => id)).toEqual(wanted);
    const appended = await rows<{ id: string; n: number }>(
      test,
      'select event_id as id, count(*)::integer as n from sigma_data.appended group by 1 order by 1',
    );
    const copies = new Map(events.map((event) => [event.id, event.copies]));
    expect(appended).toEqual(wanted.map((id) => ({ id, n: copies.get(id) })));
  });
});

describe('what goes wrong', () => {
  it('has an exit code, a sentence, and no secret in it', async () => {
    using folder = scratchFolder();
    await using simulator = await startSimulator({ organization: { workbooks: 5 } });
    await using test = await openTestDatabase({ migrated: false });
    const { organization } = simulator;
    const good = organization.addExport({ columns: ['Name'], count: 3, rows: (i) => [`row ${i}`] });
    const bad = organization.addExport({
      columns: ['Name', 'Note'],
      count: 3,
      rows: (i) => [`row ${i}`, 'a\0b'.slice(i)],
    });
    const token = 'canary-warehouse-token-7d1f';
    const env = { ...envFor(simulator, test.url), WAREHOUSE_TOKEN: token };
    const entry = (name: string, place: { workbookId: string; elementId: string }): string =>
      `  - { name: ${name}, workbook: ${place.workbookId}, element: ${place.elementId}, oauth_overrides: [{ connection: c1, token: "\${WAREHOUSE_TOKEN}" }] }\n`;
    writeSettings(
      folder.path,
      `exports:\n${entry('good', good)}${entry('bad', bad)}${entry('gone', { ...good, elementId: 'nowhere' })}`,
    );
    let output = '';
    const run = async (...args: string[]) => {
      const result = await runCli([...args, '--log-level', 'debug'], { cwd: folder.path, env });
      output += result.stdout + result.stderr;
      return result;
    };

    const unknown = await run('exports', 'run', 'goood');
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('Did you mean good?')]);
    const range = await run('exports', 'run', 'good', '--from', '2026-01-01');
    expect([range.code, range.stderr]).toEqual([2, expect.stringContaining('good has none')]);
    const rejected = await run('exports', 'run', 'good', 'bad');
    expect(rejected.code, rejected.stderr).toBe(3);
    expect(rejected.stderr).toContain('2 rows were rejected; the first: row 1, column "Note": a NUL byte');
    expect(await rows(test, 'select name, note from sigma_data.bad')).toEqual([{ name: 'row 2', note: 'b' }]);
    const failed = await run('exports', 'run');
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/gone: .*404|gone.*element not found/s);
    expect(await rows(test, 'select count(*)::integer as n from sigma_data.good')).toEqual([{ n: 3 }]);
    const errors = await rows(
      test,
      `select export from sigma_sync.exports where error is not null order by 1`,
    );
    expect(errors).toEqual([{ export: 'bad' }, { export: 'gone' }]);

    expect(simulator.exports.overrides.endpointsOf(token)).toEqual([
      'POST /v2/workbooks/{workbookId}/export',
    ]);
    expect(output).not.toContain(token);
    expect(output.length).toBeGreaterThan(5000);
  });
});
