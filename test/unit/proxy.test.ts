import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { proxyFor } from '../../src/core/proxy.ts';
import { openHttp } from '../../src/sigma/http.ts';

const https = new URL('https://aws-api.sigmacomputing.com/v2');
const http = new URL('http://aws-api.sigmacomputing.com/v2');
const via = (env: Record<string, string>, url = https) => proxyFor(url, env)?.uri;

describe('the variables of a proxy', () => {
  it('are read small before large, and an empty one is none', () => {
    expect(via({})).toBeUndefined();
    expect(via({ HTTPS_PROXY: 'http://b:1' })).toBe('http://b:1');
    expect(via({ https_proxy: 'http://a:1', HTTPS_PROXY: 'http://b:1' })).toBe('http://a:1');
    expect(via({ https_proxy: '', HTTPS_PROXY: 'http://b:1' })).toBe('http://b:1');
    expect(via({ https_proxy: ' ', HTTPS_PROXY: '', all_proxy: '', ALL_PROXY: 'http://c:1' })).toBe(
      'http://c:1',
    );
    expect(via({ all_proxy: 'http://c:1', HTTPS_PROXY: 'http://b:1' })).toBe('http://b:1');
    expect(via({ all_proxy: 'http://c:1', ALL_PROXY: 'http://d:1' })).toBe('http://c:1');
  });

  it('are those of the scheme', () => {
    expect(via({ http_proxy: 'http://a:1' })).toBeUndefined();
    expect(via({ http_proxy: 'http://a:1' }, http)).toBe('http://a:1');
    expect(via({ HTTP_PROXY: 'http://a:1' }, http)).toBeUndefined();
    expect(via({ HTTPS_PROXY: 'http://a:1' }, http)).toBeUndefined();
    expect(via({ ALL_PROXY: 'http://a:1' }, http)).toBe('http://a:1');
  });
});

describe('the address of a proxy', () => {
  it.each([
    ['proxy.example:3128', 'http://proxy.example:3128'],
    ['proxy.example', 'http://proxy.example:1080'],
    ['http://proxy.example', 'http://proxy.example:1080'],
    ['http://proxy.example:80', 'http://proxy.example'],
    ['http://proxy.example:8080/', 'http://proxy.example:8080'],
    ['HTTP://proxy.example:8080', 'http://proxy.example:8080'],
    ['https://proxy.example', 'https://proxy.example'],
    ['https://proxy.example:8443', 'https://proxy.example:8443'],
    ['socks5h://proxy.example:1080', 'socks5://proxy.example:1080'],
    ['socks5://proxy.example', 'socks5://proxy.example:1080'],
    ['10.0.0.1:8080', 'http://10.0.0.1:8080'],
    ['[::1]:8080', 'http://[::1]:8080'],
    ['  proxy.example:3128 ', 'http://proxy.example:3128'],
  ])('%s', (value, expected) => {
    expect(via({ HTTPS_PROXY: value })).toBe(expected);
  });

  it.each([
    ['ann:secret@proxy:1', 'ann:secret'],
    ['http://ann:s%40cr%2Fet@proxy:1', 'ann:s@cr/et'],
    ['http://ann:s@cr/et@proxy:1', 'ann:s@cr/et'],
    ['http://ann:100%@proxy:1', 'ann:100%'],
    ['http://ann@proxy:1', 'ann:'],
  ])('with user and password: %s', (value, expected) => {
    const proxy = proxyFor(https, { HTTPS_PROXY: value });
    expect(proxy).toMatchObject({ uri: 'http://proxy:1', label: 'http://proxy:1' });
    expect(Buffer.from(proxy?.authorization?.replace('Basic ', '') ?? '', 'base64').toString()).toBe(
      expected,
    );
  });

  it.each([
    'ftp://u:s3cret@proxy',
    'socks4://u:s3cret@proxy',
    'http://u:s3cret@',
    'http://u:s3cret@a b',
    '://s3cret',
    'u:s3cret@proxy:port',
  ])('that can not be used is named by its variable and not repeated: %s', (value) => {
    const fails = () => proxyFor(https, { HTTPS_PROXY: value });
    expect(fails).toThrow('environment variable HTTPS_PROXY');
    expect(fails).not.toThrow('s3cret');
  });
});

describe('no_proxy', () => {
  const exempt = (entries: string, url: string): boolean =>
    proxyFor(new URL(url), { ALL_PROXY: 'http://proxy:1', no_proxy: entries }) === undefined;

  it.each([
    ...[
      '*',
      'example.com',
      '.example.com',
      'EXAMPLE.com',
      'other,example.com',
      'other example.com',
      'example.com.',
    ],
    ...['api.example.com', '*.example.com', 'example.com:443', ' , example.com ,'],
  ])('names the host: %s', (entries) => {
    expect(exempt(entries, 'https://api.example.com')).toBe(true);
    expect(exempt(entries, 'https://API.example.com./x')).toBe(true);
  });

  it.each([
    ...[
      '',
      ',',
      'ample.com',
      'notexample.com',
      'pi.example.com',
      'example.com:80',
      'com.example',
      '*.api.example.com',
    ],
    ...['10.0.0.0/8', '.', '[::1]'],
  ])('does not: %j', (entries) => {
    expect(exempt(entries, 'https://api.example.com')).toBe(false);
  });

  it.each([
    ['10.1.2.3', 'https://10.1.2.3', true],
    ['10.0.0.0/8', 'https://10.1.2.3', true],
    ['10.0.0.0/8', 'https://11.1.2.3', false],
    ['10.1.2.3/32', 'https://10.1.2.4', false],
    ['2.3', 'https://10.1.2.3', false],
    ['::1', 'https://[::1]:8443', true],
    ['[fe80::1]', 'https://[fe80::1]', true],
    ['fe80::/10', 'https://[fe80::1]', true],
    ['[fe80::1]:443', 'https://[fe80::1]:8443', false],
    ['10.0.0.0/99', 'https://10.0.0.0', true],
    ['10.0.0.0/x', 'https://10.0.0.0', false],
  ])('%s has %s: %s', (entries, url, expected) => {
    expect(exempt(entries, url)).toBe(expected);
  });

  it('written small goes before the large one, unless it is empty', () => {
    const both = { ALL_PROXY: 'http://proxy:1', NO_PROXY: '*' };
    expect(proxyFor(https, { ...both, no_proxy: 'x' })).toBeDefined();
    expect(proxyFor(https, { ...both, no_proxy: '' })).toBeUndefined();
  });
});

describe('through a proxy', () => {
  const open: { close(): unknown }[] = [];
  afterEach(async () => {
    vi.unstubAllEnvs();
    for (const one of open.splice(0)) await one.close();
  });

  async function startProxy(seen: string[]): Promise<string> {
    const server: Server = createServer((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? 'nobody'}`);
      response.end('{"ok":true}');
    });
    server.on('connect', (request, socket) => {
      seen.push(`CONNECT ${request.url} ${request.headers['proxy-authorization'] ?? 'nobody'}`);
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    open.push(server);
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('requests go, with its credentials, and its refusal is told as its own', async () => {
    const seen: string[] = [];
    const host = await startProxy(seen);
    vi.stubEnv('no_proxy', '');
    vi.stubEnv('NO_PROXY', '');
    vi.stubEnv('http_proxy', `ann:s3cret@${host}`);
    vi.stubEnv('https_proxy', `ann:s3cret@${host}`);
    const basic = `Basic ${Buffer.from('ann:s3cret').toString('base64')}`;
    const get = async (address: string) => {
      const base = new URL(address);
      const client = openHttp(base, { timeoutMs: 5000, connections: 1 });
      open.push(client);
      return client.send({ method: 'GET', url: new URL('/v2/whoami', base), headers: {} });
    };
    expect((await get('http://sigma.example')).text).toBe('{"ok":true}');
    const refusal = await get('https://sigma.example').catch((error: unknown) => error);
    expect(seen).toEqual([
      `GET http://sigma.example/v2/whoami ${basic}`,
      `CONNECT sigma.example:443 ${basic}`,
    ]);
    expect((refusal as Error).message).toBe(
      `the proxy asks for a user and a password, or rejects those it has (through the proxy http://${host})`,
    );
  });

  it('this machine is not asked', async () => {
    const seen: string[] = [];
    const host = await startProxy(seen);
    vi.stubEnv('http_proxy', 'http://127.0.0.1:1');
    const client = openHttp(new URL(`http://${host}`), { timeoutMs: 5000, connections: 1 });
    open.push(client);
    await client.send({ method: 'GET', url: new URL(`http://${host}/x`), headers: {} });
    expect(seen).toEqual(['GET /x nobody']);
  });
});
