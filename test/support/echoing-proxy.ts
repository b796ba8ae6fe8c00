/** Stands in front of the simulator and, if it is set to, fails exports while repeating every header it was sent. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { forward } from './forward.ts';

/** The failure. `refuse`: the export is refused with a status; `page`, `envelope`, `cut`: the download goes wrong. */
export type EchoMode = { readonly refuse: number } | 'page' | 'envelope' | 'cut' | 'redirect' | undefined;

export interface EchoingProxy extends AsyncDisposable {
  readonly url: string;
  mode: EchoMode;
  /** Answers with an echo so far. */
  readonly echoes: () => number;
}

/** Forwards to `target` what it does not fail. */
export async function echoingProxy(target: string): Promise<EchoingProxy> {
  let echoes = 0;
  /** Headers of the last request for an export. */
  let told = '';
  const fail = (incoming: IncomingMessage, response: ServerResponse): boolean => {
    const { mode } = proxy;
    const isExport = incoming.method === 'POST' && incoming.url?.endsWith('/export') === true;
    if (isExport) told = JSON.stringify(incoming.headers);
    const isDownload = incoming.url?.endsWith('/download') === true;
    if (mode === undefined || (mode instanceof Object ? !isExport : !isDownload)) return false;
    echoes++;
    const answer = (status: number, type: string, body: string): void => {
      incoming.resume();
      response.writeHead(status, {
        'content-type': type,
        ...(mode === 'redirect' && { location: `http://127.0.0.1:1/?${encodeURIComponent(told)}` }),
      });
      response.end(body);
    };
    if (mode instanceof Object)
      answer(
        mode.refuse,
        'application/json',
        JSON.stringify({ code: 'refused', message: `what was sent: ${told}` }),
      );
    else if (mode === 'page') answer(200, 'text/html', `<html><body>${told}</body></html>`);
    else if (mode === 'envelope')
      answer(200, 'application/json', JSON.stringify({ status: 500, message: told }));
    else if (mode === 'redirect') answer(302, 'text/plain', told);
    else {
      response.writeHead(200, { 'content-type': 'text/csv', 'content-length': '100000' });
      response.write(`"${told.replaceAll('"', '""')}",b\n1,2\n`, () => response.destroy());
    }
    return true;
  };
  const server = createServer((incoming, response) => {
    if (fail(incoming, response)) return;
    forward(incoming, response, target);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: EchoingProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mode: undefined,
    echoes: () => echoes,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return proxy;
}
