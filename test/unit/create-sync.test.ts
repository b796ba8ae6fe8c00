import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSync, type Sync } from '../../src/create-sync.ts';
import { ConfigError } from '../../src/errors.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'create-sync-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const open = (): Sync =>
  createSync({
    cwd,
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
});
