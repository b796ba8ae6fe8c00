// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables in the settings file look like that.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { secrets } from '../../src/config/credentials.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { Config } from '../../src/config/schema.ts';
import { ConfigError } from '../../src/core/errors.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'config-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

function load(yaml: string, env: NodeJS.ProcessEnv = {}): Config {
  writeFileSync(join(cwd, 's.yaml'), yaml);
  return loadConfig({ cwd, env, file: 's.yaml' });
}

function failure(yaml: string, env: NodeJS.ProcessEnv = {}): string {
  try {
    load(yaml, env);
  } catch (error) {
    if (error instanceof ConfigError) return `${error.message} ${error.advice}`;
    throw error;
  }
  throw new Error('it was accepted');
}

/** An export with these settings besides name and workbook, one a line. */
const entry = (...lines: string[]): string =>
  ['exports:', '  - name: events', '    workbook: w', ...lines.map((line) => `    ${line}`)].join('\n');

describe('entries', () => {
  it('have defaults, and an empty list is none', () => {
    expect(load('exports:\n').exports).toEqual([]);
    expect(load('exports: []\n').exports).toEqual([]);
    expect(load(entry()).exports).toEqual([
      {
        name: 'events',
        workbook: 'w',
        format: 'csv',
        mode: 'replace',
        key: [],
        types: {},
        parameters: {},
        timeZone: 'UTC',
        schema: 'evolve',
        rowLimit: 1_000_000,
        timeoutMinutes: 60,
        oauthOverrides: [],
        rejectDefaultTokens: false,
      },
    ]);
  });

  it('keep the names of columns and controls as they are, and make values of controls text', () => {
    const yaml = entry(
      'types: { unit_price_net: "numeric(18, 2)", "Größe, x": text }',
      'parameters: { is_it: true, Region_a: 7.5, "p-1": "${CODE}", other: "007" }',
    );
    const [only] = load(yaml, { CODE: '0012' }).exports;
    expect(only?.types).toEqual({ unit_price_net: 'numeric(18, 2)', 'Größe, x': 'text' });
    expect(only?.parameters).toEqual({ is_it: 'true', Region_a: '7.5', 'p-1': '0012', other: '007' });
  });

  it('take a type with a comma between braces for what it is meant to be, though YAML splits it', () => {
    const types = (yaml: string) => load(entry(`types: ${yaml}`)).exports[0]?.types;
    expect(types('{ Amount: numeric(18,2) }')).toEqual({ Amount: 'numeric(18,2)' });
    expect(types('{ A: numeric(18, 2), B: text, C: varchar(9) }')).toEqual({
      A: 'numeric(18,2)',
      B: 'text',
      C: 'varchar(9)',
    });
    expect(failure(entry('types: { A: text, 2): }'))).toContain('exports.0.types.2) must be a type');
  });

  it.each([
    'text',
    'NUMERIC(18,2)',
    'integer',
    'timestamptz',
    'varchar(10)',
    'double precision',
    'text[]',
    'character varying(20)[]',
    'timestamp(3) with time zone',
  ])('accept the type %s', (type) => {
    expect(load(entry(`types: { A: "${type}" }`)).exports[0]?.types).toEqual({ A: type });
  });

  it('accept as a type nothing that holds more than a type', () => {
    const words = fc.array(
      fc.constantFrom(
        'text',
        'int',
        ' ',
        '  ',
        ';',
        '--',
        "'",
        '"',
        '(',
        ')',
        ',',
        '/*',
        'default',
        'now',
        '\n',
        '.',
        '$$',
        '\\',
        'é',
      ),
      { minLength: 1, maxLength: 8 },
    );
    const safe =
      /^[a-z0-9_]+( (precision|varying|with time zone|without time zone))?(\(\d+\))?( with(out)? time zone)?$/i;
    fc.assert(
      fc.property(words, (parts) => {
        const yaml = entry(`types: { A: ${JSON.stringify(parts.join(''))} }`);
        let accepted: Config | undefined;
        try {
          accepted = load(yaml);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
        if (accepted !== undefined) expect(accepted.exports[0]?.types['A']).toMatch(safe);
      }),
    );
    for (const type of [
      'text default now',
      'int check (a)',
      "text'; drop table x",
      'a.b',
      'numeric(1,2,3)',
      'text[][]',
    ]) {
      expect(failure(entry(`types: { A: "${type}" }`))).toContain('exports.0.types.A must be a type such as');
    }
  });
});

describe('errors name the entry, the line and what is wanted', () => {
  const cases: [yaml: string, message: string][] = [
    [entry('formt: csv'), 'exports.0.formt is not a setting (s.yaml line 4); did you mean exports.0.format?'],
    [
      entry('mode: append', 'window:', '  colum: x', '  control: c', '  start: 2026-10-01'),
      'exports.0.window.colum is not a setting (s.yaml line 6); did you mean exports.0.window.column?',
    ],
    [
      entry('lookback: 1h'),
      'exports.0.lookback is not a setting (s.yaml line 4); did you mean exports[].window.lookback?',
    ],
    [
      'exports:\n  - workbook: w\n',
      'exports.0.name is missing (s.yaml line 2); it must be a name of at most 40',
    ],
    ['\nexports: {a: 1}\n', 'exports must be a list of exports, not a group of settings (s.yaml line 2).'],
    ['exports: [a]\n', 'exports.0 must be a group of settings, not this text (s.yaml line 1).'],
    [
      `${entry()}\n  - name: B\n    workbook: w\n`,
      'exports.1.name must be a name of at most 40 lower-case letters, digits and underscores that begins with a letter, not the text "B" (s.yaml line 4).',
    ],
    [entry('table: "a-b"'), 'exports.0.table must be a name of at most 63'],
    [entry('key: [a, 5]'), 'exports.0.key.1 must be text, not the number 5 (s.yaml line 4).'],
    [entry('key: ID'), 'exports.0.key must be a list of column labels, not the text "ID" (s.yaml line 4).'],
    [
      entry('schedule: 15 25 * * *'),
      'exports.0.schedule must be a cron expression such as "15 2 * * *", not the text "15 25 * * *"',
    ],
    [
      entry('time_zone: Europe/Nowhere'),
      'exports.0.time_zone must be a time zone such as UTC or Europe/London',
    ],
    [
      entry('row_limit: 1000001'),
      'exports.0.row_limit must be a whole number from 10 to 1000000, not the number 1000001',
    ],
    [
      entry('parameters: { a: [1] }'),
      'exports.0.parameters.a must be text for each control it names, not a list',
    ],
    [entry('parameters: { a: 12345678901234567890 }'), 'exports.0.parameters.a must be text'],
    [
      entry('mode: merge', 'window: { column: a, control: b, start: 2026-02-30 }'),
      'exports.0.window.start must be a date such as',
    ],
    [
      entry('mode: merge', 'window: { column: a, control: b, start: 2026-02-03, step: 1y }'),
      'exports.0.window.step must be a duration such as',
    ],
  ];
  it.each(cases)('%s', (yaml, message) => expect(failure(yaml)).toContain(message));

  it('keeps the exported data out of the schemas of the sync', () => {
    const advice = 'belong to the sync. Give the exported data a schema of its own.';
    expect(failure('database: { exports_schema: sigma_sync }')).toBe(
      `database.exports_schema is sigma_sync, but the schemas sigma, sigma_sync and sigma_analytics ${advice}`,
    );
    expect(failure('', { SIGMA_SYNC_SCHEMA: 'x', SIGMA_SYNC_EXPORTS_SCHEMA: 'x' })).toMatch(
      /^SIGMA_SYNC_EXPORTS_SCHEMA is x, but/,
    );
  });
});

describe('OAuth tokens', () => {
  it('come from the file, a variable or a file of their own, and are known as secrets', () => {
    writeFileSync(join(cwd, 'token'), ' from-file\n');
    const yaml = `${entry(
      'oauth_overrides:',
      '  - { connection: a, token: "${TOKEN}" }',
      '  - { connection: b, token_file: token }',
    )}\n  - { name: c, workbook: w, oauth_overrides: [{ connection: a, token: in-yaml }] }\n`;
    const config = load(yaml, { TOKEN: '0123' });
    expect(config.exports[0]?.oauthOverrides).toEqual([
      { connection: 'a', token: '0123' },
      { connection: 'b', token: 'from-file' },
    ]);
    expect(secrets(config)).toEqual(['0123', 'from-file', 'in-yaml']);
  });

  it('come from one place', () => {
    expect(failure(entry('oauth_overrides: [{ connection: a, token: b, token_file: c }]'))).toMatch(
      /^exports\.0\.oauth_overrides\.0\.token and exports\.0\.oauth_overrides\.0\.token_file are both set \(s\.yaml line 4\)\./,
    );
    expect(failure(entry('oauth_overrides: [{ connection: a }]'))).toMatch(
      /^exports\.0\.oauth_overrides\.0 has neither token nor token_file \(s\.yaml line 4\)\./,
    );
    expect(failure(entry('oauth_overrides: [{ connection: a, token_file: nope }]'))).toBe(
      `exports.0.oauth_overrides.0.token_file names the file ${join(cwd, 'nope')}, which could not be read: no such file or directory. undefined`,
    );
  });

  it('are in no message, wherever they were put', () => {
    for (const value of [
      'hunter22',
      '[hunter22]',
      '[[hunter22]]',
      '{ connection: a, token: hunter22 }',
      '[{ connection: 1, token: hunter22 }]',
      '[{ connection: a, token: [hunter22] }]',
      '[{ connection: a, token: hunter22, token_file: x }]',
      '[{ connection: a, token: hunter22, tokn: x }]',
      '["${T}"]',
    ]) {
      expect(failure(entry(`oauth_overrides: ${value}`), { T: 'hunter22' })).not.toContain('hunter22');
    }
    expect(failure(entry('oauth_overrides: [{ connection: a, token: 4711 }]'))).toContain(
      'exports.0.oauth_overrides.0.token must be text, not a number (s.yaml line 4).',
    );
    expect(failure('exports: hunter22')).not.toContain('hunter22');
  });
});
