/** A server over real HTTP that answers as a test tells it to, and remembers what it was asked. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * An answer: a status, headers and a body (text as it is, anything else as JSON), a broken connection, or the output
 * of a function.
 */
export type ScriptedAnswer =
  | { readonly status?: number; readonly headers?: Record<string, string>; readonly body?: unknown }
  | 'reset'
  | 'hang'
  | { readonly cut: string }
  | ((response: ServerResponse) => void);

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface ScriptedServer {
  readonly url: string;
  readonly requests: SeenRequest[];
  close(): Promise<void>;
}

export async function scriptedServer(
  answer: (request: SeenRequest, number: number) => ScriptedAnswer | Promise<ScriptedAnswer>,
): Promise<ScriptedServer> {
  const requests: SeenRequest[] = [];
  const server = createServer(async (incoming, response) => {
    let body = '';
    for await (const chunk of incoming) body += String(chunk);
    const seen = { method: incoming.method ?? '', url: incoming.url ?? '', headers: incoming.headers, body };
    requests.push(seen);
    give(await answer(seen, requests.length), response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function give(answer: ScriptedAnswer, response: ServerResponse): void {
  if (answer === 'hang') return;
  if (answer === 'reset') {
    response.socket?.destroy();
    return;
  }
  if (typeof answer === 'function') {
    answer(response);
    return;
  }
  if ('cut' in answer) {
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': answer.cut.length + 100,
    });
    response.write(answer.cut, () => response.socket?.destroy());
    return;
  }
  const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? {});
  response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
  response.end(text);
}

/** Begins an answer and continues with `piece` every `everyMs`, or as fast as it is taken, until nobody listens. */
export function endless(piece: string, everyMs = 0, status = 200): (response: ServerResponse) => void {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    const write = (): void => {
      if (response.destroyed) return;
      const more = response.write(piece);
      if (everyMs > 0) setTimeout(write, everyMs);
      else if (more) setImmediate(write);
      else response.once('drain', write);
    };
    write();
  };
}

/** Answers token requests itself and leaves the rest to `answer`. */
export function withTokens(
  answer: (request: SeenRequest, number: number) => ScriptedAnswer | Promise<ScriptedAnswer>,
): (request: SeenRequest) => ScriptedAnswer | Promise<ScriptedAnswer> {
  let minted = 0;
  let asked = 0;
  return (request) => {
    if (request.url !== '/v2/auth/token') return answer(request, ++asked);
    const token = {
      access_token: `token-${++minted}`,
      refresh_token: 'r',
      token_type: 'bearer',
      expires_in: 3600,
    };
    return { body: token };
  };
}
