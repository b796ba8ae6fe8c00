/** The common parts of the proxies of tests. */
import { type IncomingMessage, request, type ServerResponse } from 'node:http';

/** Sends a request on to `target` and its answer back; what breaks there breaks here. */
export function forward(incoming: IncomingMessage, response: ServerResponse, target: string): void {
  const { method, headers, url = '/' } = incoming;
  const onward = request(new URL(url, target), { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.on('error', () => response.destroy());
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  incoming.pipe(onward);
}
