/** A client against a scripted API, with a clock whose waits pass at once. */
import { EventBus } from '../../src/core/events/bus.ts';
import { type ClientOptions, openSigmaClient } from '../../src/sigma/client.ts';
import { fakeClock } from './fake-clock.ts';
import { type ScriptedAnswer, type SeenRequest, scriptedServer, withTokens } from './scripted-server.ts';

/** Opens it; `close` what it gives, and whatever else was put there. */
export async function scriptedClient(
  open: { close(): Promise<void> }[],
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

/** The reason with which a promise is rejected. */
export const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );
