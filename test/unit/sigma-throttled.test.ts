import { afterEach, describe, expect, it } from 'vitest';
import { comeBackAt, describeError, RateLimitError } from '../../src/core/errors.ts';
import { EventBus } from '../../src/core/events/bus.ts';
import { openHttp } from '../../src/sigma/http.ts';
import type { Lane } from '../../src/sigma/lane.ts';
import { sender } from '../../src/sigma/send.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { errorOf, scriptedClient } from '../support/scripted-client.ts';
import { type ScriptedAnswer, scriptedServer } from '../support/scripted-server.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const item of open.splice(0)) await item.close();
});

const setUp = (...given: Tail<Parameters<typeof scriptedClient>>) => scriptedClient(open, ...given);
type Tail<T extends readonly unknown[]> = T extends [unknown, ...infer Rest] ? Rest : never;

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
    expect(describeError(errors[0])).toMatch(/only 429 for \d+ min/);
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
    const http = openHttp(base, { timeoutMs: answer === 'hang' ? 200 : 30_000, connections: 1 });
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
