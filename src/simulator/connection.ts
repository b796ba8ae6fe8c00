/** Reading requests from and writing answers to a connection, properly and improperly. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, Refusal } from './answer.ts';

const MAX_BODY = 1_000_000;

/** The body as text. @throws Refusal 400 where it is too long. */
export async function readBody(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req) {
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > MAX_BODY) throw new Refusal(400, 'the body is too long');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString();
}

export function send(res: ServerResponse, answer: Answer): void {
  res.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) });
  res.end(answer.body);
}

/** Promises the whole body, sends half of it and breaks the connection. */
export function sendCut(res: ServerResponse, answer: Answer): void {
  const bytes = Buffer.from(answer.body);
  res.writeHead(answer.status, { ...answer.headers, 'content-length': bytes.length });
  res.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => res.socket?.destroy());
}

/** Breaks the connection without an answer, by RST or by FIN. */
export function breakOff(req: IncomingMessage, reset: boolean): void {
  if (reset) req.socket.resetAndDestroy();
  else req.socket.destroy();
}
