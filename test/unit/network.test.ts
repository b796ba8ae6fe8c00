/** The meaning of a network failure, by the names that Node really gives, and which hosts are this machine. */
import { once } from 'node:events';
import { type AddressInfo, createServer as createPlainServer } from 'node:net';
import { connect, createServer } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { describeError } from '../../src/core/errors.ts';
import { EventBus } from '../../src/core/events/bus.ts';
import { codeOf, isLocalhost, isLoopback, networkFailure } from '../../src/core/network.ts';
import { sendHttp } from '../../src/operations/alerts/send-http.ts';
import { openSigmaClient } from '../../src/sigma/client.ts';
import { openHttp, TransportError } from '../../src/sigma/http.ts';
import { DEFAULT_RETRY } from '../../src/sigma/retry.ts';
import { type Certified, certificate } from '../support/certificates.ts';
import { fakeClock } from '../support/fake-clock.ts';

const NOW = Date.now();
const DAY = 24 * 3_600_000;
const AUTHORITY = certificate('an authority');

/** Runs `work` with the port of a server that shows a certificate. */
async function through<T>({ cert, keyPem }: Certified, work: (port: number) => Promise<T>): Promise<T> {
  const server = createServer({ cert, key: keyPem }, (socket) => socket.end());
  server.on('tlsClientError', () => undefined);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    return await work((server.address() as AddressInfo).port);
  } finally {
    server.close();
  }
}

/** Why a handshake as `localhost` fails. */
async function handshake(port: number, options: { ca?: string; maxVersion?: 'TLSv1.2' } = {}) {
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ...options });
  try {
    await once(socket, 'secureConnect');
    return undefined;
  } catch (error) {
    return error;
  } finally {
    socket.destroy();
  }
}

describe('a certificate that is not accepted', () => {
  const signed = { host: 'localhost', issuer: AUTHORITY };
  it.each([
    ['is its own voucher', certificate('a', { host: 'localhost' }), 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['has an issuer that nobody knows', certificate('b', signed), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ])('%s', async (_, certified, code) => {
    const error = await through(certified, (port) => handshake(port));
    expect([codeOf(error), networkFailure(error)]).toEqual([code, 'tls']);
  });

  it.each([
    [
      'has expired',
      { ...signed, from: new Date(NOW - 9 * DAY), until: new Date(NOW - DAY) },
      'CERT_HAS_EXPIRED',
    ],
    [
      'is for later',
      { ...signed, from: new Date(NOW + DAY), until: new Date(NOW + 9 * DAY) },
      'CERT_NOT_YET_VALID',
    ],
    ['is for another host', { ...signed, host: 'other.example' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ])('%s', async (_, options, code) => {
    const error = await through(certificate('c', options), (port) => handshake(port, { ca: AUTHORITY.cert }));
    expect([codeOf(error), networkFailure(error)]).toEqual([code, 'tls']);
  });

  it('and one that is good are told apart', async () => {
    const good = certificate('d', signed);
    expect(await through(good, (port) => handshake(port, { ca: AUTHORITY.cert }))).toBeUndefined();
  });

  it('means the same to the API client and to alerts', async () => {
    await through(certificate('e', signed), async (port) => {
      const url = new URL(`https://localhost:${port}/`);
      const http = openHttp(url, { timeoutMs: 2000, connections: 1 });
      const failed = await http.send({ method: 'GET', url, headers: {} }).catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(TransportError);
      expect(failed).toMatchObject({
        failure: 'tls',
        message: 'the TLS connection failed (UNABLE_TO_VERIFY_LEAF_SIGNATURE)',
      });
      await http.close();
      await expect(sendHttp(url, {}, 2000)).rejects.toThrow(
        'The certificate of the receiver is not trusted (UNABLE_TO_VERIFY_LEAF_SIGNATURE).',
      );
    });
  });

  it('is not asked for again, and the advice says what to do', async () => {
    await through(certificate('f', signed), async (port) => {
      const events = new EventBus();
      const attempts: unknown[] = [];
      events.on('http.request', (request) => attempts.push(request));
      const client = openSigmaClient({
        ...{
          baseUrl: `https://localhost:${port}`,
          credentials: () => ({ clientId: 'i', clientSecret: 's' }),
        },
        ...{ events, clock: fakeClock(), concurrency: 1, timeoutMs: 5000, retry: DEFAULT_RETRY },
      });
      const error = await client.get('/v2/whoami').catch((failure: unknown) => failure);
      await client.close();
      expect(describeError(error)).toMatch(/UNABLE_TO_VERIFY_LEAF_SIGNATURE.*NODE_EXTRA_CA_CERTS/);
      expect(attempts).toHaveLength(1);
    });
  });
});

describe('a failure', () => {
  it('is of TLS where the other side does not speak it', async () => {
    const server = createPlainServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const error = await handshake((server.address() as AddressInfo).port);
    server.close();
    expect([codeOf(error), networkFailure(error)]).toEqual(['ERR_SSL_WRONG_VERSION_NUMBER', 'tls']);
  });

  it.each([
    ['ECONNREFUSED', 'refused'],
    ['ENOTFOUND', 'dns'],
    ['EAI_AGAIN', 'dns'],
    ['ETIMEDOUT', 'timeout'],
    ['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
    ['UND_ERR_HEADERS_TIMEOUT', 'timeout'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'tls'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls'],
    ['INVALID_CA', 'tls'],
    // A key that is too weak.
    ['UNSPECIFIED', 'tls'],
    ['UND_ERR_PRX_TLS', 'tls'],
    ['ECONNRESET', 'broken'],
    ['UND_ERR_SOCKET', 'broken'],
    ['', 'broken'],
  ])('with code %s is %s', (code, failure) => {
    const cause = Object.assign(new Error('it failed'), { code });
    expect(networkFailure(cause)).toBe(failure);
    expect(networkFailure(new Error('wrapped', { cause }))).toBe(failure);
    expect(networkFailure(new AggregateError([cause, new Error('another address')]))).toBe(failure);
  });

  it('is one of time where a limit of ours ran out, and broken where it is no error at all', () => {
    expect(networkFailure(new DOMException('late', 'TimeoutError'))).toBe('timeout');
    expect(networkFailure('why')).toBe('broken');
  });
});

it('this machine has a network of addresses and three usual names', () => {
  for (const host of ['localhost', 'LOCALHOST', '::1', '[::1]', '127.0.0.1', '127.9.0.2'])
    expect(isLoopback(host)).toBe(true);
  for (const host of ['127.0.0.1.example', '10.0.0.1', '::', '0.0.0.0', 'localhost.example', ''])
    expect(isLoopback(host)).toBe(false);
  for (const host of ['localhost', '127.0.0.1', '::1', '[::1]']) expect(isLocalhost(host)).toBe(true);
  for (const host of ['127.0.0.2', 'example.com', '']) expect(isLocalhost(host)).toBe(false);
});
