import { createServer, type ServerResponse } from 'node:http';
import { createSecureServer } from 'node:http2';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import * as zlib from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { describeError, LimitError, NetworkError } from '../../src/core/errors.ts';
import { openHttp } from '../../src/sigma/http.ts';
import { certificate } from '../support/certificates.ts';
import { errorOf, scriptedClient } from '../support/scripted-client.ts';
import { type SeenRequest, scriptedServer } from '../support/scripted-server.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const item of open.splice(0)) await item.close();
});

const VALUE = { entries: Array.from({ length: 300 }, (_, id) => ({ id, name: `Umsätze ${id}` })) };
const JSON_TEXT = JSON.stringify(VALUE);
const PLAIN = Buffer.from(JSON_TEXT);

const CODERS = {
  gzip: (bytes: Buffer) => zlib.gzipSync(bytes),
  br: (bytes: Buffer) =>
    zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } }),
  zstd: (bytes: Buffer) => zlib.zstdCompressSync(bytes),
  deflate: (bytes: Buffer) => zlib.deflateSync(bytes),
} as const;
const CODINGS = Object.keys(CODERS) as (keyof typeof CODERS)[];

interface Sent {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
}

/** Sends bytes as they are; in several pieces where `pieces` is more than one. */
function raw({ status = 200, headers = {}, body }: Sent, pieces = 1): (response: ServerResponse) => void {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    const step = Math.ceil(body.length / pieces) || 1;
    for (let at = 0; at < body.length; at += step) response.write(body.subarray(at, at + step));
    response.end();
  };
}

const coded = (coding: string | string[], body: Buffer, status = 200) =>
  raw({ status, headers: { 'content-encoding': coding }, body });

/** Connections to a server that answers so. */
async function connect(
  answer: (request: SeenRequest, number: number) => (response: ServerResponse) => void,
  options: Partial<Parameters<typeof openHttp>[1]> = {},
) {
  const server = await scriptedServer(answer);
  const http = openHttp(new URL(server.url), { timeoutMs: 5000, connections: 4, ...options });
  open.push(http, server);
  const url = new URL('/v2/x', server.url);
  return {
    server,
    get: () => http.send({ method: 'GET', url, headers: {} }),
    async download() {
      const answer = await http.send({ method: 'GET', url, headers: {}, streamed: true });
      const chunks: Buffer[] = [];
      for await (const chunk of answer.stream ?? []) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
    async open() {
      const { stream } = await http.send({ method: 'GET', url, headers: {}, streamed: true });
      if (stream === undefined) throw new Error('no stream');
      return stream;
    },
  };
}

/** Both ways in which a body is read. */
const WAYS = ['read whole', 'streamed'] as const;
async function readAs(way: (typeof WAYS)[number], given: Parameters<typeof connect>[0]): Promise<string> {
  const { get, download } = await connect(given);
  return way === 'streamed' ? String(await download()) : (await get()).text;
}

describe('a compressed answer', () => {
  it('is asked for', async () => {
    const { client, server } = await scriptedClient(open, () => ({ body: {} }));
    await client.get('/v2/teams');
    await client.download('/v2/query/q/download');
    await client.requestExport('/v2/workbooks/w/export', {});
    expect(server.requests).toHaveLength(4);
    for (const { headers } of server.requests) expect(headers['accept-encoding']).toBe('zstd, br, gzip');
  });

  describe.each(WAYS)('%s', (way) => {
    it.each(CODINGS)('comes out of %s', async (coding) => {
      expect(await readAs(way, () => coded(coding, CODERS[coding](PLAIN)))).toBe(JSON_TEXT);
    });

    it.each<[string, string | string[], Buffer]>([
      ['no coding', [], PLAIN],
      ['identity', 'identity', PLAIN],
      ['upper case', 'GZip', CODERS.gzip(PLAIN)],
      ['x-gzip', 'x-gzip', CODERS.gzip(PLAIN)],
      ['deflate without zlib', 'deflate', zlib.deflateRawSync(PLAIN)],
      ['two codings', 'gzip, br', CODERS.br(CODERS.gzip(PLAIN))],
      ['two headers', ['deflate', 'zstd'], CODERS.zstd(CODERS.deflate(PLAIN))],
      ['a coding and identity', ' identity ,, zstd ', CODERS.zstd(PLAIN)],
      [
        'several members of gzip',
        'gzip',
        Buffer.concat([PLAIN.subarray(0, 100), PLAIN.subarray(100)].map(CODERS.gzip)),
      ],
      ['a coding that nobody knows, of a text', 'aws-chunked', PLAIN],
      ['a name of a property', 'constructor', PLAIN],
      ['gzip that somebody undid', 'gzip', PLAIN],
      ['zstd that somebody undid', 'zstd', PLAIN],
      ['nothing, as gzip', 'gzip', Buffer.alloc(0)],
      ['nothing, as br', 'br', Buffer.alloc(0)],
      ['nothing, as zstd', 'zstd', Buffer.alloc(0)],
      ['nothing, as deflate', 'deflate', Buffer.alloc(0)],
    ])('is read with %s', async (_, coding, body) => {
      expect(await readAs(way, () => coded(coding, body))).toBe(body.length === 0 ? '' : JSON_TEXT);
    });

    it('is read where it comes byte by byte', async () => {
      for (const coding of CODINGS) {
        const headers = { 'content-encoding': coding };
        const body = CODERS[coding](Buffer.from('{"a":1}'));
        expect(await readAs(way, () => raw({ headers, body }, body.length))).toBe('{"a":1}');
      }
    });

    const broken: [string, string, Buffer][] = [
      ...CODINGS.flatMap((coding): [string, string, Buffer][] => {
        const whole = CODERS[coding](PLAIN);
        return [
          [`half of ${coding}`, coding, whole.subarray(0, whole.length >> 1)],
          [`${coding} without its last byte`, coding, whole.subarray(0, -1)],
          [`the beginning of ${coding}`, coding, whole.subarray(0, 30)],
          [`${coding} with something behind it`, coding, Buffer.concat([whole, Buffer.from('trash')])],
        ];
      }),
      ['br that is gzip', 'br', CODERS.gzip(PLAIN)],
      ['too many codings', 'gzip,gzip,gzip,gzip,gzip', CODERS.gzip(PLAIN)],
    ];
    it.each(broken)('is no answer: %s', async (_, coding, body) => {
      const error = await errorOf(readAs(way, () => coded(coding, body)));
      expect(error).toMatchObject({ name: 'TransportError', failure: 'broken' });
      expect(String(error)).toMatch(/the body is not (?:gzip|br|zstd|deflate), although its header says so/);
    });
  });

  it('of several frames of zstd is read whole, and never loses one where it is streamed', async () => {
    const frames = Buffer.concat([PLAIN.subarray(0, 100), PLAIN.subarray(100)].map(CODERS.zstd));
    expect(await readAs('read whole', () => coded('zstd', frames))).toBe(JSON_TEXT);
    expect(await errorOf(readAs('streamed', () => coded('zstd', frames)))).toMatchObject({
      failure: 'broken',
    });
    const many = Buffer.concat(Array.from({ length: 2000 }, () => CODERS.zstd(Buffer.from(' '))));
    expect(await errorOf(readAs('read whole', () => coded('zstd', many)))).toMatchObject({
      failure: 'broken',
    });
  });

  it('has no body with 204 and 304, whatever its headers say', async () => {
    for (const status of [204, 304]) {
      const { get } = await connect(() => coded('gzip', Buffer.alloc(0), status));
      expect(await get()).toMatchObject({ status, text: '' });
    }
  });

  it('is a file, and not unpacked, where gzip is what it is', async () => {
    const file = CODERS.gzip(PLAIN);
    for (const type of ['application/gzip', 'Application/X-GZIP; charset=binary'])
      for (const headers of [
        { 'content-type': type },
        { 'content-type': type, 'content-encoding': 'gzip' },
      ]) {
        const { download } = await connect(() => raw({ headers, body: file }));
        expect((await download()).equals(file)).toBe(true);
      }
    // A content coding on top of a compressed file comes off.
    const headers = { 'content-type': 'application/gzip', 'content-encoding': 'br' };
    const { download } = await connect(() => raw({ headers, body: CODERS.br(file) }));
    expect((await download()).equals(file)).toBe(true);
    const named = { 'content-type': 'text/csv', 'content-disposition': 'attachment; filename="a.csv.gz"' };
    const plain = await connect(() => raw({ headers: named, body: file }));
    expect((await plain.download()).equals(file)).toBe(true);
  });
});

describe('a compressed error', () => {
  const said = JSON.stringify({ message: 'no such team', code: 'not_found', requestId: 'r-1' });

  it.each(CODINGS)('is read: %s', async (coding) => {
    const { client } = await scriptedClient(open, () =>
      coded(coding, CODERS[coding](Buffer.from(said)), 404),
    );
    const error = await errorOf(client.get('/v2/teams'));
    expect(error).toMatchObject({ context: { status: 404, apiCode: 'not_found', requestId: 'r-1' } });
    expect(describeError(error)).toContain('no such team');
  });

  it('is what its status says, where its coding is broken', async () => {
    for (const coding of CODINGS) {
      const body = CODERS[coding](Buffer.from(said));
      for (const cut of [body.subarray(0, 9), Buffer.concat([body, body.subarray(0, 7)])]) {
        const { client, asked } = await scriptedClient(open, () => coded(coding, cut, 404));
        expect(await errorOf(client.get('/v2/teams'))).toMatchObject({ context: { status: 404 } });
        expect(asked()).toHaveLength(1);
      }
    }
  });

  it('is read as far as it tells something, however large it would be', async () => {
    for (const coding of CODINGS) {
      const body = CODERS[coding](Buffer.from('no '.repeat(10_000_000)));
      const { get } = await connect(() => coded(coding, body, 503));
      const { text } = await get();
      expect([text.length, text.slice(0, 6)]).toEqual([64 * 1024, 'no no ']);
    }
  });
});

describe('the bound of an answer', () => {
  const zeros = Buffer.alloc(100_000_000);

  it.each([...CODINGS, 'gzip, gzip'])(
    'holds for what comes out of %s, and memory stays flat',
    async (coding) => {
      const body = coding.split(', ').reduce((bytes, one) => CODERS[one as 'gzip'](bytes), zeros);
      expect(body.length).toBeLessThan(150_000);
      const { client, asked } = await scriptedClient(open, () => coded(coding, body), { concurrency: 8 });
      await errorOf(client.get('/v2/teams'));
      const before = process.memoryUsage.rss();
      let most = 0;
      const watch = setInterval(() => {
        most = Math.max(most, process.memoryUsage.rss() - before);
      }, 2);
      const errors = await Promise.all(Array.from({ length: 8 }, () => errorOf(client.get('/v2/teams'))));
      most = Math.max(most, process.memoryUsage.rss() - before);
      clearInterval(watch);
      for (const error of errors) {
        expect(error).toBeInstanceOf(LimitError);
        expect(describeError(error)).toMatch(/larger than 8.0 MB.*sigma\.max_answer_megabytes/);
      }
      // It can't pass at another attempt.
      expect(asked()).toHaveLength(9);
      expect(most).toBeLessThan(150_000_000);
    },
  );

  it('is the same to the byte, and for answers that wait for their place', async () => {
    for (const coding of CODINGS)
      for (const most of [10_000, 3_000_000]) {
        const body = (size: number) => CODERS[coding](Buffer.alloc(size, 'x'));
        const within = await connect(() => coded(coding, body(most)), { maxAnswerBytes: most });
        expect((await within.get()).text).toHaveLength(most);
        const beyond = await connect(() => coded(coding, body(most + 1)), { maxAnswerBytes: most });
        expect(await errorOf(beyond.get())).toMatchObject({ name: 'OversizeError' });
      }
  });

  it('lets one large answer in after the other, measured by what comes out', async () => {
    const body = CODERS.br(Buffer.from(JSON.stringify({ entries: ['x'.repeat(3_000_000)] })));
    const { client } = await scriptedClient(open, () => coded('br', body), { timeoutMs: 1000 });
    const first = await client.get('/v2/a', { holds: true });
    let isDone = false;
    const second = client.get('/v2/b', { holds: true }).then((answer) => {
      isDone = true;
      return answer;
    });
    await new Promise((done) => setTimeout(done, 1300));
    expect(isDone).toBe(false);
    first.release?.();
    (await second).release?.();
    await client.get('/v2/c');
  });
});

describe('a compressed download', () => {
  /** Writes pieces of a gzip stream with pauses between them. */
  function dripping(piece: (gzip: zlib.Gzip) => void, everyMs: number) {
    return (response: ServerResponse): void => {
      response.writeHead(200, { 'content-type': 'text/csv', 'content-encoding': 'gzip' });
      const gzip = zlib.createGzip();
      gzip.pipe(response);
      const timer = setInterval(() => {
        piece(gzip);
        gzip.flush(zlib.constants.Z_FULL_FLUSH);
      }, everyMs);
      response.on('close', () => {
        clearInterval(timer);
        gzip.destroy();
      });
    };
  }

  it('ends where nothing comes out of what comes', async () => {
    const { download } = await connect(() => dripping(() => undefined, 20), { timeoutMs: 400 });
    expect(await errorOf(download())).toMatchObject({ failure: 'timeout' });
  });

  it('ends where next to nothing comes out', async () => {
    const { download } = await connect(() => dripping((gzip) => void gzip.write('x'), 20), {
      timeoutMs: 300,
    });
    expect(await errorOf(download())).toMatchObject({ failure: 'timeout' });
  });

  it('does not end where its reader takes its time, and its size is no matter', async () => {
    const size = 150_000_000;
    for (const coding of CODINGS) {
      const body = CODERS[coding](Buffer.alloc(size));
      const { open: openStream } = await connect(() => coded(coding, body), {
        ...{ timeoutMs: 1500, maxAnswerBytes: 1_000_000 },
      });
      const before = process.memoryUsage.rss();
      let [read, most, pauses] = [0, 0, 0];
      for await (const chunk of await openStream()) {
        read += chunk.length;
        most = Math.max(most, process.memoryUsage.rss() - before);
        if (pauses++ < 1) await new Promise((done) => setTimeout(done, 1600));
      }
      expect(read).toBe(size);
      // Less than the whole, with room for memory that is given back late.
      expect(most).toBeLessThan(100_000_000);
    }
  });

  it('closes its connection where it is left early or never read', async () => {
    const closed: Promise<void>[] = [];
    const { open: openStream } = await connect(() => (response) => {
      closed.push(new Promise((done) => response.once('close', () => done())));
      dripping((gzip) => void gzip.write('x'.repeat(100_000)), 5)(response);
    });
    for await (const chunk of await openStream()) if (chunk.length > 0) break;
    (await openStream()).cancel();
    const reading = (await openStream())[Symbol.asyncIterator]();
    await reading.next();
    await reading.return?.();
    expect(closed).toHaveLength(3);
    await Promise.all(closed);
  });

  it('that breaks in its middle is a connection that broke', async () => {
    for (const coding of CODINGS) {
      const whole = CODERS[coding](Buffer.from(Array.from({ length: 50_000 }, (_, i) => `${i}`).join('\n')));
      const { download } = await connect(() => (response) => {
        response.writeHead(200, { 'content-encoding': coding, 'content-length': whole.length });
        response.write(whole.subarray(0, whole.length >> 1), () => response.socket?.destroySoon());
      });
      const error = await errorOf(download());
      expect(error).toMatchObject({ failure: 'broken' });
      expect(String(error)).toContain('the connection broke');
    }
  });
});

describe('answers that come broken', () => {
  it('are asked for again, and plain after two of them; no secret is told', async () => {
    const broken = CODERS.br(PLAIN).subarray(0, 200);
    const { client, asked, events } = await scriptedClient(open, ({ headers }) =>
      headers['accept-encoding'] === 'identity' ? { body: VALUE } : coded('br', broken),
    );
    const reasons: string[] = [];
    events.on('http.retry', ({ reason }) => reasons.push(reason));
    expect((await client.get('/v2/teams')).body).toEqual(VALUE);
    expect((await client.get('/v2/teams')).body).toEqual(VALUE);
    expect(asked().map(({ headers }) => headers['accept-encoding'])).toEqual([
      ...['zstd, br, gzip', 'zstd, br, gzip', 'identity', 'identity'],
    ]);
    expect(reasons).toEqual(Array(2).fill('the body is not br, although its header says so'));
  });

  it('go on being asked for compressed where only some are', async () => {
    const whole = CODERS.gzip(PLAIN);
    const { client, asked } = await scriptedClient(open, (_, number) =>
      coded('gzip', number % 2 === 1 ? whole.subarray(0, 50) : whole),
    );
    for (let i = 0; i < 3; i++) expect((await client.get('/v2/teams')).body).toEqual(VALUE);
    expect(asked().map(({ headers }) => headers['accept-encoding'])).not.toContain('identity');
  });

  it('end with an error that says what is wrong, where nothing else comes', async () => {
    const { client, asked } = await scriptedClient(open, () =>
      coded('gzip', CODERS.gzip(PLAIN).subarray(0, 50)),
    );
    const error = await errorOf(client.get('/v2/teams', { stream: 'teams' }));
    expect(error).toBeInstanceOf(NetworkError);
    expect(describeError(error)).toMatch(/the body is not gzip, although its header says so.*stream teams/s);
    expect(describeError(error)).toMatch(/Something on the way alters the answers of Sigma.*HTTPS_PROXY/);
    expect(describeError(error)).not.toMatch(/token-1|s3cret|Bearer/);
    expect(asked()).toHaveLength(3);
  });
});

it('a proxy that compresses anew, or undoes what it does not know, changes nothing', async () => {
  const origin = createServer((_, response) => coded('br', CODERS.br(PLAIN))(response));
  await new Promise<void>((done) => origin.listen(0, '127.0.0.1', done));
  open.push({ close: () => new Promise((done) => origin.close(() => done())) });
  const { port } = origin.address() as { port: number };
  const bytes = Buffer.from(await (await fetch(`http://127.0.0.1:${port}`)).arrayBuffer());
  expect(String(bytes)).toBe(JSON_TEXT);
  for (const proxied of [coded('gzip', CODERS.gzip(bytes)), raw({ body: bytes }), coded('br', bytes)])
    expect(await readAs('read whole', () => proxied)).toBe(JSON_TEXT);
});

it('comes over HTTP/2 as well, which a server may choose', async () => {
  const trusted = getCACertificates('default');
  const authority = certificate('authority of a test');
  const { cert, keyPem: key } = certificate('localhost', { host: 'localhost', issuer: authority });
  const protocols: (string | false | null)[] = [];
  const server = createSecureServer({ cert, key }, ({ url }, response) => {
    const coding = url.slice(1) as keyof typeof CODERS;
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': coding });
    response.end(CODERS[coding](PLAIN));
  });
  server.on('session', ({ alpnProtocol = null }) => void protocols.push(alpnProtocol));
  await new Promise<void>((done) => server.listen(0, 'localhost', done));
  const { port } = server.address() as { port: number };
  const base = new URL(`https://localhost:${port}`);
  setDefaultCACertificates([...trusted, authority.cert]);
  try {
    const http = openHttp(base, { timeoutMs: 5000, connections: 2 });
    for (const coding of CODINGS)
      for (const streamed of [false, true]) {
        const url = new URL(`/${coding}`, base);
        const { text, stream } = await http.send({ method: 'GET', url, headers: {}, streamed });
        const chunks: Buffer[] = [];
        for await (const chunk of stream ?? []) chunks.push(chunk);
        expect(streamed ? String(Buffer.concat(chunks)) : text).toBe(JSON_TEXT);
      }
    await http.close();
    expect(new Set(protocols)).toEqual(new Set(['h2']));
  } finally {
    setDefaultCACertificates(trusted);
    await new Promise<void>((done) => server.close(() => done()));
  }
});
