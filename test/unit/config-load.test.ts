import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requireCredentials } from '../../src/config/credentials.ts';
import { type LoadOptions, loadConfig } from '../../src/config/load-config.ts';
import type { Config } from '../../src/config/schema.ts';
import { ConfigError } from '../../src/core/errors.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'config-'));
  mkdirSync(join(cwd, 'config'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

function load(
  yaml: string | undefined,
  env: NodeJS.ProcessEnv = {},
  more: Partial<LoadOptions> = {},
): Config {
  if (yaml !== undefined) writeFileSync(join(cwd, 'config/sigma-sync.yaml'), yaml);
  return loadConfig({ cwd, env, ...more });
}

function failure(
  yaml: string | undefined,
  env: NodeJS.ProcessEnv = {},
  more: Partial<LoadOptions> = {},
): string {
  try {
    load(yaml, env, more);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('sources', () => {
  it('takes true and false from the environment', () => {
    expect(load(undefined, { SIGMA_SYNC_ANALYTICS: 'false' }).analytics.enabled).toBe(false);
    expect(load('analytics: { enabled: false }', { SIGMA_SYNC_ANALYTICS: 'TRUE' }).analytics.enabled).toBe(
      true,
    );
    expect(load('analytics: { enabled: false }', { SIGMA_SYNC_ANALYTICS: '' }).analytics.enabled).toBe(false);
    expect(failure(undefined, { SIGMA_SYNC_ANALYTICS: 'off' })).toContain(
      'SIGMA_SYNC_ANALYTICS must be true or false',
    );
  });

  it('has a default for everything that has one', () => {
    expect(load(undefined)).toEqual({
      sigma: {
        ...{ allowHttp: false, concurrency: 8, pageSize: 1000, timeoutSeconds: 60, maxAttempts: 7 },
        ...{ maxPages: 20_000, maxAnswerMegabytes: 8 },
      },
      database: { directory: join(cwd, '.sigma-sync'), schema: 'sigma', exportsSchema: 'sigma_data' },
      sync: {
        exclude: [],
        optIn: [],
        backfillRequestsPerMinute: 600,
        refreshDays: 7,
        refreshDaysByStream: {},
        deletionGuard: { percent: 20, rows: 25 },
        resumeWithinHours: 6,
        exportsPerMinute: 100,
        exportsConcurrency: 4,
        exportsAhead: 4,
      },
      history: { exclude: [], retentionMonths: 25 },
      privacy: { columns: {} },
      exports: [],
      schedules: [
        {
          name: 'nightly',
          cron: '15 2 * * *',
          timeZone: 'UTC',
          streams: [],
          exclude: [],
          full: false,
          exports: true,
        },
      ],
      service: { host: '127.0.0.1', port: 8080, readOnly: false, jitterSeconds: 60 },
      freshness: { hours: 36, hoursByStream: {}, certificateDays: 30 },
      retention: { runDays: 400, detailDays: 90 },
      alerts: [],
      telemetry: {},
      analytics: { enabled: true, staleDays: 90, internalDomains: [] },
      log: { level: 'info', format: 'text', maxMegabytes: 20, maxFiles: 5 },
      secretFiles: {},
      file: undefined,
    });
  });

  it('takes numbers from the environment', () => {
    expect(load(undefined, { SIGMA_SYNC_PORT: ' 9090 ' }).service.port).toBe(9090);
    expect(() => load(undefined, { SIGMA_SYNC_PORT: '80a' })).toThrow(
      /SIGMA_SYNC_PORT must be a whole number/,
    );
    expect(() => load(undefined, { SIGMA_SYNC_PORT: '65536' })).toThrow(/from 0 to 65535/);
  });

  it('prefers the file to defaults, the environment to the file, options to the environment', () => {
    const yaml = 'log:\n  level: warn\n  format: json\nsync:\n  deletion_guard:\n    rows: 3\n';
    expect(load(yaml).log).toMatchObject({ level: 'warn', format: 'json' });
    expect(load(yaml).sync.deletionGuard).toEqual({ percent: 20, rows: 3 });
    const env = { SIGMA_SYNC_LOG_LEVEL: 'error' };
    expect(load(yaml, env).log.level).toBe('error');
    expect(load(yaml, env, { overrides: { logLevel: 'debug' } }).log).toMatchObject({
      level: 'debug',
      format: 'json',
    });
    expect(load(yaml).file).toBe('config/sigma-sync.yaml');
  });

  it('reads the named file, and says why it cannot', () => {
    writeFileSync(join(cwd, 'other.yaml'), 'sigma: {concurrency: 2}');
    expect(load('sigma: {concurrency: 3}', {}, { file: 'other.yaml' }).sigma.concurrency).toBe(2);
    expect(failure(undefined, {}, { file: 'none.yaml' })).toBe(
      'The settings file none.yaml could not be read: no such file or directory.',
    );
  });

  it('accepts an empty file, sections without content and a file of comments', () => {
    for (const yaml of ['', '# nothing\n', 'sigma:\ndatabase:\n  # schema: x\nlog:\n', '---\n']) {
      expect(load(yaml).sigma.pageSize).toBe(1000);
    }
  });

  it('takes an empty variable as not set', () => {
    expect(load('log: {level: warn}', { SIGMA_SYNC_LOG_LEVEL: '', SIGMA_REGION: '' }).log.level).toBe('warn');
  });
});

describe('errors', () => {
  const cases: [name: string, yaml: string, message: string][] = [
    [
      'text for a number',
      '# one\n\nsigma:\n  page_size: many\n',
      'sigma.page_size must be a whole number from 1 to 1000, not the text "many" (config/sigma-sync.yaml line 4).',
    ],
    [
      'a number out of range',
      'sigma:\n  concurrency: 65\n',
      'sigma.concurrency must be a whole number from 1 to 64, not the number 65 (config/sigma-sync.yaml line 2).',
    ],
    [
      'a fraction',
      'sigma:\n  max_attempts: 1.5\n',
      'sigma.max_attempts must be a whole number from 1 to 20, not the number 1.5 (config/sigma-sync.yaml line 2).',
    ],
    [
      'yes for true',
      'sigma:\n  allow_http: yes\n',
      'sigma.allow_http must be true or false, not the text "yes" (config/sigma-sync.yaml line 2).',
    ],
    [
      'nothing',
      'sigma:\n  page_size:\n',
      'sigma.page_size must be a whole number from 1 to 1000, not empty (config/sigma-sync.yaml line 2).',
    ],
    [
      'text for a section',
      'sigma: secret\n',
      'sigma must be a group of settings, not this text (config/sigma-sync.yaml line 1).',
    ],
    [
      'a nested value',
      'sync:\n  deletion_guard:\n    percent: 101\n',
      'sync.deletion_guard.percent must be a number from 0 to 100, not the number 101 (config/sigma-sync.yaml line 3).',
    ],
    [
      'an entry of a list',
      'sync:\n  streams:\n    - members\n    - 5\n',
      'sync.streams.1 must be text, not the number 5 (config/sigma-sync.yaml line 4).',
    ],
    [
      'text for a list',
      'sync:\n  streams: members\n',
      'sync.streams must be a list of stream names, not the text "members" (config/sigma-sync.yaml line 2).',
    ],
    [
      'a mistyped key',
      'sigma:\n  page_siez: 3\n',
      'sigma.page_siez is not a setting (config/sigma-sync.yaml line 2); did you mean sigma.page_size?',
    ],
    [
      'a key in camelCase',
      'sigma: {pageSize: 3}\n',
      'sigma.pageSize is not a setting (config/sigma-sync.yaml line 1); did you mean sigma.page_size?',
    ],
    [
      'a key in the wrong section',
      '\nclient_id: abc\n',
      'client_id is not a setting (config/sigma-sync.yaml line 2); did you mean sigma.client_id?',
    ],
    ['an unknown key', 'sigma: {zzz: 3}\n', 'sigma.zzz is not a setting (config/sigma-sync.yaml line 1).'],
    [
      'a key of every object',
      'sigma: {constructor: 3}\n',
      'sigma.constructor is not a setting (config/sigma-sync.yaml line 1).',
    ],
    [
      'broken YAML',
      'sigma:\n  client_secret: "hunter22\n',
      'The settings file is not valid YAML: a quote, bracket or colon is missing (config/sigma-sync.yaml line 3).',
    ],
    [
      'a key twice',
      'log: {}\nlog: {}\n',
      'The settings file is not valid YAML: the key is there twice (config/sigma-sync.yaml line 2).',
    ],
    [
      'a list',
      '- a\n',
      'The settings file config/sigma-sync.yaml must hold groups of settings, such as "sigma:".',
    ],
  ];
  it.each(cases)('%s', (_, yaml, message) => expect(failure(yaml)).toBe(message));

  it('names the variable or option instead of the setting where that is where the value came from', () => {
    expect(failure('log:\n  level: warn\n', { SIGMA_SYNC_LOG_LEVEL: 'loud' })).toBe(
      'SIGMA_SYNC_LOG_LEVEL must be one of error, warn, info, debug, not the text "loud".',
    );
    expect(failure(undefined, {}, { overrides: { logFormat: 'xml' as 'json' } })).toBe(
      '--log-format must be one of text, json, not the text "xml".',
    );
  });

  it('reports every problem at once', () => {
    expect(failure('sigma: {concurrency: 0}\nlog: {level: x}\n')).toMatch(
      /^sigma\.concurrency .*\. log\.level .*\.$/,
    );
  });

  it.each(['pg_x', 'information_schema', '1a', 'Sigma', 'a-b', 'a'.repeat(41), 'é'])(
    'refuses the schema %s',
    (name) => {
      expect(failure(undefined, { SIGMA_SYNC_SCHEMA: name })).toMatch(
        /^SIGMA_SYNC_SCHEMA must be a name of at most 40/,
      );
    },
  );
});

describe('where and who', () => {
  it('turns a region into its base URL', () => {
    expect(load(undefined, { SIGMA_REGION: 'aws-uk' }).sigma.baseUrl).toBe(
      'https://api.uk.aws.sigmacomputing.com',
    );
  });

  it('refuses a region and a base URL that disagree', () => {
    const url = 'https://api.uk.aws.sigmacomputing.com/v2/';
    expect(load(undefined, { SIGMA_REGION: 'aws-uk', SIGMA_BASE_URL: url }).sigma.region).toBe('aws-uk');
    expect(failure(undefined, { SIGMA_REGION: 'aws-eu', SIGMA_BASE_URL: url })).toBe(
      'SIGMA_REGION is aws-eu, whose API is https://api.eu.aws.sigmacomputing.com, but SIGMA_BASE_URL is https://api.uk.aws.sigmacomputing.com.',
    );
    expect(load('sigma: {region: aws-eu}', { SIGMA_BASE_URL: url }).sigma.baseUrl).toBe(url.slice(0, -4));
  });

  it('asks for credentials only where they are needed, for all at once', () => {
    expect(() => requireCredentials(load(undefined))).toThrow(
      'SIGMA_REGION (or SIGMA_BASE_URL), SIGMA_CLIENT_ID and SIGMA_CLIENT_SECRET (or SIGMA_CLIENT_SECRET_FILE) are not set.',
    );
    const env = { SIGMA_REGION: 'aws-eu', SIGMA_CLIENT_ID: 'id' };
    expect(() => requireCredentials(load(undefined, env))).toThrow(
      /^SIGMA_CLIENT_SECRET \(or .*\) is not set\.$/,
    );
    expect(requireCredentials(load(undefined, { ...env, SIGMA_CLIENT_SECRET: 's' }))).toEqual({
      baseUrl: 'https://api.eu.aws.sigmacomputing.com',
      clientId: 'id',
      clientSecret: 's',
    });
  });
});
