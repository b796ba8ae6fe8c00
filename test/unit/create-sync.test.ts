import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/core/errors.ts';
import { createSync } from '../../src/runs/create-sync.ts';
import type { Sync } from '../../src/runs/requests.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'create-sync-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const open = (file?: string): Sync =>
  createSync({
    cwd,
    ...(file === undefined ? {} : { file }),
    env: {
      ...{ SIGMA_BASE_URL: 'http://127.0.0.1:1', SIGMA_CLIENT_ID: 'a', SIGMA_CLIENT_SECRET: 'secret' },
      SIGMA_SYNC_DIRECTORY: 'db',
    },
  });

describe('a sync', () => {
  it('that is closed says so, and opens nothing any more', async () => {
    const sync = open();
    await sync.close();
    await sync.close();
    const all = ['run', 'backfill', 'plan', 'status', 'runs', 'database'] as const;
    for (const name of all) await expect(sync[name]()).rejects.toThrow(/^This sync is closed\.$/);
    expect(existsSync(join(cwd, 'db'))).toBe(false);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses a pace of %d', async (pace) => {
    await using sync = open();
    await expect(sync.backfill({ requestsPerMinute: pace })).rejects.toThrow(
      `requestsPerMinute must be a whole number of at least 1, not ${pace}.`,
    );
  });

  it('refuses streams that are no list', async () => {
    await using sync = open();
    const streams = 'members' as unknown as string[];
    await expect(sync.run({ streams })).rejects.toThrow(ConfigError);
  });

  it('refuses exports whose names it does not know, before anything is asked', async () => {
    const window = '{ column: T, control: c, start: 2026-01-01 }';
    writeFileSync(
      join(cwd, 's.yaml'),
      `exports: [{ name: audit, workbook: w, element: e, mode: append, window: ${window} }]`,
    );
    await using sync = open('s.yaml');
    for (const run of [sync.run({ exports: ['audits'] }), sync.exports({ exports: ['audits'] })])
      await expect(run).rejects.toThrow(/audits/);
    expect(existsSync(join(cwd, 'db'))).toBe(false);
  });

  it.each([
    ['2026-02-01', '2026-01-01', /^from \(2026-02-01T.*\) must be before to \(2026-01-01T/],
    ['2026-02-01', '2026-02-01', /must be before/],
    ['never', '2026-02-01', /^from must be a date that exists\.$/],
    ['2026-02-01', 'never', /^to must be a date that exists\.$/],
    ['2999-01-01', '2999-01-02', /is in the future, so there is nothing to read yet/],
  ])('refuses the range from %s to %s, in which nothing can be', async (from, to, message) => {
    const window = '{ column: T, control: c, start: 2026-01-01 }';
    const yaml = `exports: [{ name: a, workbook: w, element: e, mode: append, window: ${window} }]`;
    writeFileSync(join(cwd, 's.yaml'), yaml);
    await using sync = open('s.yaml');
    await expect(sync.exports({ from: new Date(from), to: new Date(to) })).rejects.toThrow(message);
  });
});
