import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLogFile } from '../../src/core/logging/log-file.ts';
import type { LogLevel } from '../../src/core/logging/log-words.ts';
import { createLogger, type Logger } from '../../src/core/logging/logger.ts';

const CANARY = 'canary-5ecret';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sigma-sync-log-'));
  path = join(folder, 'sigma-sync.log');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Files of the log, the oldest first. */
function files(): string[] {
  const order = (name: string): number => Number(/\.(\d+)$/.exec(name)?.[1] ?? 0);
  return readdirSync(folder)
    .sort((a, b) => order(b) - order(a))
    .map((name) => join(folder, name));
}

function linesOf(names: readonly string[]): string[] {
  return names.flatMap((name) => readFileSync(name, 'utf8').split('\n').slice(0, -1));
}

function logger(
  at: string,
  options: { level?: LogLevel; fileLevel?: LogLevel; maxFiles?: number } = {},
): { log: Logger; stderr: () => string } {
  const stream = new PassThrough();
  const { level = 'info', fileLevel, maxFiles = 3 } = options;
  const log = createLogger({
    ...{ level, format: 'text', secrets: () => [CANARY], stream },
    file: {
      path: at,
      maxMegabytes: 0.001,
      maxFiles,
      ...(fileLevel === undefined ? {} : { level: fileLevel }),
    },
  });
  let text = '';
  return {
    log,
    stderr: () => {
      text += stream.read() ?? '';
      return text;
    },
  };
}

describe('a log file', () => {
  it('has each line as JSON, without secrets, beside standard error', () => {
    const { log, stderr } = logger(path);
    log.info('stream.finished', {
      stream: 'members',
      runId: '0b5e9a1c-1111-2222',
      note: `Bearer xyz ${CANARY}`,
    });
    log.debug('not.wanted');
    const [line, ...rest] = linesOf([path]);
    expect(rest).toEqual([]);
    expect(JSON.parse(line ?? '')).toEqual({
      time: expect.stringMatching(/^\d{4}-/),
      ...{ level: 'info', event: 'stream.finished', stream: 'members', runId: '0b5e9a1c-1111-2222' },
      note: 'Bearer [redacted] [redacted]',
    });
    expect(stderr()).toMatch(/ info {2}stream\.finished stream=members run=0b5e9a1c note=/);
    expect(readFileSync(path, 'utf8') + stderr()).not.toContain(CANARY);
    expect(statSync(path).mode & 0o007).toBe(0);
  });

  it('may be more talkative than the terminal, or less', () => {
    const { log, stderr } = logger(path, { level: 'warn', fileLevel: 'debug' });
    log.debug('a.b', { error: new Error('with a stack') });
    expect(stderr()).toBe('');
    expect(linesOf([path]).map((line) => JSON.parse(line).errorStack)).toEqual([
      expect.stringContaining('logging-file.test.ts'),
    ]);
    const quiet = logger(path, { level: 'debug', fileLevel: 'error' });
    quiet.log.info('c.d');
    expect(quiet.stderr()).toContain('c.d');
    expect(linesOf([path])).toHaveLength(1);
  });

  it('is rotated by size and never takes more than its share of the disk', () => {
    const { log } = logger(path, { maxFiles: 3 });
    for (let n = 0; n < 200; n++) log.info('x', { n, canary: CANARY });
    expect(files().map((name) => name.slice(path.length))).toEqual(['.2', '.1', '']);
    for (const name of files()) expect(statSync(name).size).toBeLessThanOrEqual(1000);
    const numbers = linesOf(files()).map((line) => JSON.parse(line).n);
    expect(numbers.at(-1)).toBe(199);
    expect(numbers).toEqual(Array.from(numbers, (_, index) => 200 - numbers.length + index));
    expect(linesOf(files()).join()).not.toContain(CANARY);
  });

  it('keeps the newest lines and the bound, whatever their lengths', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 60 }), { maxLength: 60 }),
        fc.integer({ min: 20, max: 200 }),
        fc.integer({ min: 1, max: 4 }),
        (texts, maxBytes, maxFiles) => {
          for (const name of files()) rmSync(name);
          const file = openLogFile({
            path,
            maxBytes,
            maxFiles,
            onFailure: (error) => {
              throw error;
            },
          });
          const lines = texts.map((text) => JSON.stringify(text));
          for (const line of lines) file.write(`${line}\n`);
          const longest = Math.max(maxBytes, ...lines.map((line) => Buffer.byteLength(line) + 1));
          expect(files().length).toBeLessThanOrEqual(maxFiles);
          for (const name of files()) expect(statSync(name).size).toBeLessThanOrEqual(longest);
          const kept = linesOf(files());
          expect(kept).toEqual(lines.slice(lines.length - kept.length));
          if (lines.length > 0) expect(kept.length).toBeGreaterThan(0);
        },
      ),
    );
  });

  it('goes on where the last process stopped, and removes what an earlier setting kept', () => {
    const { log } = logger(path, { maxFiles: 5 });
    for (let n = 0; n < 200; n++) log.info('x', { n });
    expect(files()).toHaveLength(5);
    writeFileSync(`${path}.gz`, 'of somebody else');
    const { log: next } = logger(path, { maxFiles: 2 });
    for (let n = 200; n < 240; n++) next.info('x', { n });
    expect(
      files()
        .map((name) => name.slice(path.length))
        .sort(),
    ).toEqual(['', '.1', '.gz']);
    const [last] = linesOf([path]).slice(-1);
    expect(JSON.parse(last ?? '').n).toBe(239);
  });

  it('is written to again after somebody moved it away', () => {
    const { log } = logger(path);
    log.info('one');
    renameSync(path, join(folder, 'moved'));
    log.info('two');
    expect(linesOf([path]).map((line) => JSON.parse(line).event)).toEqual(['two']);
    rmSync(folder, { recursive: true });
    log.info('three');
    expect(linesOf([path]).map((line) => JSON.parse(line).event)).toEqual(['three']);
  });

  it('is shared by two that write', () => {
    const [one, other] = [logger(path, { maxFiles: 50 }), logger(path, { maxFiles: 50 })];
    for (let n = 0; n < 100; n++) (n % 2 === 0 ? one : other).log.info('x', { n });
    expect(linesOf(files()).map((line) => JSON.parse(line).n)).toEqual(
      Array.from({ length: 100 }, (_, n) => n),
    );
  });
});

describe('a log file that cannot be written', () => {
  it.each([
    [
      'below a file',
      (at: string) => writeFileSync(at, ''),
      (at: string) => join(at, 'deeper.log'),
      /EEXIST|ENOTDIR/,
    ],
    ['that is a folder', (at: string) => mkdirSync(at), (at: string) => at, /EISDIR/],
    ['on a full disk', () => undefined, () => '/dev/full', /ENOSPC/],
    [
      'that is a pipe without a reader',
      (at: string) => spawnSync('mkfifo', [at]),
      (at: string) => at,
      /ENXIO/,
    ],
  ] as const)('%s is told once, and the log goes on', (_, prepare, target, reason) => {
    prepare(path);
    if (target(path) === '/dev/full' && !existsSync('/dev/full')) return;
    const { log, stderr } = logger(target(path));
    for (let n = 0; n < 50; n++) log.info('x', { n });
    const told = stderr()
      .split('\n')
      .filter((line) => line.includes('log.file_failed'));
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(reason);
    expect(stderr().match(/ info {2}x n=/g)).toHaveLength(50);
  });

  it('is tried again, and told again after it could be written', () => {
    let time = 0;
    const failures: unknown[] = [];
    const options = {
      path,
      maxBytes: 1000,
      maxFiles: 2,
      onFailure: (error: unknown) => failures.push(error),
    };
    const file = openLogFile({ ...options, now: () => time });
    mkdirSync(path);
    for (; time < 60_000; time += 1000) file.write('lost\n');
    expect(failures).toHaveLength(1);
    rmSync(path, { recursive: true });
    time += 10_000;
    file.write('kept\n');
    expect(readFileSync(path, 'utf8')).toBe('kept\n');
    rmSync(path);
    mkdirSync(path);
    file.write('lost\n');
    expect(failures).toHaveLength(2);
  });

  it('goes on with a line of its own after a disk was full', (context) => {
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]).status === 0;
    if (!mounted) return context.skip('this user may not mount a file system');
    try {
      let time = 0;
      const failures: string[] = [];
      const file = openLogFile({
        ...{ path: join(disk, 'a.log'), maxBytes: 1_000_000, maxFiles: 2, now: () => time },
        onFailure: (error) => failures.push(String(error)),
      });
      const line = `${JSON.stringify({ text: 'x'.repeat(990) })}\n`;
      for (let n = 0; n < 200; n++) file.write(line);
      expect(failures).toEqual([expect.stringContaining('ENOSPC')]);
      spawnSync('mount', ['-o', 'remount,size=1m', disk]);
      time = 10_000;
      file.write(line);
      const lines = readFileSync(join(disk, 'a.log'), 'utf8').split('\n').slice(0, -1);
      const torn = lines.filter((one) => one !== line.trim());
      expect(torn.length).toBeLessThanOrEqual(1);
      expect(lines.at(-1)).toBe(line.trim());
      expect(failures).toHaveLength(1);
    } finally {
      spawnSync('umount', ['-l', disk]);
    }
  });
});
