import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REDACTED, redact } from '../../src/core/logging/redact.ts';

/** A secret that is no part of the replacement text and can't come about beside it. */
const secretText = fc
  .string({ unit: 'binary', minLength: 4, maxLength: 40 })
  .filter((text) => text.isWellFormed() && !/[[\]]/.test(text) && !REDACTED.includes(text));

describe('known secrets', () => {
  it('leaves no form of them behind', () => {
    const forms: ((secret: string) => string)[] = [
      (secret) => secret,
      encodeURIComponent,
      (secret) => new URLSearchParams({ s: secret }).toString(),
      (secret) => encodeURIComponent(secret).replace(/%../g, (hex) => hex.toLowerCase()),
      (secret) => Buffer.from(secret).toString('base64'),
      (secret) => Buffer.from(secret).toString('base64url'),
      (secret) => JSON.stringify({ s: secret }),
    ];
    fc.assert(
      fc.property(secretText, fc.constantFrom(...forms), (secret, form) => {
        const text = `before ${form(secret)} after`;
        const result = redact(text, [secret]);
        expect(result).toContain(REDACTED);
        const bare = form(secret).replace(/^s=|^\{"s":"|"\}$/g, '');
        expect(result.replaceAll(REDACTED, '')).not.toContain(bare);
      }),
    );
  });

  it('leaves other text alone and changes nothing twice', () => {
    fc.assert(
      fc.property(fc.string(), secretText, (text, secret) => {
        const once = redact(text, [secret]);
        expect(redact(once, [secret])).toBe(once);
      }),
    );
    const harmless = 'GET /v2/members?limit=1000 answered 200; password authentication failed for user "x"';
    expect(redact(harmless, ['hunter22'])).toBe(harmless);
  });

  it('prefers the longest, and ignores what is too short to be a secret', () => {
    expect(redact('hunter22-and-more hunter22', ['hunter22', 'hunter22-and-more'])).toBe(
      `${REDACTED} ${REDACTED}`,
    );
    expect(redact('a, b, abc', ['', 'a', 'abc'])).toBe('a, b, abc');
  });

  it('of any length, and as much of a long one as is there', () => {
    for (const length of [300, 5000, 100_000, 2_000_000]) {
      const secret = Array.from({ length: Math.ceil(length / 8) }, (_, i) =>
        (i * 7919).toString(36).padStart(8, 'q'),
      ).join('');
      expect(redact(`a ${secret} b ${encodeURIComponent(secret)} c`, [secret])).toBe(
        `a ${REDACTED} b ${REDACTED} c`,
      );
      // A text that was cut.
      expect(redact(`a ${secret.slice(0, length / 2)}… b`, [secret])).toBe(`a ${REDACTED}… b`);
      expect(
        redact(
          `a ${Buffer.from(secret)
            .toString('base64')
            .slice(0, length / 2)}`,
          [secret],
        ),
      ).toBe(`a ${REDACTED}`);
    }
  });

  it('of several lines: as a whole, on one line, and each line', () => {
    const secret = '-----BEGIN KEY-----\nMIIEvQIBADANBgkq\r\nhkiG9w0BAQEFAASC\n-----END KEY-----\n';
    for (const text of [
      secret,
      secret.replace(/\s+/g, ' '),
      JSON.stringify(secret),
      JSON.stringify(JSON.stringify(secret)),
      encodeURIComponent(secret),
      secret.split('\n').join("' +\n  '"),
      'the line MIIEvQIBADANBgkq is wrong',
    ]) {
      const result = redact(text, [secret]);
      expect(result).toContain(REDACTED);
      expect(result).not.toMatch(/MIIEvQ|hkiG9w/);
    }
  });

  it('as a page of HTML has them, and where two of them overlap', () => {
    expect(redact('<b>a&amp;b&lt;c&quot;d</b>', ['a&b<c"d'])).toBe(`<b>${REDACTED}</b>`);
    expect(redact('x abcdefgh y', ['abcdef', 'defgh'])).toBe(`x ${REDACTED} y`);
  });

  it('notices that the secrets changed', () => {
    const secrets = ['first-secret'];
    expect(redact('second-secret', secrets)).toBe('second-secret');
    secrets.push('second-secret');
    expect(redact('second-secret', secrets)).toBe(REDACTED);
  });
});

describe('what looks like a secret', () => {
  const cases: [text: string, redacted: string][] = [
    ['Authorization: Bearer abc.def-_~+/=', 'Authorization: Bearer [redacted]'],
    ['authorization: basic dXNlcjpwYXNz, then', 'authorization: basic [redacted], then'],
    ['{"access_token":"a b","expires_in":3600}', '{"access_token":[redacted],"expires_in":3600}'],
    ['{"refresh_token": "a\\"b", "x": 1}', '{"refresh_token": [redacted], "x": 1}'],
    [
      '{"body":"{\\"access_token\\":\\"abc\\",\\"x\\":1}"}',
      '{"body":"{\\"access_token\\":[redacted],\\"x\\":1}"}',
    ],
    ['{"access_token":"cut off he', '{"access_token":[redacted]'],
    ["{ clientSecret: 'abc def' }", '{ clientSecret: [redacted] }'],
    [
      'grant_type=client_credentials&client_secret=abc&x=1',
      'grant_type=client_credentials&client_secret=[redacted]&x=1',
    ],
    ['password=abc; user=u', 'password=[redacted]; user=u'],
    ['X-Sigma-OAuth-Overrides: {"c":"t", "d": "u"}\nnext', 'X-Sigma-OAuth-Overrides: [redacted]\nnext'],
    ['postgres://u:p@h/d', 'postgres://u:[redacted]@h/d'],
    ['at postgresql://u:p@s/s:x@h:5432/d failed', 'at postgresql://u:[redacted]@h:5432/d failed'],
    ['proxy http://u:pw@proxy:3128', 'proxy http://u:[redacted]@proxy:3128'],
    ['postgres://u:a?b#c@h/d', 'postgres://u:[redacted]@h/d'],
    ['proxy http://u:p:w@proxy:3128/x', 'proxy http://u:[redacted]@proxy:3128/x'],
    ['proxy http://u:p/w@proxy:3128', 'proxy http://u:[redacted]@proxy:3128'],
    ['http://a:b@c,https://d:e@f/g', 'http://a:[redacted]@c,https://d:[redacted]@f/g'],
    [`postgres://u:${'p'.repeat(5000)}@h/d`, 'postgres://u:[redacted]@h/d'],
    [`https://u:${'p'.repeat(5000)}@h/d`, 'https://u:[redacted]@h/d'],
    ['see https://h:8080/a/b?c=d@e', 'see https://h:8080/a/b?c=d@e'],
    ['postgres://u@h:5432/d and https://h:443/a@b', 'postgres://u@h:5432/d and https://h:443/a@b'],
  ];
  it.each(cases)('%s', (text, redacted) => expect(redact(text, [])).toBe(redacted));

  it('stays fast on hostile text', () => {
    const texts = [
      'password=',
      '"password":"',
      'Bearer ',
      'postgres://u:',
      '\\',
      'a://',
      'a.',
      'password=\\',
      'password=\\\\"',
      'postgres://u:p@',
      'a://b:c',
      'a://b:c@',
      'aaaaaaaa',
      ' @',
    ].map((part) => part.repeat(100_000));
    const started = performance.now();
    for (const text of texts) redact(text, ['hunter22', 'aaaa', 'a'.repeat(1000), `${'a'.repeat(500)}b`]);
    expect(performance.now() - started).toBeLessThan(60_000);
  });

  it('never throws', () => {
    const odd = ['\ud800', '\0', 'a'.repeat(4_000_000), `"password":"${'x'.repeat(4_000_000)}`];
    for (const text of odd) for (const secret of odd) expect(typeof redact(text, [secret])).toBe('string');
    expect(redact(undefined as unknown as string, ['abcdef'])).toBe(REDACTED);
  });
});
