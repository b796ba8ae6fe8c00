/** Stands between the command line and the simulator and remembers every bearer token it sees. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { forward } from './forward.ts';

export interface RecordingProxy extends AsyncDisposable {
  readonly url: string;
  readonly tokens: ReadonlySet<string>;
}

/** Forwards everything to `target`; what breaks there breaks here. */
export async function recordingProxy(target: string): Promise<RecordingProxy> {
  const tokens = new Set<string>();
  const server = createServer((incoming, response) => {
    const token = /^Bearer (\S+)$/.exec(incoming.headers.authorization ?? '')?.[1];
    if (token !== undefined) tokens.add(token);
    forward(incoming, response, target);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tokens,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
