/** A settings file or a secret's may be anything that was named by mistake: one sentence, at once. */
import { execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { readSecretFile, rotating } from '../../src/config/secret-file.ts';
import { ConfigError } from '../../src/core/errors.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'bounds-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

/** The message, which must be short and come soon: a machine may be busy, but not for minutes. */
function failure(work: () => unknown): string {
  const since = performance.now();
  try {
    work();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(performance.now() - since).toBeLessThan(120_000);
    expect(error.message.length).toBeLessThan(1500);
    return error.message;
  }
  throw new Error('it was accepted');
}

const loadFile = (file: string) => loadConfig({ cwd, env: {}, file });

function loadText(text: string) {
  writeFileSync(join(cwd, 's.yaml'), text);
  return loadFile('s.yaml');
}

/** Files of every kind that hold no settings, with what is said of each. */
const ODD_FILES: readonly [kind: string, make: (path: string) => void, reason: RegExp][] = [
  ['a device without an end', (path) => symlinkSync('/dev/zero', path), /it is larger than 1 MB/],
  [
    'a pipe that nobody writes to',
    (path) => void execFileSync('mkfifo', [path]),
    /it is a pipe that nobody writes to/,
  ],
  ['a folder', (path) => mkdirSync(path), /illegal operation on a directory/],
  [
    'a gigabyte',
    (path) => {
      writeFileSync(path, '#');
      truncateSync(path, 1 << 30);
    },
    /it is larger than 1 MB/,
  ],
  [
    'no text',
    (path) => writeFileSync(path, new Uint8Array([0xff, 0xfe, 0x61, 0])),
    /it is not a text in UTF-8/,
  ],
];

describe('in the place of the settings file', () => {
  it.each(ODD_FILES)('%s is refused', (_, make, reason) => {
    make(join(cwd, 'odd'));
    const said = failure(() => loadFile('odd'));
    expect(said).toMatch(/^The settings file odd could not be read: [^\n]*\.$/);
    expect(said).toMatch(reason);
  });

  it('a pipe is read to its end, and given up where it has none', () => {
    const pipe = join(cwd, 'pipe');
    execFileSync('mkfifo', [pipe]);
    spawn('sh', ['-c', `exec >${pipe}; sleep 0.3; echo 'log: {level: warn}'`]);
    const until = performance.now() + 10_000;
    let level: string | undefined;
    // The shell may need a moment to open it.
    while (level === undefined && performance.now() < until) {
      try {
        level = loadFile('pipe').log.level;
      } catch (error) {
        if (!String(error).includes('nobody writes')) throw error;
      }
    }
    expect(level).toBe('warn');
    const both = openSync(pipe, 'r+');
    writeSync(both, 'log: {level: warn}\n');
    expect(failure(() => loadFile('pipe'))).toMatch(/it did not end within 5 s/);
    closeSync(both);
  });
});

describe('in the place of a secret', () => {
  it.each([...ODD_FILES])('%s is refused', (_, make) => {
    make(join(cwd, 'odd'));
    const env = { SIGMA_CLIENT_SECRET_FILE: 'odd' };
    expect(failure(() => loadConfig({ cwd, env }))).toMatch(
      /^SIGMA_CLIENT_SECRET_FILE names the file \/.*odd, which could not be read: [^\n]*\.$/,
    );
    for (const yaml of [
      'alerts: [{name: a, kind: slack, url_file: odd}]',
      'exports: [{name: e, workbook: w, element: x, oauth_overrides: [{connection: c, token_file: odd}]}]',
    ])
      expect(failure(() => loadText(yaml))).toMatch(/_file names the file \/.*odd, which /);
  });

  it('such a file leaves the secret as it was, where it is rotated to that', () => {
    writeFileSync(join(cwd, 'secret'), 'first\n');
    const path = join(cwd, 'secret');
    const secret = rotating(path, readSecretFile('secret', cwd, 'x'), () => undefined);
    rmSync(path);
    symlinkSync('/dev/zero', path);
    expect(secret()).toBe('first');
    rmSync(path);
    execFileSync('mkfifo', [path]);
    expect(secret()).toBe('first');
    rmSync(path);
    writeFileSync(path, '\ufeff second');
    expect(secret()).toBe('second');
  });
});

describe('settings without bounds', () => {
  const TOO_DEEP =
    'The settings file s.yaml is too large or too deeply nested for settings, or an alias in it refers to itself.';

  it('a hundred thousand unknown ones are told by the first', () => {
    const keys = Array.from({ length: 100_000 }, (_, index) => `k${index}: 1`);
    const said = failure(() => loadText(keys.join('\n')));
    expect(said).toMatch(/^k0 is not a setting \(s\.yaml line 1\)\. k1 is not/);
    expect(said).toMatch(/There are 99990 more problems\.$/);
    const inside = `sigma: {${keys.join(',')}}`;
    expect(failure(() => loadText(inside))).toMatch(/There are 99990 more problems\.$/);
    expect(failure(() => loadText(`sync: {streams: [${'1, '.repeat(100_000)}]}`))).toMatch(
      /There are 99990 more problems\.$/,
    );
  });

  it('the last of very many keys twice is still found', () => {
    const keys = Array.from({ length: 30_000 }, (_, index) => `k${index}: 1`);
    expect(failure(() => loadText([...keys, 'k7: 2'].join('\n')))).toBe(
      'The settings file is not valid YAML: the key is there twice (s.yaml line 30001).',
    );
  });

  it.each([
    ['an alias that holds itself', 'sigma: &a\n  region: *a\n'],
    ['a list that holds itself', 'sync:\n  streams: &a [x, *a]\n'],
    ['a group that holds itself by way of another', 'sigma: &a {x: {y: [1, {z: *a}]}}\n'],
    ['many levels of lists', `sync: {streams: ${'['.repeat(200)}${']'.repeat(200)}}\n`],
    ['many levels of groups', Array.from({ length: 100 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    ['many levels in one line', `sync:\n  ${'- '.repeat(200)}x\n`],
    ['one value a million times', `a: &a [${'1, '.repeat(10_000)}]\nb: [${'*a, '.repeat(90)}]\n`],
  ])('%s', (_, text) => expect(failure(() => loadText(text))).toBe(TOO_DEEP));

  it('aliases that multiply', () => {
    const lines = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i}, `.repeat(9)}]`);
    expect(failure(() => loadText(`l0: &l0 [1]\n${lines.join('\n')}`))).toBe(
      'The settings file s.yaml has aliases that cannot be resolved.',
    );
  });

  it('a key or a value of any length is cut', () => {
    const long = 'x'.repeat(100_000);
    expect(failure(() => loadText(`? ${long}\n: 1`))).toMatch(/^x{60}… is not a setting/);
    expect(failure(() => loadText(`sigma: {region: ${long}}`))).toMatch(/not the text "x{60}…"/);
    expect(failure(() => loadText(`privacy: {columns: {? ${long} : mask}}`))).toMatch(
      /^privacy\.columns\.x{60}… must be/,
    );
    expect(failure(() => loadText(`sigma: {region: "\${${long}}"}`))).toMatch(/^A variable is not set/);
  });
});
