/** Addresses as psql takes them, and what is refused with its reason. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { databasePasswords } from '../../src/config/database-url.ts';
import { readAddress } from '../../src/core/database/address.ts';
import { ConfigError } from '../../src/core/errors.ts';

const read = (text: string, env: NodeJS.ProcessEnv = {}) => readAddress(text, 'DATABASE_URL', env);

describe('an address', () => {
  it.each([
    ['postgres://u:p@h:6543/d', { user: 'u', password: 'p', host: 'h', port: 6543, database: 'd' }],
    ['postgresql://u@/d?host=/var/run/pg', { user: 'u', host: '/var/run/pg', database: 'd' }],
    [
      'postgres://u:p@/d?host=/s&port=5433',
      { user: 'u', password: 'p', host: '/s', port: 5433, database: 'd' },
    ],
    ['postgres://%2Fvar%2Frun%2Fpg/d', { host: '/var/run/pg', database: 'd' }],
    ['postgres://u@h/team%2Fdata', { host: 'h', database: 'team/data' }],
    ['postgres://u@[::1]:5433/d', { host: '::1', port: 5433 }],
    ['postgres://h/d?user=a%40b&password=p%26q', { user: 'a@b', password: 'p&q' }],
    ['postgres://h?dbname=d', { host: 'h', database: 'd' }],
    ['postgres://h/d?options=-c%20work_mem%3D1MB', { options: '-c work_mem=1MB' }],
    ['postgres://h/d?options=-c+work_mem%3D1MB', { options: '-c work_mem=1MB' }],
    ['postgres://h/d?password=a+b', { password: 'a+b' }],
    ['postgres://h/d?connect_timeout=3', { connectionTimeoutMillis: 3000 }],
    ['postgres://h/d?channel_binding=require', { enableChannelBinding: true }],
    ['postgres://h/d?application_name=x', { application_name: 'x' }],
    ['postgres://h/d?pgbouncer=true&connection_limit=1', { host: 'h', database: 'd' }],
  ])('%s', (text, parts) => expect(read(text)).toMatchObject(parts));

  it('leaves to the variables of psql what it does not say', () => {
    const address = read('postgres://', { PGHOST: 'h', PGDATABASE: 'd' });
    for (const part of ['host', 'port', 'user', 'password', 'database'] as const)
      expect(address).not.toHaveProperty(part);
    expect(address.label).toBe('h:5432/');
    expect(read('postgres://h/d', { PGHOSTADDR: '10.0.0.1', PGSSLMODE: 'require' })).toMatchObject({
      host: '10.0.0.1',
      ssl: { servername: 'h' },
    });
  });

  it('does not pass over a service file', () => {
    expect(() => read('postgres:///d', { PGSERVICE: 'prod' })).toThrow(/PGSERVICE is set/);
    expect(read('postgres://h/d', { PGSERVICE: 'prod' }).host).toBe('h');
  });

  it.each([
    ['postgres://a:1,b:2/d', /names several hosts/],
    ['postgres://h/d?host=a,b', /names several hosts/],
    ['postgres://h/d?service=prod', /has service/],
    ['postgres://h/d?sslmode=maybe', /has an sslmode that is none/],
    ['postgres://h:99999/d', /its port is not a number/],
    ['postgres://h/d?port=x', /its port is not a number/],
    [
      'postgres://h/d?sslrootcert=/nowhere.pem',
      /names a TLS file that can't be read \(\/nowhere.pem: ENOENT\)/,
    ],
    ['postgres://h/d?uselibpqcompat=true&sslmode=verify-ca', /sslmode=verify-ca without sslrootcert/],
    ['postgres://u:p@ss@h/d', /is not a well-formed URL/],
    ['postgres://u:p/ss@h/d', /is not a well-formed URL/],
    ['postgres://u:p%zz@h/d', /is not a well-formed URL/],
  ])('%s is refused with its reason', (text, reason) => {
    expect(() => read(text)).toThrow(reason);
    expect(() => read(text)).toThrow(ConfigError);
  });

  it('never repeats a password, however it is written', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 6 }), (password) => {
        for (const text of [
          `postgres://u:${password}@h:1,i/d`,
          `postgres://u:${password}@h/d?sslmode=none`,
        ]) {
          try {
            read(text);
          } catch (error) {
            expect(String(error)).not.toContain(password);
          }
        }
      }),
    );
    expect(databasePasswords('postgres://u:secret%21@/d?host=/s')).toEqual(['secret%21', 'secret!']);
  });
});

describe('TLS', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'address-'));
    writeFileSync(join(folder, 'ca.pem'), 'the CA');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['', false],
    ['sslmode=disable', false],
    ['sslmode=require', {}],
    ['sslmode=verify-ca', {}],
    ['sslmode=verify-full', {}],
    ['ssl=true', {}],
    ['sslmode=no-verify', { rejectUnauthorized: false }],
    ['sslmode=require&uselibpqcompat=true', { rejectUnauthorized: false }],
    ['sslmode=verify-full&uselibpqcompat=true', {}],
    ['sslmode=require&ssl_min_protocol_version=TLSv1.3', { minVersion: 'TLSv1.3' }],
  ])('?%s', (query, ssl) => {
    const warn = vi.spyOn(process, 'emitWarning');
    expect(read(`postgres://h/d?${query}`).ssl).toEqual(ssl);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it('knows whose certificates to trust', () => {
    const url = `postgres://h/d?sslrootcert=${encodeURIComponent(join(folder, 'ca.pem'))}`;
    expect(read(url).ssl).toEqual({ ca: 'the CA' });
    expect(read(`${url}&sslmode=require`).ssl).toEqual({ ca: 'the CA' });
    // As psql has it, any name will do where the authority is one's own.
    expect(read(`${url}&sslmode=require&uselibpqcompat=true`).ssl).toEqual({
      ca: 'the CA',
      checkServerIdentity: expect.any(Function),
    });
    expect(read('postgres://h/d?sslrootcert=system').ssl).toEqual({ ca: expect.any(Array) });
  });
});
