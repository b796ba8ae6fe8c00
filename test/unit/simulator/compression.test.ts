import { type IncomingHttpHeaders, request as rawRequest } from 'node:http';
import * as zlib from 'node:zlib';
import { describe, expect, it, test } from 'vitest';
import { COMPRESSION, ENCODINGS, encodingFor, negotiated } from '../../../simulator/http/compression.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../../simulator/server.ts';

const DECODERS = {
  gzip: zlib.gunzipSync,
  br: zlib.brotliDecompressSync,
  zstd: zlib.zstdDecompressSync,
} as const;

async function open(options: SimulatorOptions = {}) {
  const simulator = await startSimulator({ organization: { seed: 3, workbooks: 40 }, ...options });
  const form = new URLSearchParams({
    ...{ grant_type: 'client_credentials', client_id: simulator.clientId },
    client_secret: simulator.clientSecret,
  });
  const answer = await fetch(`${simulator.url}/v2/auth/token`, { method: 'POST', body: form });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  return { simulator, token };
}

interface Reply {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Bytes as they come: `fetch` would decompress them. */
function get(simulator: Simulator, token: string, path: string, accepted?: string): Promise<Reply> {
  return new Promise((done, fail) => {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(accepted === undefined ? {} : { 'accept-encoding': accepted }),
    };
    const asked = rawRequest(simulator.url + path, { headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', fail);
      response.on('end', () =>
        done({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    asked.on('error', fail).end();
  });
}

describe('the coding of an answer', () => {
  it.each<[string, string | undefined]>([
    ['', undefined],
    ['identity', undefined],
    ['gzip', 'gzip'],
    ['x-gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['deflate', undefined],
    ['gzip, deflate, br', 'br'],
    ['gzip, br, zstd', 'zstd'],
    ['zstd;q=0.5, br;q=0.8, gzip;q=0.7', 'br'],
    ['zstd, br;q=0.9, gzip;q=0.8', 'zstd'],
    ['gzip ; q = 1.000 , br;q=0.999', 'gzip'],
    ['*', 'zstd'],
    ['*;q=0.5, gzip', 'gzip'],
    ['*, zstd;q=0', 'br'],
    ['gzip;q=0', undefined],
    ['gzip;q=0.000', undefined],
    ['gzip;q=abc', undefined],
    ['gzip;q=2', undefined],
    ['identity, gzip;q=0.5', undefined],
    ['identity;q=0.5, gzip', 'gzip'],
    ['identity;q=0, gzip;q=0.1', 'gzip'],
  ])('is negotiated by weight: %j', (accepted, expected) => {
    expect(negotiated(ENCODINGS, accepted)).toBe(expected);
  });

  it('is of those that are offered', () => {
    expect(negotiated(['gzip'], 'zstd, br;q=0.9, gzip;q=0.8')).toBe('gzip');
    expect(negotiated([], 'gzip')).toBeUndefined();
  });

  it.each<[number, string, number | undefined, string | undefined]>([
    [200, 'application/json; charset=utf-8', 50, 'gzip'],
    [200, 'application/json; charset=utf-8', 49, undefined],
    [404, 'text/html; charset=UTF-8', 500, 'gzip'],
    [503, 'text/html; charset=UTF-8', 500, undefined],
    [204, 'application/json', 0, undefined],
    [200, 'text/csv; charset=utf-8', undefined, undefined],
    [200, 'application/json', undefined, 'gzip'],
    [200, 'application/pdf', undefined, undefined],
    [200, '', 500, undefined],
  ])('is for status %i, %s, %s bytes: %s', (status, type, size, expected) => {
    const answer = { status, headers: { 'content-type': type } };
    expect(encodingFor(COMPRESSION, { 'accept-encoding': 'gzip' }, answer, size)).toBe(expected);
  });
});

test.each(ENCODINGS)(
  'an answer in %s is the one that comes plain, and the wire is counted',
  async (encoding) => {
    const { simulator, token } = await open();
    await using _ = simulator;
    const { counters } = simulator;
    const sentFor = async (accepted?: string): Promise<Reply & { sent: number }> => {
      counters.reset();
      const reply = await get(simulator, token, '/v2/workbooks?limit=1000', accepted);
      await expect.poll(() => counters.bytesSent).toBeGreaterThan(0);
      return { ...reply, sent: counters.bytesSent };
    };
    const plain = await sentFor();
    expect(plain.headers['content-encoding']).toBeUndefined();
    const packed = await sentFor(encoding);
    expect(packed.headers).toMatchObject({ 'content-encoding': encoding, vary: 'accept-encoding' });
    expect(Number(packed.headers['content-length'])).toBe(packed.body.length);
    expect(DECODERS[encoding](packed.body).equals(plain.body)).toBe(true);
    expect(packed.body.length).toBeLessThan(plain.body.length * 0.35);
    for (const { sent, body } of [plain, packed]) {
      expect(sent).toBeGreaterThan(body.length);
      expect(sent).toBeLessThan(body.length + 400);
    }
    expect(counters.bytesReceived).toBeGreaterThan(token.length);
    counters.reset();
    expect([counters.bytesSent, counters.bytesReceived]).toEqual([0, 0]);
  },
);

test('nothing is compressed where that is switched off, and CSV only where it is switched on', async () => {
  const off = await open({ compression: { encodings: [] } });
  await using _ = off.simulator;
  const { headers } = await get(off.simulator, off.token, '/v2/workbooks', 'gzip, br, zstd');
  expect(headers['content-encoding']).toBeUndefined();
  const csv = { status: 200, headers: { 'content-type': 'text/csv' } };
  const accepted = { 'accept-encoding': 'br' };
  expect(encodingFor({ ...COMPRESSION, files: true }, accepted, csv, undefined)).toBe('br');
});

test('an answer that is cut is a connection that breaks', async () => {
  const { simulator, token } = await open();
  await using _ = simulator;
  simulator.faults.inject({ kinds: ['cut'], times: 1 });
  await expect(get(simulator, token, '/v2/workbooks', 'gzip')).rejects.toThrow('aborted');
  expect((await get(simulator, token, '/v2/workbooks', 'gzip')).status).toBe(200);
});
