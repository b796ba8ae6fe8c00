import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ApiError, PagingError } from '../../src/core/errors.ts';
import { EventBus, type Events } from '../../src/core/events/bus.ts';
import type { SigmaClient } from '../../src/sigma/client.ts';
import type { ApiAnswer } from '../../src/sigma/outcome.ts';
import { type ListingSummary, type PagingShape, readListing } from '../../src/sigma/paging.ts';

type Query = Readonly<Record<string, string>>;

/** Reads a listing whose pages come from `answer`, as the client would hand them over. */
async function read(
  answer: (query: Query, number: number) => unknown,
  paging: PagingShape = 'page',
  pageSize = 1000,
) {
  const queries: Query[] = [];
  const client: SigmaClient = {
    async get(_path, options): Promise<ApiAnswer> {
      const query = options?.query ?? {};
      queries.push(query);
      return {
        body: answer(query, queries.length),
        status: 200,
        requestId: undefined,
        serverTime: undefined,
      };
    },
    close: async () => undefined,
  };
  const degraded: Events['api.degraded'][] = [];
  const events = new EventBus();
  events.on('api.degraded', (fields) => degraded.push(fields));
  const request = { path: '/v2/things', paging, query: { fixed: 'yes' }, stream: 's', partition: 'p' };
  const pages = readListing(client, request, { pageSize, events });
  const entries: unknown[] = [];
  let step = await pages.next();
  for (; !step.done; step = await pages.next()) entries.push(...step.value.entries);
  return { entries, summary: step.value satisfies ListingSummary, queries, degraded };
}

describe('reading a listing', () => {
  it('follows nextPage as it is given', async () => {
    const pages: Record<string, unknown> = {
      '': { entries: [1, 2], nextPage: 'x%2Fy' },
      'x/y': { entries: [3], nextPage: '50' },
      '50': { entries: [4], nextPage: null, total: 4 },
    };
    const { entries, summary, queries } = await read(({ page = '' }) => pages[page]);
    expect(entries).toEqual([1, 2, 3, 4]);
    expect(summary).toEqual({ pages: 3, consistent: true });
    expect(queries[0]).toEqual({ fixed: 'yes', limit: '1000' });
    expect(queries[1]).toEqual({ fixed: 'yes', limit: '1000', page: 'x/y' });
  });

  it('of which no source tells the shape sends nothing, and goes on as the answer says', async () => {
    const paged = await read(
      ({ page }) => (page === undefined ? { entries: [1], nextPage: '2' } : { entries: [2], nextPage: null }),
      'any',
    );
    expect(paged.entries).toEqual([1, 2]);
    expect(paged.queries).toEqual([{ fixed: 'yes' }, { fixed: 'yes', page: '2' }]);
    const byToken = await read(
      ({ pageToken }) => (pageToken === undefined ? { entries: [1], nextPageToken: 't' } : { entries: [2] }),
      'any',
    );
    expect(byToken.entries).toEqual([1, 2]);
    expect(byToken.queries[1]).toEqual({ fixed: 'yes', pageToken: 't' });
    expect((await read(() => [1, 2], 'any')).entries).toEqual([1, 2]);
  });

  it('follows nextPageToken with the parameters of that shape', async () => {
    const { entries, queries } = await read(
      ({ pageToken }) => (pageToken === undefined ? { entries: [1], nextPageToken: 't' } : { entries: [2] }),
      'pageToken',
    );
    expect(entries).toEqual([1, 2]);
    expect(queries[1]).toEqual({ fixed: 'yes', pageSize: '1000', pageToken: 't' });
  });

  it('finds the next page under the other name, too', async () => {
    const { entries } = await read(({ page }) =>
      page === undefined ? { entries: [1], nextPageToken: 't' } : { entries: [2] },
    );
    expect(entries).toEqual([1, 2]);
  });

  it('takes a bare array for the whole of it, and an object where one is declared', async () => {
    expect((await read(() => [1, 2, 3], 'array')).entries).toEqual([1, 2, 3]);
    expect((await read(() => [1, 2, 3], 'page')).entries).toEqual([1, 2, 3]);
    const single = await read(() => ({ userId: 'u' }), 'object');
    expect(single.entries).toEqual([{ userId: 'u' }]);
    expect(single.queries).toEqual([{ fixed: 'yes' }]);
  });

  it('goes on after an empty page that names a next one', async () => {
    const { entries } = await read(({ page }) =>
      page === undefined ? { entries: [], nextPage: '2' } : { entries: [1], nextPage: '' },
    );
    expect(entries).toEqual([1]);
  });

  it('survives a token that comes twice but not a loop', async () => {
    const once = await read(({ page = '' }, n) => {
      if (page === '') return { entries: [1], nextPage: 'a' };
      return n === 2 ? { entries: [2], nextPage: 'a' } : { entries: [2], nextPage: null };
    });
    expect(once.entries).toEqual([1, 2, 2]);
    expect(once.summary.consistent).toBe(false);
    await expect(read(() => ({ entries: [1], nextPage: 'a' }))).rejects.toBeInstanceOf(PagingError);
    await expect(read((_q, n) => ({ entries: [], nextPage: String(n) }))).rejects.toBeInstanceOf(PagingError);
    await expect(read((_q, n) => ({ entries: [1], nextPage: String(n % 3) }))).rejects.toBeInstanceOf(
      PagingError,
    );
  });

  it('takes no listing for whole that says there is more', async () => {
    await expect(read(() => ({ entries: [1], nextPage: null, hasMore: true }))).rejects.toBeInstanceOf(
      PagingError,
    );
    expect((await read(() => ({ entries: [1], nextPage: null, hasMore: false }))).entries).toEqual([1]);
  });

  it('notices a total that contradicts what was read', async () => {
    expect((await read(() => ({ entries: [1, 2], nextPage: null, total: 3 }))).summary.consistent).toBe(
      false,
    );
  });

  it.each([[{ data: [] }], [null], ['text'], [5]])('refuses the shape %j', async (body) => {
    await expect(read(() => body)).rejects.toBeInstanceOf(PagingError);
  });

  it('asks for smaller pages where a large one fails, and keeps its place', async () => {
    const { entries, queries, degraded } = await read(({ limit = '', page = '0' }) => {
      if (Number(limit) > 100) throw new ApiError('too much', { context: { status: 504 } });
      const next = Number(page) + 1;
      return { entries: [next], nextPage: next < 3 ? String(next) : null };
    });
    expect(entries).toEqual([1, 2, 3]);
    expect(queries.map((query) => query['limit'])).toEqual(['1000', '250', '62', '62', '62']);
    expect(degraded).toHaveLength(2);
    const refusing = await read(({ limit = '' }) => {
      if (Number(limit) > 500)
        throw new ApiError('Sigma answered 400: limit must be at most 500.', { context: { status: 400 } });
      return { entries: [1], nextPage: null };
    });
    expect(refusing.queries.map((query) => query['limit'])).toEqual(['1000', '250']);
    await expect(
      read(() => {
        throw new ApiError('Sigma answered 400: the workbook is archived.', { context: { status: 400 } });
      }),
    ).rejects.toThrow('archived');
    const always = read(() => {
      throw new ApiError('broken', { context: { status: 500 } });
    });
    await expect(always).rejects.toBeInstanceOf(ApiError);
  });

  it('asks for the next page while this one is being loaded, and meets its failure in its turn', async () => {
    const asked: string[] = [];
    const client: SigmaClient = {
      async get(_path, options) {
        const page = options?.query?.['page'] ?? '1';
        asked.push(page);
        if (page === '3') throw new ApiError('broken', { context: { status: 404 } });
        const body = { entries: [page], nextPage: String(Number(page) + 1) };
        return { body, status: 200, requestId: undefined, serverTime: undefined };
      },
      close: async () => undefined,
    };
    const request = { path: '/x', paging: 'page' as const, query: {}, stream: 's', partition: 'p' };
    const pages = readListing(client, request, { pageSize: 10, events: new EventBus() });
    expect((await pages.next()).value).toMatchObject({ entries: ['1'] });
    expect(asked).toEqual(['1', '2']);
    expect((await pages.next()).value).toMatchObject({ entries: ['2'] });
    await expect(pages.next()).rejects.toThrow('broken');
  });

  it('gives every entry once for any organization and page size', async () => {
    const cases = fc.record({
      size: fc.integer({ min: 0, max: 60 }),
      limit: fc.integer({ min: 1, max: 20 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ size, limit }) => {
        const all = Array.from({ length: size }, (_, i) => i);
        const { entries } = await read(
          ({ page = '0', limit: asked = '' }) => {
            const start = Number(page);
            const end = start + Number(asked);
            return { entries: all.slice(start, end), nextPage: end < size ? String(end) : null, total: size };
          },
          'page',
          limit,
        );
        expect(entries).toEqual(all);
      }),
    );
  });
});
