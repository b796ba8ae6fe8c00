import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ApiError, describeError } from '../../src/core/errors.ts';
import { redact } from '../../src/core/logging/redact.ts';
import { parseProblem } from '../../src/sigma/error-body.ts';
import { afterSuccess, afterThrottle, fullPace, intervalFor } from '../../src/sigma/pacing.ts';
import { decodeToken } from '../../src/sigma/paging.ts';
import {
  DEFAULT_RETRY,
  isTransient,
  MOST_PATIENCE_MS,
  parseRetryAfter,
  retryDelay,
} from '../../src/sigma/retry.ts';

describe('retry policy', () => {
  it('repeats what may pass and nothing else', () => {
    for (const status of [undefined, 408, 429, 500, 502, 503, 504, 522])
      expect(isTransient(status)).toBe(true);
    for (const status of [400, 401, 403, 404, 405, 422, 501]) expect(isTransient(status)).toBe(false);
  });

  it('waits a random part of a doubling ceiling and gives up after the last attempt', () => {
    const wait = (attempt: number, random: number) =>
      retryDelay({ status: 503, attempt, retryAfterMs: undefined }, DEFAULT_RETRY, random);
    expect(wait(1, 1)).toBe(500);
    expect(wait(3, 1)).toBe(2000);
    expect(wait(3, 0.25)).toBe(500);
    expect(wait(6, 1)).toBe(16_000);
    expect(wait(7, 0)).toBeUndefined();
  });

  it('never waits longer than the policy allows without a Retry-After', () => {
    const input = fc.record({
      attempt: fc.integer({ min: 1, max: 50 }),
      random: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(input, ({ attempt, random }) => {
        const policy = { ...DEFAULT_RETRY, maxAttempts: 100 };
        const delay =
          retryDelay({ status: undefined, attempt, retryAfterMs: undefined }, policy, random) ?? -1;
        return delay >= 0 && delay <= policy.maxMs;
      }),
    );
  });

  it('honours Retry-After, never less than asked, and does not wait for hours', () => {
    const failed = { status: 429, attempt: 1, retryAfterMs: 7000 };
    expect(retryDelay(failed, DEFAULT_RETRY, 0)).toBe(7000);
    expect(retryDelay(failed, DEFAULT_RETRY, 1)).toBeLessThanOrEqual(7250);
    expect(retryDelay({ ...failed, retryAfterMs: MOST_PATIENCE_MS + 1 }, DEFAULT_RETRY, 0)).toBeUndefined();
  });

  it('reads Retry-After as seconds and as a date', () => {
    const now = Date.UTC(2026, 0, 1);
    expect(parseRetryAfter('3', now)).toBe(3000);
    expect(parseRetryAfter(new Date(now + 5000).toUTCString(), now)).toBe(5000);
    expect(parseRetryAfter(new Date(now - 5000).toUTCString(), now)).toBe(0);
    expect(parseRetryAfter('soon', now)).toBeUndefined();
    expect(parseRetryAfter(undefined, now)).toBeUndefined();
  });
});

describe('pacing', () => {
  it('stays within its bounds whatever happens', () => {
    const limits = { concurrency: 8 };
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 500 }), (answers) => {
        let pace = fullPace(limits);
        for (const good of answers) {
          pace = good ? afterSuccess(pace, limits) : afterThrottle(pace);
          if (pace.concurrency < 1 || pace.concurrency > limits.concurrency) return false;
        }
        return true;
      }),
    );
  });

  it('halves at a 429 and finds back to full speed', () => {
    const limits = { concurrency: 8 };
    let pace = afterThrottle(afterThrottle(fullPace(limits)));
    expect(pace.concurrency).toBe(2);
    for (let i = 0; i < 2 * 10; i++) pace = afterSuccess(pace, limits);
    expect(pace.concurrency).toBe(3);
    for (let i = 0; i < 1000; i++) pace = afterSuccess(pace, limits);
    expect(pace.concurrency).toBe(8);
  });

  it('never plans more than the rate and wastes less than a tenth of it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), fc.constantFrom(100, 10_000), (rate, sliceMs) => {
        const { interval, intervalCap } = intervalFor(rate, sliceMs);
        // In whole numbers: a quotient may be a hair above what it stands for.
        const [planned, allowed] = [intervalCap * 60_000, rate * interval];
        return planned <= allowed && planned >= allowed * 0.9;
      }),
    );
  });
});

describe('page tokens', () => {
  it('are decoded once where they hold escapes', () => {
    expect(decodeToken('50')).toBe('50');
    expect(decodeToken('a%2Fb%3D')).toBe('a/b=');
    expect(decodeToken('100%')).toBe('100%');
    expect(decodeToken('%E0%A4%A')).toBe('%E0%A4%A');
  });

  it('survive being encoded by the vendor', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (raw) => {
        const encoded = encodeURIComponent(raw);
        return decodeToken(encoded) === raw || encoded === raw;
      }),
    );
  });
});

describe('error bodies', () => {
  it('of Sigma give message, code and request id', () => {
    const body = JSON.stringify({
      requestId: 'r-1',
      message: 'We cannot verify your identity.',
      code: 'unauthorized',
    });
    expect(parseProblem(body, {})).toEqual({
      message: 'We cannot verify your identity.',
      code: 'unauthorized',
      requestId: 'r-1',
    });
  });

  it('of the edge network give the title of their page', () => {
    const html =
      '<html><head><title>Access denied | 1015</title></head><body>You are being rate limited</body></html>';
    expect(parseProblem(html, { 'cf-ray': 'ray-1' })).toEqual({
      message: 'Access denied | 1015',
      code: undefined,
      requestId: 'ray-1',
    });
  });

  it('of any other kind are shortened, never thrown on', () => {
    expect(parseProblem('', {}).message).toBe('');
  });

  it('is one line of visible characters, whatever it holds, and no longer than a line may be', () => {
    const nasty = 'no\r\nERROR forged\u2028line \u001b[31mred\u0007 \u202etxt.exe\u0000 \u0085end';
    const body = JSON.stringify({
      message: nasty,
      code: `a\nb${'c'.repeat(500)}`,
      requestId: 'r\n\u001b[2J1',
    });
    const problem = parseProblem(body, {});
    expect(problem.message).toBe('no ERROR forged line [31mred txt.exe end');
    expect(problem.code).toMatch(/^a bc{97}…$/);
    expect(problem.requestId).toBe('r [2J1');
    expect(parseProblem(`<p>\n${nasty}</p>`, {}).message).toBe('no ERROR forged line [31mred txt.exe end');
    expect(parseProblem(JSON.stringify({ message: 'column <a> is not < 5' }), {}).message).toBe(
      'column <a> is not < 5',
    );
    expect(parseProblem('x'.repeat(70_000), {}).message).toHaveLength(301);
    const told = describeError(
      new ApiError('a\nb', { context: { partition: 'team:x\ny', requestId: 'r\u2029s' }, advice: 'c\r\nd' }),
    );
    expect(told).toBe('a b (partition team:x y, request r s) c d');
    expect(describeError(new Error('a\nb'))).toBe('a b');
    expect(parseProblem('x'.repeat(5000), {}).message.length).toBeLessThan(320);
    expect(parseProblem('{"message": 5}', {}).message).toBe('{"message": 5}');
  });

  it('holds no part of a token, where it is cut', () => {
    const token = 'canary.'.repeat(120);
    const { message } = parseProblem(JSON.stringify({ message: `No such token: ${token}` }), {}, (text) =>
      redact(text, [token]),
    );
    expect(message).toBe('No such token: [redacted]');
  });
});
