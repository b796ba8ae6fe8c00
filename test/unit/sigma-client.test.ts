import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  ApiError,
  AuthError,
  ForeignOriginError,
  InterruptedError,
  NetworkError,
  RateLimitError,
} from '../../src/core/errors.ts';
import { EventBus, type Events } from '../../src/core/events/bus.ts';
import { openSigmaClient, type SigmaClient } from '../../src/sigma/client.ts';
import { type Clock, systemClock } from '../../src/sigma/clock.ts';
import { readListing } from '../../src/sigma/paging.ts';
import { fakeClock } from '../support/fake-clock.ts';
import {
  type ScriptedAnswer,
  type ScriptedServer,
  type SeenRequest,
  scriptedServer,
  withTokens,
} from '../support/scripted-server.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const item of open.splice(0)) await item.close();
});

interface Setup {
  readonly server: ScriptedServer;
  readonly client: SigmaClient;
  readonly clock: ReturnType<typeof fakeClock>;
  readonly seen: { [N in keyof Events]?: Events[N][] };
  readonly minted: string[];
}

async function setUp(
  answer: (request: SeenRequest, number: number) => ScriptedAnswer | Promise<ScriptedAnswer>,
  options: { concurrency?: number; timeoutMs?: number; baseUrl?: string } = {},
): Promise<Setup> {
  const server = await scriptedServer(answer);
  const clock = fakeClock();
  const events = new EventBus();
  const seen: Record<string, unknown[]> = {};
  events.onAny((name, fields) => {
    seen[name] = [...(seen[name] ?? []), fields];
  });
  const minted: string[] = [];
  const client = openSigmaClient({
    baseUrl: options.baseUrl ?? server.url,
    credentials: () => ({ clientId: 'id', clientSecret: 's3cret' }),
    events,
    clock,
    concurrency: options.concurrency ?? 4,
    timeoutMs: options.timeoutMs ?? 5000,
    retry: { maxAttempts: 5, baseMs: 500, maxMs: 30_000 },
    onToken: (token) => minted.push(token),
    redact: (text) => text.replaceAll('s3cret', '[redacted]'),
  });
  open.push(client, server);
  return { server, client, clock, seen: seen as Setup['seen'], minted };
}

const tokensIn = (server: ScriptedServer) =>
  server.requests.filter((request) => request.url === '/v2/auth/token');

describe('the token', () => {
  it('is minted once for many requests at the same time, with the secret in the form body', async () => {
    const { server, client, minted } = await setUp(withTokens(() => ({ body: { ok: true } })));
    await Promise.all(Array.from({ length: 20 }, () => client.get('/v2/whoami')));
    expect(tokensIn(server)).toHaveLength(1);
    expect(tokensIn(server)[0]?.body).toBe('grant_type=client_credentials&client_id=id&client_secret=s3cret');
    expect(server.requests.at(-1)?.headers.authorization).toBe('Bearer token-1');
    expect(minted).toEqual(['token-1']);
  });

  it('is renewed before it expires', async () => {
    const { server, client, clock } = await setUp(withTokens(() => ({ body: {} })));
    await client.get('/v2/whoami');
    clock.advance(3_200_000);
    await client.get('/v2/whoami');
    expect(tokensIn(server)).toHaveLength(1);
    clock.advance(200_000);
    await client.get('/v2/whoami');
    expect(tokensIn(server)).toHaveLength(2);
  });

  it.each([...[0, -5, -0.5, null, 'soon', '', {}, [], true, undefined]])(
    'is used for an hour where its life is said to be %j',
    async (life) => {
      let number = 0;
      const { server, client, clock } = await setUp(({ url }) =>
        url === '/v2/auth/token'
          ? { body: { access_token: `token-${++number}`, expires_in: life } }
          : { body: { ok: true } },
      );
      await client.get('/v2/whoami');
      await client.get('/v2/whoami');
      clock.advance(3_000_000);
      await client.get('/v2/whoami');
      expect(tokensIn(server)).toHaveLength(1);
      clock.advance(700_000);
      await client.get('/v2/whoami');
      expect(tokensIn(server)).toHaveLength(2);
    },
  );

  it.each([
    ['60', 60],
    [1e12, 86_400],
    ['1e400', 3600],
  ])('is renewed in time where its life is said to be %j', async (life, seconds) => {
    const { server, client, clock, seen } = await setUp(({ url }) => {
      const text = typeof life === 'string' && life.includes('e') ? life : JSON.stringify(life);
      return url === '/v2/auth/token'
        ? { body: `{"access_token":"token","expires_in":${text}}` }
        : { body: { ok: true } };
    });
    await client.get('/v2/whoami');
    expect(seen['token.minted']?.[0]).toMatchObject({ expiresInS: seconds });
    clock.advance(seconds * 1000);
    await client.get('/v2/whoami');
    expect(tokensIn(server)).toHaveLength(2);
  });

  it.each(['a b', 'a\nb', 'ü', '\u0000'])('is refused where no header can carry it: %j', async (token) => {
    const { client, minted, server } = await setUp(() => ({ body: { access_token: token } }));
    await expect(client.get('/v2/whoami')).rejects.toThrow("that can't be sent in a request");
    expect(minted).toEqual([token]);
    expect(server.requests).toHaveLength(1);
  });

  it('is replaced once for all requests that meet a 401, a second apart at least', async () => {
    const { server, client, clock } = await setUp(
      withTokens(({ headers }) =>
        headers.authorization === 'Bearer token-1' && expired
          ? { status: 401, body: { code: 'unauthorized', message: 'expired', requestId: 'r' } }
          : { body: { ok: true } },
      ),
    );
    let expired = false;
    await client.get('/v2/whoami');
    expired = true;
    await Promise.all(Array.from({ length: 10 }, () => client.get('/v2/whoami')));
    expect(tokensIn(server)).toHaveLength(2);
    expect(clock.waits.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThanOrEqual(1000);
  });

  it('is not asked for a third time where a fresh one is refused, too', async () => {
    const refused = { status: 401, body: { code: 'unauthorized', message: 'no', requestId: 'r-9' } };
    const { server, client } = await setUp(withTokens(() => refused));
    const error = await client.get('/v2/whoami').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(AuthError);
    expect((error as AuthError).context).toMatchObject({ status: 401, requestId: 'r-9' });
    expect((error as AuthError).advice).toContain('IP allowlist');
    expect(tokensIn(server).length).toBeLessThanOrEqual(2);
  });

  it('refused for wrong credentials says what to check and asks once', async () => {
    const { server, client } = await setUp(() => ({
      status: 401,
      body: { message: 'bad secret s3cret', code: 'unauthorized' },
    }));
    const error = await client.get('/v2/whoami').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(AuthError);
    expect(String((error as AuthError).advice)).toContain('SIGMA_CLIENT_SECRET');
    expect(JSON.stringify([(error as Error).message, String((error as Error).cause)])).not.toContain(
      's3cret',
    );
    expect(server.requests).toHaveLength(1);
  });

  it('is asked for again after a 429 and after a reset', async () => {
    const answers: ScriptedAnswer[] = [{ status: 429, headers: { 'retry-after': '2' } }, 'reset'];
    const tokens = withTokens(() => ({ body: { ok: true } }));
    const { server, client, clock } = await setUp((request) => answers.shift() ?? tokens(request));
    await client.get('/v2/whoami');
    expect(tokensIn(server)).toHaveLength(3);
    expect(clock.waits.some((ms) => ms >= 2000)).toBe(true);
  });
});

describe('retries', () => {
  const kinds: [string, ScriptedAnswer][] = [
    ['500', { status: 500, body: { message: 'x' } }],
    ['502 with HTML', { status: 502, body: '<html><title>Bad gateway</title></html>' }],
    ['503', { status: 503 }],
    ['504', { status: 504, body: '' }],
    ['429 without Retry-After', { status: 429, body: 'error code: 1015' }],
    ['a reset connection', 'reset'],
    ['a body cut short', { cut: '{"entries": [' }],
    ['half a JSON document', { body: '{"entries": [{"a"' }],
    ['a page of HTML under a 200', { body: '<html>oops</html>' }],
  ];
  it.each(kinds)('cure %s', async (_, fault) => {
    const { client, seen } = await setUp(withTokens((_request, n) => (n <= 3 ? fault : { body: { n } })));
    const answer = await client.get('/v2/teams', { stream: 'teams' });
    expect(answer.body).toEqual({ n: 4 });
    expect(seen['http.retry']).toHaveLength(3);
    expect(seen['http.retry']?.[0]).toMatchObject({ stream: 'teams', path: '/v2/teams', attempt: 1 });
  });

  it('end after the last attempt, with the request id', async () => {
    const fault = { status: 503, body: { requestId: 'r-5', message: 'down', code: 'unavailable' } };
    const { server, client } = await setUp(withTokens(() => fault));
    const error = await client.get('/v2/teams').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ApiError);
    expect((error as ApiError).context).toMatchObject({
      status: 503,
      requestId: 'r-5',
      apiCode: 'unavailable',
    });
    expect(server.requests.filter((request) => request.url === '/v2/teams')).toHaveLength(5);
  });

  it('are not made for what repeating does not cure', async () => {
    const { server, client } = await setUp(
      withTokens(() => ({ status: 404, body: { message: 'nothing here' } })),
    );
    await expect(client.get('/v2/teams/x')).rejects.toThrow('Sigma answered 404: nothing here.');
    expect(server.requests.filter((request) => request.url === '/v2/teams/x')).toHaveLength(1);
  });

  it('of 429 hold the whole lane back and tell it apart at the end', async () => {
    const { client, seen } = await setUp(
      withTokens(() => ({ status: 429, headers: { 'retry-after': '3' } })),
    );
    await expect(client.get('/v2/teams')).rejects.toBeInstanceOf(RateLimitError);
    expect(seen['http.throttled']).toHaveLength(5);
    expect(seen['http.throttled']?.[0]).toMatchObject({ lane: 'api' });
    expect(seen['http.throttled']?.[0]?.delayMs).toBeGreaterThanOrEqual(3000);
  });

  it('follow a timeout', async () => {
    const { client } = await setUp(
      withTokens((_r, n) => (n === 1 ? 'hang' : { body: { n } })),
      { timeoutMs: 2000 },
    );
    expect((await client.get('/v2/teams')).body).toEqual({ n: 2 });
  });
});

describe('the client', () => {
  it('keeps to its concurrency', async () => {
    let now = 0;
    let most = 0;
    const { client } = await setUp(
      withTokens(async () => {
        most = Math.max(most, ++now);
        await new Promise((resolve) => setTimeout(resolve, 10));
        now--;
        return { body: {} };
      }),
      { concurrency: 3 },
    );
    await Promise.all(Array.from({ length: 20 }, () => client.get('/v2/teams')));
    expect(most).toBe(3);
  });

  it('encodes the query once', async () => {
    const { server, client } = await setUp(withTokens(() => ({ body: {} })));
    await client.get('/v2/teams', { query: { page: 'a/b=&%20 ü', limit: '5' } });
    const url = new URL(server.requests.at(-1)?.url ?? '', 'http://x');
    expect(url.searchParams.get('page')).toBe('a/b=&%20 ü');
    expect(url.searchParams.get('limit')).toBe('5');
  });

  it('never follows a redirect and sends the token to no other host', async () => {
    const other = await scriptedServer(() => ({ body: {} }));
    open.push(other);
    const { client } = await setUp(
      withTokens(() => ({ status: 302, headers: { location: `${other.url}/steal` } })),
    );
    await expect(client.get('/v2/teams')).rejects.toBeInstanceOf(ForeignOriginError);
    await expect(client.get(`${other.url}/v2/teams`)).rejects.toBeInstanceOf(ForeignOriginError);
    await expect(client.get(`//127.0.0.1:1/v2/teams`)).rejects.toBeInstanceOf(ForeignOriginError);
    expect(other.requests).toHaveLength(0);
  });

  it('follows a next page that is an address, but to no other host', async () => {
    const other = await scriptedServer(() => ({ body: { entries: [], nextPage: null } }));
    open.push(other);
    const { server, client } = await setUp(
      withTokens(({ url }) =>
        url.startsWith('/v2/mine')
          ? {
              body: {
                entries: [url],
                nextPage: url.includes('page=2') ? null : `${server.url}/v2/mine?page=2`,
              },
            }
          : { body: { entries: [1], nextPage: `${other.url}/v2/things?page=2` } },
      ),
    );
    const read = async (path: string): Promise<unknown[]> => {
      const request = { path, paging: 'page' as const, query: {}, stream: 's', partition: '' };
      const entries: unknown[] = [];
      for await (const page of readListing(client, request, { pageSize: 10, events: new EventBus() })) {
        entries.push(...page.entries);
      }
      return entries;
    };
    expect(await read('/v2/mine')).toEqual(['/v2/mine?limit=10', '/v2/mine?page=2']);
    await expect(read('/v2/things')).rejects.toBeInstanceOf(ForeignOriginError);
    expect(other.requests).toHaveLength(0);
  });

  it('says that a host does not answer', async () => {
    const { client } = await setUp(() => ({ body: {} }), { baseUrl: 'http://127.0.0.1:1' });
    const error = await client.get('/v2/teams').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(NetworkError);
    expect((error as NetworkError).message).toBe(
      'No usable answer from 127.0.0.1:1: the connection was refused.',
    );
  });

  it('closed, sleeps through no Retry-After of the token endpoint', async () => {
    const server = await scriptedServer(() => ({ status: 429, headers: { 'retry-after': '300' } }));
    open.push(server);
    const asleep = new Set<number>();
    const clock: Clock = {
      ...systemClock,
      async sleep(ms, signal) {
        asleep.add(ms);
        try {
          await systemClock.sleep(ms, signal);
        } finally {
          asleep.delete(ms);
        }
      },
    };
    const client = openSigmaClient({
      baseUrl: server.url,
      credentials: () => ({ clientId: 'id', clientSecret: 'secret' }),
      events: new EventBus(),
      clock,
      concurrency: 2,
      timeoutMs: 1000,
      retry: { maxAttempts: 5, baseMs: 10, maxMs: 100 },
    });
    const controller = new AbortController();
    const asked = client.get('/v2/workbooks', { signal: controller.signal });
    asked.catch(() => undefined);
    await vi.waitFor(() => expect(asleep.size).toBeGreaterThan(0));
    controller.abort(new InterruptedError('Stopped.'));
    await expect(asked).rejects.toBeInstanceOf(InterruptedError);
    await client.close();
    await vi.waitFor(() => expect(asleep.size).toBe(0));
  });

  it('gives up at once when the run is cancelled', async () => {
    const { client } = await setUp(withTokens(() => 'hang'));
    const controller = new AbortController();
    const pending = client.get('/v2/teams', { signal: controller.signal });
    setTimeout(() => controller.abort(new InterruptedError('Stopped.')), 50);
    await expect(pending).rejects.toBeInstanceOf(InterruptedError);
  });

  it('keeps a secret that the server repeats out of its errors', async () => {
    const { client } = await setUp(
      withTokens(() => ({ status: 400, body: { message: 'no such client s3cret' } })),
    );
    await expect(client.get('/v2/teams')).rejects.toThrow('no such client [redacted]');
  });
});
