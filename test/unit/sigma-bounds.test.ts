import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  describeError,
  InterruptedError,
  LimitError,
  comeBackAt,
  NetworkError,
  PagingError,
  RateLimitError,
} from '../../src/core/errors.ts';
import { EventBus } from '../../src/core/events/bus.ts';
import { type ClientOptions, openSigmaClient } from '../../src/sigma/client.ts';
import type { Lane } from '../../src/sigma/lane.ts';
import { readListing } from '../../src/sigma/paging.ts';
import { segment } from '../../src/sigma/segment.ts';
import { sender } from '../../src/sigma/send.ts';
import { openHttp } from '../../src/sigma/http.ts';
import { fakeClock } from '../support/fake-clock.ts';
import {
  endless,
  type ScriptedAnswer,
  type SeenRequest,
  scriptedServer,
  withTokens,
} from '../support/scripted-server.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const item of open.splice(0)) await item.close();
});

async function setUp(
  answer: (request: SeenRequest, number: number) => ScriptedAnswer | Promise<ScriptedAnswer>,
  options: Partial<ClientOptions> = {},
) {
  const server = await scriptedServer(withTokens(answer));
  const clock = fakeClock();
  const events = new EventBus();
  const throttled: number[] = [];
  events.on('http.throttled', ({ delayMs }) => throttled.push(delayMs));
  const client = openSigmaClient({
    ...{ baseUrl: server.url, credentials: () => ({ clientId: 'id', clientSecret: 's3cret' }) },
    ...{ events, clock, concurrency: 4, timeoutMs: 5000 },
    retry: { maxAttempts: 3, baseMs: 10, maxMs: 100 },
    ...options,
  });
  open.push(client, server);
  const asked = () => server.requests.filter(({ url }) => url !== '/v2/auth/token');
  return { server, client, clock, events, throttled, asked };
}

const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('the bytes of an answer', () => {
  it('are bounded: one that never ends is given up, asked for once, and named', async () => {
    const { client, asked } = await setUp(() => endless('x'.repeat(60_000)), { maxAnswerBytes: 3_000_000 });
    const error = await errorOf(client.get('/v2/teams', { stream: 'teams' }));
    expect(error).toBeInstanceOf(LimitError);
    expect(describeError(error)).toMatch(/larger than 3.0 MB.*stream teams.*sigma\.max_answer_megabytes/);
    expect(asked()).toHaveLength(1);
  });

  it('are bounded for many at once, in the memory that they take', async () => {
    const { client } = await setUp(() => endless('x'.repeat(60_000)), { concurrency: 8 });
    const before = process.memoryUsage.rss();
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage.rss() - before);
    }, 5);
    const errors = await Promise.all(Array.from({ length: 16 }, () => errorOf(client.get('/v2/teams'))));
    clearInterval(watch);
    expect(errors.every((error) => error instanceof LimitError)).toBe(true);
    expect(most).toBeLessThan(400_000_000);
  });

  it('of a page that is too large are asked for with fewer entries, and all of them come', async () => {
    const all = Array.from({ length: 120 }, (_, id) => ({ id, text: 'x'.repeat(500) }));
    const { client, asked, events } = await setUp(
      ({ url }) => {
        const query = new URL(url, 'http://x').searchParams;
        const [from, limit] = [Number(query.get('page') ?? 0), Number(query.get('limit'))];
        const next = from + limit < all.length ? String(from + limit) : null;
        return { body: { entries: all.slice(from, from + limit), nextPage: next } };
      },
      { maxAnswerBytes: 40_000 },
    );
    const request = { path: '/v2/teams', paging: 'page', query: {}, stream: 'teams', partition: '' } as const;
    const ids: unknown[] = [];
    for await (const { entries } of readListing(client, request, { pageSize: 1000, events }))
      ids.push(...entries.map((entry) => (entry as { id: number }).id));
    expect(ids).toEqual(all.map(({ id }) => id));
    expect(asked().map(({ url }) => new URL(url, 'http://x').searchParams.get('limit'))).toEqual([
      '1000',
      '250',
      '62',
      '62',
    ]);
  });

  it('of large answers are in memory one after the other, until whoever asked is done with each', async () => {
    const large = `{"entries":["${'x'.repeat(3_000_000)}"]}`;
    const { client } = await setUp(({ url }) => ({ body: url === '/v2/small' ? {} : large }), {
      timeoutMs: 1000,
    });
    const first = await client.get('/v2/large', { holds: true });
    let isDone = false;
    const second = client.get('/v2/large', { holds: true }).then((answer) => {
      isDone = true;
      return answer;
    });
    // Small ones pass, and the wait is no part of the attempt.
    expect((await client.get('/v2/small')).body).toEqual({});
    await new Promise((done) => setTimeout(done, 1500));
    expect(isDone).toBe(false);
    const cancel = new AbortController();
    const third = errorOf(client.get('/v2/large', { signal: cancel.signal }));
    setTimeout(() => cancel.abort(new InterruptedError('stop')), 50);
    expect(await third).toBeInstanceOf(InterruptedError);
    first.release?.();
    (await second).release?.();
    // Whoever holds none lets the next one in at once.
    await Promise.all([client.get('/v2/large'), client.get('/v2/large')]);
  });

  it('of large pages are let go by a listing, however it ends', async () => {
    const text = 'x'.repeat(3_000_000);
    const { client, events } = await setUp(({ url }, number) =>
      url.includes('odd')
        ? { body: `{"entries":5,"text":"${text}"}` }
        : { body: { entries: [text], nextPage: `t${number}` } },
    );
    const read = async (path: string, pages: number): Promise<number> => {
      let read = 0;
      const request = { path, paging: 'page', query: {}, stream: 's', partition: '' } as const;
      for await (const _ of readListing(client, request, { pageSize: 1, events }))
        if (++read === pages) break;
      return read;
    };
    expect(await Promise.all([read('/v2/a', 3), read('/v2/b', 3), read('/v2/c', 1)])).toEqual([3, 3, 1]);
    expect(await errorOf(read('/v2/odd', 1))).toBeInstanceOf(PagingError);
    expect(await read('/v2/a', 2)).toBe(2);
  });

  it('of an error are read as far as they tell something', async () => {
    const { client, asked } = await setUp(() => endless('no '.repeat(20_000), 0, 503));
    expect(describeError(await errorOf(client.get('/v2/teams')))).toContain('Sigma answered 503: no no');
    expect(asked()).toHaveLength(3);
  });
});

describe('the time of an attempt', () => {
  it('ends for a body that comes byte by byte', async () => {
    const { client, asked } = await setUp(() => endless(' ', 30), { timeoutMs: 300 });
    const error = await errorOf(client.get('/v2/teams'));
    expect(error).toBeInstanceOf(NetworkError);
    expect(describeError(error)).toContain('no answer came in time');
    expect(asked()).toHaveLength(3);
  });

  it('ends for headers that come byte by byte', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write('HTTP/1.1 200 OK\r\nx-slow: ');
      const timer = setInterval(() => socket.write('a'), 30);
      socket.on('close', () => clearInterval(timer));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as { port: number };
    const http = openHttp(new URL(`http://127.0.0.1:${port}`), { timeoutMs: 300, connections: 1 });
    open.push(http, { close: () => new Promise((done) => server.close(() => done())) });
    const url = new URL(`http://127.0.0.1:${port}/`);
    expect(await errorOf(http.send({ method: 'GET', url, headers: {} }))).toMatchObject({
      failure: 'timeout',
    });
  });

  it('of a download ends where next to nothing comes, and not where the reader takes its time', async () => {
    const { server } = await setUp(({ url }) =>
      url === '/slow'
        ? endless('x', 20)
        : (response) => {
            response.writeHead(200);
            for (let i = 0; i < 10; i++) response.write('y'.repeat(10_000));
            response.end();
          },
    );
    const http = openHttp(new URL(server.url), { timeoutMs: 300, connections: 2 });
    open.unshift(http);
    const read = async (path: string, pauseMs: number): Promise<number> => {
      const { stream } = await http.send({
        ...{ method: 'GET', url: new URL(path, server.url), headers: {}, streamed: true },
      });
      let size = 0;
      for await (const chunk of stream ?? []) {
        size += chunk.length;
        await new Promise((done) => setTimeout(done, pauseMs));
      }
      return size;
    };
    expect(await errorOf(read('/slow', 0))).toMatchObject({ failure: 'timeout' });
    expect(await read('/fast', 100)).toBe(100_000);
  });
});

describe('the pages of a listing', () => {
  const listing = { path: '/v2/teams', paging: 'page', query: {}, stream: 'teams', partition: '' } as const;
  async function read(
    entriesOf: (number: number) => unknown[],
    maxPages?: number,
  ): Promise<{ error: unknown; asked: number }> {
    const { client, events, asked } = await setUp((_, number) => ({
      body: { entries: entriesOf(number), nextPage: `t${number}` },
    }));
    const drain = async (): Promise<void> => {
      for await (const _ of readListing(client, listing, { pageSize: 2, events, maxPages }));
    };
    return { error: await errorOf(drain()), asked: asked().length };
  }

  it('end where the same entries come again under ever new tokens', async () => {
    const { error, asked } = await read(() => [{ teamId: 'a' }, { teamId: 'b' }]);
    expect(error).toBeInstanceOf(PagingError);
    expect(describeError(error)).toContain('51 pages with the same entries');
    expect(asked).toBeLessThan(60);
  });

  it('end where some pages come again and again in a circle', async () => {
    const { error, asked } = await read((number) => [{ teamId: String(number % 3) }]);
    expect(error).toBeInstanceOf(PagingError);
    expect(asked).toBeLessThan(160);
  });

  it('end at a bound where every page is new', async () => {
    const { error, asked } = await read((number) => [{ teamId: String(number) }], 30);
    expect(error).toBeInstanceOf(LimitError);
    expect(describeError(error)).toMatch(/goes on after 30 pages.*stream teams.*sigma\.max_pages/);
    expect(asked).toBe(30);
  });
});

describe('a 429', () => {
  const later = { status: 429, headers: { 'retry-after': '3600' }, body: { message: 'slow down' } };

  it('that asks for an hour ends the asking, says until when, and is heeded for an hour', async () => {
    let isBack = false;
    const { client, clock, asked, throttled } = await setUp(() => (isBack ? { body: { ok: true } } : later));
    const errors = await Promise.all(Array.from({ length: 200 }, () => errorOf(client.get('/v2/teams'))));
    expect(asked().length).toBeLessThanOrEqual(4);
    expect(errors.every((error) => error instanceof RateLimitError && comeBackAt(error) !== undefined)).toBe(
      true,
    );
    expect(describeError(errors[0])).toMatch(/no more requests until 2026-06-01 01:00 UTC, in 1 h/);
    expect(throttled).toEqual([3_600_000]);
    expect(clock.waits).toEqual([]);
    await expect(client.get('/v2/teams')).rejects.toBeInstanceOf(RateLimitError);
    isBack = true;
    clock.advance(3_600_001);
    expect((await client.get('/v2/teams')).body).toEqual({ ok: true });
  });

  it('with a wait beyond all reason is asked again after a day', async () => {
    const { client } = await setUp(() => ({ status: 429, headers: { 'retry-after': '9'.repeat(30) } }));
    const error = await errorOf(client.get('/v2/teams'));
    expect(error).toMatchObject({ until: new Date('2026-06-02T00:00:00Z') });
  });

  it('of the last attempt brakes the lane, too', async () => {
    const { client, clock } = await setUp(
      ({ url }) => (url === '/v2/a' ? { status: 429, headers: { 'retry-after': '20' } } : { body: {} }),
      { retry: { maxAttempts: 1, baseMs: 10, maxMs: 100 } },
    );
    await expect(client.get('/v2/a')).rejects.toBeInstanceOf(RateLimitError);
    const before = clock.waits.length;
    await client.get('/v2/b');
    expect(clock.waits.slice(before - 1).some((ms) => ms >= 19_000)).toBe(true);
  });

  it('and nothing else for half an hour ends the asking, however short the waits are', async () => {
    const { client, clock } = await setUp(() => ({ status: 429, headers: { 'retry-after': '300' } }), {
      retry: { maxAttempts: 20, baseMs: 10, maxMs: 100 },
    });
    const errors = await Promise.all(Array.from({ length: 20 }, () => errorOf(client.get('/v2/teams'))));
    expect(errors.every((error) => comeBackAt(error) !== undefined)).toBe(true);
    expect(describeError(errors[0])).toMatch(/nothing but 429 for \d+ min/);
    expect(clock.now() - Date.UTC(2026, 5, 1)).toBeLessThan(3 * 3_600_000);
  });
});

describe('a lane speeds up', () => {
  it.each([
    ['after a good answer', { body: {} }, 1],
    ['after a refusal in due course', { status: 404, body: {} }, 1],
    ['not after a failure of the server', { status: 503, body: {} }, 0],
    ['not after a broken connection', 'reset', 0],
    ['not after silence', 'hang', 0],
    ['not after half an answer', { body: '{"entries": [' }, 0],
    ['not after 429', { status: 429, body: {} }, 0],
  ] as [string, ScriptedAnswer, number][])('%s', async (_, answer, expected) => {
    const server = await scriptedServer(() => answer);
    const base = new URL(server.url);
    const http = openHttp(base, { timeoutMs: 200, connections: 1 });
    open.push(http, server);
    let succeeded = 0;
    const lane: Lane = {
      ...{ name: 'api', waiting: 0, run: (work) => work(), close: () => undefined },
      succeeded: () => succeeded++,
      ...{ throttle: () => 0, shut: () => true },
    };
    const retry = { maxAttempts: 1, baseMs: 1, maxMs: 1 };
    const send = sender(
      { base, events: new EventBus(), clock: fakeClock(), retry },
      new AbortController().signal,
    );
    await errorOf(send({ http, lane }, {}, async () => ({ method: 'GET', url: base, headers: {} })));
    expect(succeeded).toBe(expected);
  });
});

describe('an id in a path', () => {
  const refused = ['', '.', '..', 'x'.repeat(1001), '\u00fc'.repeat(400)];
  const asked = [
    ...['../..', '../../whoami', 'a/b', '/', 'a\\b', '..\\..', '%2e%2e', '%2e', '..%2f', '...', '.. ', ' ..'],
    ...[
      'a?b',
      'a#b',
      '?',
      'a;b',
      'a\nb',
      '\t..',
      '..\r\n',
      '\u0000',
      ' ',
      'ü',
      '//evil.example',
      'http://evil',
      '\ud800',
    ],
  ];

  it.each(refused)('that no segment can be is refused, and nothing is asked: %j', async (id) => {
    const { client, server } = await setUp(() => ({ body: {} }));
    for (const path of [`/v2/teams/${segment(id)}/members`, `/v2/teams/${segment(id)}`]) {
      const error = await errorOf(client.get(path));
      expect(error).toBeInstanceOf(LimitError);
      expect(describeError(error)).toContain("can't stand in an address");
      await expect(client.download(path)).rejects.toBeInstanceOf(LimitError);
      await expect(client.requestExport(path, {})).rejects.toBeInstanceOf(LimitError);
    }
    expect(server.requests).toEqual([]);
  });

  it.each(asked)('stays one segment: %j', async (id) => {
    const { client, asked: seen } = await setUp(() => ({ body: {} }));
    await client.get(`/v2/teams/${segment(id)}/members`, { query: { limit: '5' } });
    const [path = '', query] = (seen()[0]?.url ?? '').split('?');
    const segments = path.split('/');
    expect([segments.length, segments[1], segments[2], segments[4], query]).toEqual([
      ...[5, 'v2', 'teams', 'members', 'limit=5'],
    ]);
    expect(decodeURIComponent(segments[3] ?? '')).toBe(id.toWellFormed());
  });
});
