import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { ConfigError } from '../../src/core/errors.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'names-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

function create(yaml: string): void {
  writeFileSync(join(cwd, 's.yaml'), yaml);
  createApp({ config: loadConfig({ cwd, env: {}, file: 's.yaml' }) });
}

function failure(yaml: string): string {
  try {
    create(yaml);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('it was accepted');
}

const EXPORT = '{ name: orders, workbook: 7sYWojYnccxJqdqkNKAw6S, element: e }';

describe('names in the settings', () => {
  it.each([
    [
      'freshness: { hours_by_stream: { grant: 6 } }',
      'stream or export',
      'grant',
      'freshness.hours_by_stream',
    ],
    ['sync: { streams: [grant] }', 'stream', 'grant', 'sync.streams'],
    ['sync: { exclude: [members, grant] }', 'stream', 'grant', 'sync.exclude'],
    ['sync: { opt_in: [grant] }', 'stream', 'grant', 'sync.opt_in'],
    ['sync: { refresh_days_by_stream: { Grants: 6 } }', 'stream', 'Grants', 'sync.refresh_days_by_stream'],
    ['history: { exclude: [grant] }', 'stream', 'grant', 'history.exclude'],
    [
      'schedules: [{ name: a, cron: "0 0 * * *" }, { name: b, cron: "0 0 * * *", streams: [slow, grant] }]',
      'stream',
      'grant',
      'schedules.1.streams',
    ],
    [
      'schedules: [{ name: a, cron: "0 0 * * *", exclude: [grant] }]',
      'stream',
      'grant',
      'schedules.0.exclude',
    ],
  ])('%s is refused', (yaml, kind, name, setting) => {
    expect(failure(yaml)).toBe(`There is no ${kind} "${name}", which ${setting} names. Did you mean grants?`);
  });

  it('may be those of exports where it is about freshness', () => {
    create(`exports: [${EXPORT}]\nfreshness: { hours_by_stream: { orders: 5, grants: 1 } }`);
    expect(failure(`exports: [${EXPORT}]\nfreshness: { hours_by_stream: { order: 5 } }`)).toMatch(
      /names\. Did you mean orders\?$/,
    );
  });

  it('may be slow in schedules alone', () => {
    create('schedules: [{ name: a, cron: "0 0 * * *", streams: [slow], exclude: [slow] }]');
    expect(failure('sync: { exclude: [slow] }')).toMatch(/^There is no stream "slow"/);
  });
});
