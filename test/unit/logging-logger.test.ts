import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../../src/core/errors.ts';
import type { LogFormat, LogLevel } from '../../src/core/logging/log-words.ts';
import { createLogger, type Logger } from '../../src/core/logging/logger.ts';

const TIME = new Date(2026, 0, 2, 3, 4, 5);

function logTo(
  write: (logger: Logger) => void,
  format: LogFormat = 'text',
  level: LogLevel = 'info',
  secrets: readonly string[] = ['hunter22'],
): string {
  const stream = Object.assign(new PassThrough(), { isTTY: true });
  write(createLogger({ level, format, secrets: () => secrets, stream, now: () => TIME }));
  return String(stream.read() ?? '');
}

describe('text', () => {
  it('is one line of key=value', () => {
    const line = logTo((logger) =>
      logger.info('stream.finished', {
        stream: 'members',
        read: 3,
        ok: true,
        gone: undefined,
        names: ['a', 'b'],
      }),
    );
    expect(line).toBe('03:04:05 info  stream.finished stream=members read=3 ok=true names=a,b\n');
  });

  it('has date and zone where no terminal shows it', () => {
    const stream = new PassThrough();
    const options = { level: 'info', format: 'text', secrets: () => [], stream, now: () => TIME } as const;
    createLogger(options).info('x');
    const [time = '', ...rest] = String(stream.read()).split(' ');
    expect(time).toMatch(/^2026-01-02T03:04:05(Z|[+-]\d\d:\d\d)$/);
    expect(new Date(time)).toEqual(TIME);
    expect(rest.join(' ')).toBe('info  x\n');
  });

  it('quotes what holds spaces, quotes or control characters', () => {
    const line = logTo((logger) =>
      logger.warn('x', {
        a: 'two words',
        b: 'say "hi"',
        c: '',
        d: 'a\nb\u001b[31m\u2028\u007f',
        e: { k: 1 },
        f: 'é/ü',
      }),
    );
    expect(line).toBe(
      '03:04:05 warn  x a="two words" b="say \\"hi\\"" c="" d="a\\nb\\u001b[31m\\u2028\\u007f" e={"k":1} f=é/ü\n',
    );
  });

  it('never breaks the line, whatever the fields hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.anything(), (text, anything) => {
        const lines = logTo((logger) => logger.info('x', { text, anything, [text]: 1 }));
        // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not come through
        expect(lines).toMatch(/^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*\n$/);
      }),
    );
  });
});

describe('json', () => {
  it('has time, level and event first, and no field can take their place', () => {
    const line = logTo(
      (logger) => logger.error('a.b', { n: 1, level: 'x', message: 'm', event: 'y' }),
      'json',
    );
    expect(line).toBe(`{"time":"${TIME.toISOString()}","level":"error","event":"a.b","n":1,"message":"m"}\n`);
  });

  it('stays valid JSON, whatever the fields and secrets hold', () => {
    fc.assert(
      fc.property(fc.anything(), fc.string(), (anything, rest) => {
        const secret = `the secret ${rest}`;
        const line = logTo((logger) => logger.info('x', { anything, text: secret }), 'json', 'info', [
          secret,
        ]);
        expect(JSON.parse(line)).toMatchObject({ event: 'x', text: '[redacted]' });
      }),
    );
  });
});

describe('both', () => {
  it('leaves out what is less severe than the level', () => {
    const write = (logger: Logger): void => {
      logger.error('e');
      logger.warn('w');
      logger.info('i');
      logger.debug('d');
    };
    expect(logTo(write, 'text', 'warn')).toBe('03:04:05 error e\n03:04:05 warn  w\n');
    expect(logTo(write, 'text', 'debug').split('\n')).toHaveLength(5);
  });

  it('shows errors as their message, with the stack only at level debug', () => {
    const error = new ApiError('Refused.', {
      context: { status: 403, requestId: 'r1' },
      advice: 'Ask an admin.',
    });
    const write = (logger: Logger): void => logger.warn('x', { error });
    expect(logTo(write)).toBe('03:04:05 warn  x error="Refused. (status 403, request r1) Ask an admin."\n');
    expect(JSON.parse(logTo(write, 'json', 'debug')).errorStack).toContain('logging-logger.test.ts');
  });

  it('replaces secrets in values, keys, errors, nested fields and the event', () => {
    for (const format of ['text', 'json'] as const) {
      const line = logTo(
        (logger) =>
          logger.warn('hunter22', {
            a: 'x hunter22',
            hunter22: { hunter22: ['hunter22'] },
            error: new Error('with hunter22', { cause: 'hunter22' }),
            password: 'other',
            nested: { client_secret: 'other', accessToken: ['other'] },
          }),
        format,
        'debug',
      );
      expect(line).not.toMatch(/hunter22|other/);
    }
  });

  it('survives cycles, big integers and broken dates', () => {
    const cycle: Record<string, unknown> = { n: 1n, when: new Date(Number.NaN) };
    cycle['self'] = cycle;
    expect(logTo((logger) => logger.info('x', { cycle }), 'json')).toContain('"n":"1","when":null');
  });
});
