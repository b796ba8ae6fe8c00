import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  describeError,
  InterruptedError,
  LimitError,
  NetworkError,
  PagingError,
} from '../../src/core/errors.ts';
import { openHttp } from '../../src/sigma/http.ts';
import { readListing } from '../../src/sigma/paging.ts';
import { segment } from '../../src/sigma/segment.ts';
import { errorOf, scriptedClient } from '../support/scripted-client.ts';
import { endless } from '../support/scripted-server.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const item of open.splice(0)) await item.close();
});

const setUp = (...given: Tail<Parameters<typeof scriptedClient>>) => scriptedClient(open, ...given);
type Tail<T extends readonly unknown[]> = T extends [unknown, ...infer Rest] ? Rest : never;

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
    // A call that holds no large answer lets the next one in at once.
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
    const http = openHttp(new URL(server.url), { timeoutMs: 2000, connections: 2 });
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
    expect(await read('/fast', 300)).toBe(100_000);
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
    expect(describeError(error)).toMatch(/continues after 30 pages.*stream teams.*sigma\.max_pages/);
    expect(asked).toBe(30);
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
      expect(describeError(error)).toContain("can't be part of an address");
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
