import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizeBaseUrl } from '../../src/config/base-url.ts';
import { checkDatabaseUrl, databasePasswords } from '../../src/config/database-url.ts';
import { REGIONS } from '../../src/config/regions.ts';

describe('normalizeBaseUrl', () => {
  it('gives the origin whatever ends the URL, and leaves its own result alone', () => {
    const origin = fc.constantFrom(
      ...Object.values(REGIONS),
      'https://localhost:8443',
      'http://127.0.0.1:9000',
    );
    const end = fc.constantFrom('', '/', '/v2', '/v2/', ' ', '/v2/ \n');
    fc.assert(
      fc.property(origin, end, (base, suffix) => {
        expect(normalizeBaseUrl(base + suffix)).toBe(base);
        expect(normalizeBaseUrl(normalizeBaseUrl(base + suffix))).toBe(base);
      }),
    );
  });

  it.each([
    'http://localhost',
    'http://localhost:80/v2',
    'http://127.1',
    'http://127.9.9.9:1',
    'http://[::1]:3000/',
  ])('accepts plain http to this machine: %s', (url) => expect(normalizeBaseUrl(url)).toMatch(/^http:/));

  it.each([
    'http://api.sigmacomputing.com',
    'http://127.0.0.1.example.com',
    'http://localhost.example.com',
    'http://10.0.0.1',
  ])('refuses plain http elsewhere unless allowed: %s', (url) => {
    expect(() => normalizeBaseUrl(url)).toThrow('would send the credentials unencrypted');
    expect(normalizeBaseUrl(url, { allowHttp: true })).toBe(url);
  });

  it.each([
    '',
    'api.sigmacomputing.com',
    'localhost:3000',
    'ftp://api.sigmacomputing.com',
    'https:api.sigmacomputing.com',
    'https://',
    'https://api.sigmacomputing.com/v3',
    'https://api.sigmacomputing.com/v2/members',
    'https://api.sigmacomputing.com?x=1',
    'https://api.sigmacomputing.com#x',
    'https://user@api.sigmacomputing.com',
    'https://user:12/34@api.sigmacomputing.com',
    'https://user:12#34@api.sigmacomputing.com',
    'https://user:12\\34@api.sigmacomputing.com',
    'https://api.sigma\ncomputing.com',
  ])('refuses "%s"', (url) => expect(() => normalizeBaseUrl(url, { name: 'URL' })).toThrow(/^URL must/));
});

describe('checkDatabaseUrl', () => {
  it.each([
    'postgres://h',
    'postgresql://u:p@h:5432/d?sslmode=require',
    'postgres:///d?host=/tmp',
    'postgres://u@[::1]/d',
  ])('accepts %s', (url) => expect(() => checkDatabaseUrl(url)).not.toThrow());

  it.each([
    '',
    'h/d',
    'mysql://h/d',
    'postgres:h',
    'postgres://h:99999/d',
    'postgres://u:a/b@h/d',
    'postgres://u:%@h/d',
    'postgres://h/my db',
  ])('refuses "%s"', (url) =>
    expect(() => checkDatabaseUrl(url, 'DATABASE_URL')).toThrow(/^DATABASE_URL (must|is not)/),
  );

  it('refuses whatever stands unencoded in user or password, unless there is only one way to read it', () => {
    const special = fc.constantFrom('@', '#', '?', '/', '%', '\\', ' ', '\n', '%00');
    const word = fc.stringMatching(/^[a-z0-9]{0,6}$/);
    const credentials = fc.tuple(word, special, word).map((parts) => parts.join(''));
    const whole = fc.oneof(
      credentials.map((password) => `app:${password}`),
      credentials.map((user) => `${user}:secret`),
      credentials.map((user) => user),
      fc.tuple(credentials, credentials).map((parts) => parts.join(':')),
    );
    const end = fc.constantFrom('/db', '', ':5432/db?sslmode=require');
    fc.assert(
      fc.property(whole, end, (written, rest) => {
        // `%` and two digits is an encoded character.
        fc.pre(!/%(?!00)[0-9a-f]{2}/i.test(written));
        expect(() => checkDatabaseUrl(`postgres://${written}@host${rest}`)).toThrow(
          /^database\.url is not a well-formed URL \(its text is not shown because it may hold a password\)\.$/,
        );
      }),
    );
    expect(() => checkDatabaseUrl('postgres://app:one:two@host/db')).not.toThrow();
    expect(() => checkDatabaseUrl('postgres://host/db?password=one#two')).toThrow('well-formed');
    expect(() => checkDatabaseUrl('postgres://host/db?user=me@corp')).toThrow('well-formed');
    expect(() => checkDatabaseUrl('postgres://host/db?user=me%40corp')).not.toThrow();
  });

  it('finds the password in both its forms', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (password) => {
        const url = `postgres://u:${encodeURIComponent(password)}@h/d`;
        checkDatabaseUrl(url);
        expect(databasePasswords(url)).toContain(password);
        expect(databasePasswords(url)).toContain(encodeURIComponent(password));
      }),
    );
    expect(databasePasswords('postgres://u@h/d')).toEqual([]);
    expect(databasePasswords('postgres://h/d?user=u&password=pp')).toEqual(['pp']);
  });
});
