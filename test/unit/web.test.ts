/** The policies of the page: words, freshness, hosts, forms, attempts, and settings without secrets. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { nodeAt, SETTINGS } from '../../src/config/settings.ts';
import { bytes, count, cut, duration, relative, stamp } from '../../src/core/words.ts';
import { positionOf, positionText, textOf, timeOf } from '../../src/operations/web/address-parts.ts';
import { configYaml, inForce } from '../../src/operations/web/data/settings-in-force.ts';
import { Attempts, networkOf } from '../../src/operations/web/security/attempts.ts';
import { identify } from '../../src/operations/web/security/auth.ts';
import { formTokens, isSameOrigin } from '../../src/operations/web/security/csrf.ts';
import { isOurHost, parseHost } from '../../src/operations/web/security/hosts.ts';
import { niceMost } from '../../src/operations/web/view/charts.ts';
import { freshnessOf, toneOf } from '../../src/operations/web/view/tone.ts';
import { basic } from '../support/web.ts';
import { webApp } from '../support/web-data.ts';

const NOW = new Date('2026-11-24T12:00:00Z');
const HOUR = 3_600_000;

describe('words', () => {
  it.each<[string, string]>([
    [count(1_234_567), '1,234,567'],
    [count(null), '–'],
    [bytes(0), '0 B'],
    [bytes(999), '999 B'],
    [bytes(999_999), '1.0 MB'],
    [bytes(1_234_567), '1.2 MB'],
    [bytes(234_567_890), '235 MB'],
    [duration(850), '850 ms'],
    [duration(9_960), '10.0 s'],
    [duration(59_999), '59 s'],
    [duration(200_000), '3 min 20 s'],
    [duration(2 * HOUR), '2 h'],
    [duration(50 * HOUR), '2 d 2 h'],
    [duration(-5), '0 ms'],
    [relative(new Date(NOW.getTime() - 3 * HOUR), NOW), '3 h ago'],
    [relative(new Date(NOW.getTime() + 5 * 60_000), NOW), 'in 5 min'],
    [relative(NOW, NOW), 'just now'],
    [relative(new Date('2024-11-24'), NOW), '2 years ago'],
    [stamp(NOW), '2026-11-24 12:00'],
    [cut('abc', 2), 'ab…'],
    [cut('a🙂b', 2), 'a…'],
  ])('%s', (given, expected) => expect(given).toBe(expected));

  it('the top of a chart is round, and never below a value', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e12, noNaN: true }), (value) => {
        const most = niceMost(value);
        expect(most).toBeGreaterThanOrEqual(value);
        expect(most).toBeLessThanOrEqual(value * 2.0001);
      }),
    );
    expect([niceMost(0), niceMost(102), niceMost(1000)]).toEqual([1, 120, 1000]);
  });
});

describe('freshness', () => {
  const ago = (hours: number): Date => new Date(NOW.getTime() - hours * HOUR);
  it.each([
    ['never', { lastStatus: undefined, lastSuccessAt: undefined }],
    ['fresh', { lastStatus: 'complete', lastSuccessAt: ago(36) }],
    ['stale', { lastStatus: 'complete', lastSuccessAt: ago(36.01) }],
    ['failed', { lastStatus: 'failed', lastSuccessAt: ago(1) }],
    ['failed', { lastStatus: 'deletion_guard', lastSuccessAt: ago(1) }],
    ['fresh', { lastStatus: 'partial', lastSuccessAt: ago(1) }],
    ['stale', { lastStatus: 'partial', lastSuccessAt: null }],
    ['fresh', { lastStatus: 'interrupted', lastSuccessAt: ago(1) }],
    ['unavailable', { lastStatus: 'unavailable', lastSuccessAt: null }],
    ['running', { lastStatus: 'failed', lastSuccessAt: null, isRunning: true }],
  ])('%s: %o', (expected, question) =>
    expect(freshnessOf({ ...question, targetHours: 36, now: NOW })).toBe(expected),
  );

  it('what has no tone is quiet', () => {
    expect(toneOf('constructor')).toBe('quiet');
  });
});

describe('hosts', () => {
  const rules = { bound: '127.0.0.1', machine: 'box', publicUrl: 'https://sync.example.com:8443/x' };
  it.each([
    ['localhost:8080', true],
    ['127.0.0.2', true],
    ['[::1]:80', true],
    ['sync.example.com', true],
    ['SYNC.example.com.', true],
    ['box', false],
    ['10.0.0.1', false],
    ['example.com', false],
    ['', false],
    [undefined, false],
    ['localhost@evil', false],
    ['localhost:99999999', false],
  ])('on loopback %s: %s', (host, expected) => expect(isOurHost(host, rules)).toBe(expected));

  it.each([
    ['0.0.0.0', '10.0.0.1:8080', true],
    ['::', '[fe80::1]', true],
    ['0.0.0.0', 'box', true],
    ['0.0.0.0', 'box.evil.example', false],
    ['10.0.0.5', '10.0.0.5', true],
    ['10.0.0.5', '10.0.0.6', false],
  ])('bound to %s, %s: %s', (bound, host, expected) =>
    expect(isOurHost(host, { ...rules, bound, publicUrl: undefined })).toBe(expected),
  );

  it('no text makes it throw, and a name that is not ours is never taken for it', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        parseHost(text);
        expect(isOurHost(`${text}.evil.example`, rules)).toBe(false);
        expect(isOurHost(`localhost.${text}.example`, rules)).toBe(false);
      }),
    );
  });
});

describe('forms', () => {
  it('tokens are of one process, action and subject', () => {
    const tokens = formTokens();
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (action, subject, other, thing) => {
        const token = tokens.of(action, subject);
        expect(tokens.check(token, action, subject)).toBe(true);
        expect(tokens.check(token, other, thing)).toBe(action === other && subject === thing);
        expect(formTokens().check(token, action, subject)).toBe(false);
      }),
    );
  });

  it.each([
    ['http://127.0.0.1:8080', 'same-origin', true],
    ['http://127.0.0.1:8080', undefined, true],
    [undefined, 'same-origin', true],
    [undefined, undefined, false],
    ['http://127.0.0.1:8081', undefined, false],
    ['http://127.0.0.1:8080', 'same-site', false],
    ['http://127.0.0.1:8080/', undefined, false],
    ['ftp://127.0.0.1:8080', undefined, false],
    ['null', 'same-origin', false],
    ['https://sync.example.com', undefined, true],
    ['http://sync.example.com', undefined, false],
  ])('from %s, %s: %s', (origin, fetchSite, expected) => {
    const publicUrl = 'https://sync.example.com/';
    expect(isSameOrigin({ origin, fetchSite, host: '127.0.0.1:8080', publicUrl })).toBe(expected);
  });

  it('a proxy that ends TLS changes scheme and port only', () => {
    const from = (origin: string) =>
      isSameOrigin({ origin, fetchSite: undefined, host: 'sync.example.com', publicUrl: undefined });
    expect([from('https://sync.example.com'), from('https://sync.example.com:8443')]).toEqual([true, false]);
  });
});

describe('attempts', () => {
  it('waits grow, end, and are forgotten', () => {
    const attempts = new Attempts();
    const waits: number[] = [];
    for (let i = 0; i < 14; i++) {
      attempts.failed('10.0.0.1', 0);
      waits.push(attempts.wait('10.0.0.1', 0));
    }
    expect(waits).toEqual([0, 0, 0, 0, 0, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    expect([attempts.wait('10.0.0.2', 0), attempts.wait('10.0.0.1', 60_000)]).toEqual([0, 0]);
    attempts.succeeded('10.0.0.1');
    expect(attempts.wait('10.0.0.1', 0)).toBe(0);
  });

  it('what somebody gets wrong as a person is nothing against a token, nor against another address', () => {
    const attempts = new Attempts();
    for (let i = 0; i < 8; i++) attempts.failed('10.0.0.1', 0, 'person');
    const waits = (['person', 'program', 'nobody'] as const).map((claim) =>
      attempts.wait('10.0.0.1', 0, claim),
    );
    expect(waits).toEqual([4000, 0, 0]);
    attempts.succeeded('10.0.0.1', 'program');
    expect(attempts.wait('10.0.0.1', 0, 'person')).toBe(4000);
    expect(attempts.wait('10.0.0.2', 0, 'person')).toBe(0);
  });

  it('one request at a time is kept waiting', async () => {
    const attempts = new Attempts();
    const first = attempts.hold('10.0.0.1', 30);
    expect(await attempts.hold('::ffff:10.0.0.1', 30)).toBe(false);
    expect(await attempts.hold('10.0.0.1', 1, 'program')).toBe(true);
    expect(await first).toBe(true);
    expect(await attempts.hold('10.0.0.1', 1)).toBe(true);
  });

  it('memory is bounded, whoever tries', () => {
    const attempts = new Attempts();
    for (let i = 0; i < 5000; i++) attempts.failed(`10.0.${i >> 8}.${i & 255}`, i);
    expect(attempts.size).toBe(1000);
  });

  it.each([
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['2001:0db8:0000:0000:1:2:3:4', '2001:db8:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['::1', '0:0:0:0'],
    ['', ''],
  ])('%s counts as %s', (address, network) => expect(networkOf(address)).toBe(network));

  it('no header makes it throw, and none is right but the right one', () => {
    const rules = {
      ...{ bound: '127.0.0.1', password: 'correct horse battery', token: 'token-of-sixteen-chars' },
      viewerPassword: 'only to look at it',
    };
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `Basic ${text}`),
          fc.base64String().map((text) => `Basic ${text}`),
          fc.string().map((text) => `Bearer ${text}`),
        ),
        (header) => {
          expect(identify(header, '10.0.0.1', rules, new Attempts(), 0).kind).toBe('wrong');
        },
      ),
    );
    expect(identify('Bearer token-of-sixteen-chars', '', rules, new Attempts(), 0).kind).toBe('program');
    const by = (user: string, password: string): string =>
      identify(basic(password, user), '', rules, new Attempts(), 0).kind;
    expect(by('sigma-sync', rules.password)).toBe('person');
    expect(by('viewer', rules.viewerPassword)).toBe('viewer');
    expect([by('viewer', rules.password), by('sigma-sync', rules.viewerPassword)]).toEqual([
      'wrong',
      'wrong',
    ]);
    expect(
      identify(
        undefined,
        '',
        { ...rules, bound: '0.0.0.0', password: undefined, viewerPassword: undefined, token: undefined },
        new Attempts(),
        0,
      ).kind,
    ).toBe('unknown');
  });
});

describe('addresses', () => {
  it('places come back as they went out; anything else is none', () => {
    const place = { at: '2026-11-24T02:15:00.123456Z', id: 'run-1' };
    expect(positionOf(positionText(place))).toEqual(place);
    for (const wrong of [
      '',
      '2026-02-30T00:00:00.000000Z~a',
      '2026-11-24T02:15:00.123Z~a',
      `${place.at}~`,
      `${place.at}~a b`,
    ])
      expect(positionOf(wrong)).toBeUndefined();
    fc.assert(fc.property(fc.string(), (text) => void [positionOf(text), timeOf(text)]));
  });

  it.each([
    ['2026-03-03', '2026-03-03T00:00:00.000Z'],
    ['2026-03-03T09:30', '2026-03-03T09:30:00.000Z'],
    ['2026-03-03 09:30:01Z', '2026-03-03T09:30:01.000Z'],
    ['2026-02-30', undefined],
    ['yesterday', undefined],
  ])('%s is %s', (text, time) => expect(timeOf(text)?.toISOString()).toBe(time));

  it('a text is one that Postgres takes', () => {
    expect([textOf(' a\0b '), textOf('\0'), textOf('x'.repeat(500))?.length]).toEqual(['ab', undefined, 200]);
    expect(textOf('\ud800a')).toBe('\ufffda');
  });
});

describe('settings', () => {
  it('no secret of the schema is shown, whichever it is', () => {
    const secret = SETTINGS.filter(({ node }) => node['x-secret'] === true);
    expect(secret.length).toBeGreaterThan(5);
    for (const { path } of secret) {
      const word = 'hidden-word';
      // The value at that path alone, as the configuration has it: camelCase, lists with one entry.
      const value = path.toReversed().reduce<unknown>((inner, key) => {
        if (key === '[]') return [inner];
        return { [key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())]: inner };
      }, word);
      const root = nodeAt([]);
      const shown = JSON.stringify(inForce(root ?? {}, value));
      expect([path.join('.'), shown]).toEqual([path.join('.'), expect.stringContaining('[redacted]')]);
      expect(shown).not.toContain(word);
    }
  });

  it('names of columns and controls stay as they are', () => {
    const { config } = webApp({
      yaml: 'freshness: { hours_by_stream: { workbook_pages: 5 } }\nprivacy: { key: 0123456789abcdef, columns: { members.first_name: drop } }\n',
    });
    const shown = parse(configYaml(config)) as { freshness: unknown; privacy: unknown };
    expect(shown.freshness).toMatchObject({ hours: 36, hours_by_stream: { workbook_pages: 5 } });
    expect(shown.privacy).toEqual({ key: ['redacted'], columns: { 'members.first_name': 'drop' } });
  });
});
