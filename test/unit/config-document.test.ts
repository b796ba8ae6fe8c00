import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exampleYaml, shortYaml } from '../../src/config/config-document.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { Config } from '../../src/config/schema.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import { compileExports } from '../../src/exports/decide/definition.ts';

it('has help for every setting', () => {
  expect(SETTINGS.length).toBeGreaterThan(15);
  expect(SETTINGS.filter(({ node }) => !node.description?.trim()).map(({ name }) => name)).toEqual([]);
});

describe('exampleYaml', () => {
  let cwd: string;
  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'config-'));
  });
  afterEach(() => rmSync(cwd, { recursive: true, force: true }));

  function load(yaml: string, env: NodeJS.ProcessEnv = {}): Omit<Config, 'file'> {
    writeFileSync(join(cwd, 'settings.yaml'), yaml);
    const { file: _, ...config } = loadConfig({ cwd, env, file: 'settings.yaml' });
    return config;
  }

  it('sets nothing as it is', () => {
    const { file: _, ...defaults } = loadConfig({ cwd, env: {} });
    expect(load(exampleYaml())).toEqual(defaults);
  });

  it('has a short form, which sets nothing either and loads uncommented', () => {
    const { file: _, ...defaults } = loadConfig({ cwd, env: {} });
    const short = shortYaml();
    expect(load(short)).toEqual(defaults);
    expect(short.split('\n').length).toBeLessThan(80);
    const yaml = short
      .replace(/^( *)#(?! )(?!\w+_file:|- name: ops|kind)/gm, '$1')
      .replace(/^alerts:$/m, '#');
    expect(load(yaml, { SIGMA_CLIENT_ID: 'i' })).toMatchObject({
      sigma: { clientId: 'i', baseUrl: 'https://aws-api.sigmacomputing.com' },
      schedules: [{ name: 'nightly', cron: '15 2 * * *' }],
    });
  });

  it('loads with everything uncommented but the files that stand in for secrets', () => {
    // With organizations, the settings above are those of none alone; a test of their own has them.
    const [one = '', many = ''] = exampleYaml().split(/^(?=# Several organizations)/m);
    expect(many).toMatch(/^organizations:\n.*\n {2}#- name: acme\n/m);
    const yaml = one.replace(/^( *)#(?! )(?!\w+_file:)/gm, '$1').replace(/^( *)# {2,}-/gm, '$1  -');
    const env = {
      SIGMA_CLIENT_ID: 'i',
      SIGMA_CLIENT_SECRET: 's',
      DATABASE_URL: 'postgres://h/d',
      SIGMA_SYNC_PRIVACY_KEY: 'k'.repeat(16),
      WAREHOUSE_TOKEN: 'w',
      SIGMA_SYNC_PASSWORD: 'p'.repeat(12),
      SIGMA_SYNC_VIEWER_PASSWORD: 'v'.repeat(12),
      SIGMA_SYNC_TOKEN: 't'.repeat(16),
      ALERT_URL: 'https://hooks.example.com/x',
    };
    const { sigma, database, sync, exports } = load(yaml, env);
    expect(sigma).toMatchObject({
      region: 'aws-us-west',
      clientId: 'i',
      clientSecret: 's',
      requestsPerMinute: 600,
    });
    expect(database.url).toBe('postgres://h/d');
    expect(sync).toMatchObject({
      streams: ['members', 'workbooks'],
      deletionGuard: { percent: 20, rows: 25 },
    });
    expect(exports).toEqual([
      expect.objectContaining({
        name: 'audit_events',
        mode: 'merge',
        key: ['Event ID'],
        types: { Amount: 'numeric(18,2)' },
        parameters: { Region: 'EMEA' },
        schedule: '15 2 * * *',
        oauthOverrides: [{ connection: expect.any(String), token: 'w' }],
      }),
    ]);
    expect(exports[0]?.window).toEqual({
      column: 'Created At',
      control: 'API-Date-Filter',
      start: '2026-10-01',
      step: '1d',
      lookback: '3h',
    });
    expect(compileExports(exports)[0]).toMatchObject({
      workbook: '7sYWojYnccxJqdqkNKAw6S',
      element: 'Mkaex5leIG',
    });
    const unseen = SETTINGS.filter(
      ({ path }) => !new RegExp(`^ *#?(- )?${path.at(-1)}:`, 'm').test(yaml + many),
    );
    expect(unseen).toEqual([]);
  });
});
