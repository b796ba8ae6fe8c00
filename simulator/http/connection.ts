/** Reading requests from and writing answers to a connection, properly and improperly. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { type Answer, type FileAnswer, Refusal } from './answer.ts';
import { compress, compressor, type Encoding } from './compression.ts';

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

export function send(res: ServerResponse, answer: Answer, encoding?: Encoding): void {
  const bytes = bytesOf(answer, encoding);
  const length = answer.status === 204 ? {} : { 'content-length': bytes.length };
  res.writeHead(answer.status, { ...answer.headers, ...coding(encoding), ...length });
  res.end(bytes);
}

/** Promises the whole body, sends half of it and breaks the connection. */
export function sendCut(res: ServerResponse, answer: Answer, encoding?: Encoding): void {
  const bytes = bytesOf(answer, encoding);
  res.writeHead(answer.status, { ...answer.headers, ...coding(encoding), 'content-length': bytes.length });
  res.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => res.socket?.destroy());
}

function bytesOf({ body }: Answer, encoding: Encoding | undefined): Buffer {
  const bytes = Buffer.from(body);
  return encoding === undefined ? bytes : compress(bytes, encoding);
}

function coding(encoding: Encoding | undefined): Record<string, string> {
  return encoding === undefined ? {} : { 'content-encoding': encoding, vary: 'accept-encoding' };
}

/** Settings for sending a file. */
export interface Sending {
  readonly encoding: Encoding | undefined;
  readonly cutAfter: number | undefined;
}

/**
 * Sends a file as fast as it is read, one chunk in memory at a time. With `cutAfter` the connection breaks in the
 * middle of the chunk behind so many, or of the last one.
 */
export async function sendFile(
  res: ServerResponse,
  answer: FileAnswer,
  { encoding, cutAfter }: Sending,
): Promise<void> {
  res.writeHead(answer.status, { ...answer.headers, ...coding(encoding) });
  const chunks = cutAfter === undefined ? filled(answer.chunks) : beginning(answer.chunks, cutAfter);
  const end = { end: cutAfter === undefined };
  try {
    if (encoding === undefined) await pipeline(chunks, res, end);
    else await pipeline(chunks, compressor(encoding), res, end);
  } catch (error) {
    // The reader went away.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
  // The written bytes are on their way before the connection ends.
  if (cutAfter !== undefined) res.socket?.destroySoon();
}

function* filled(chunks: Iterable<Buffer>): Generator<Buffer> {
  for (const chunk of chunks) if (chunk.length > 0) yield chunk;
}

/** So many whole chunks and half of the next; half of the last where there are not so many. */
function* beginning(chunks: Iterable<Buffer>, whole: number): Generator<Buffer> {
  let held: Buffer = Buffer.alloc(0);
  let left = whole;
  for (const chunk of filled(chunks)) {
    if (held.length > 0) yield held;
    held = chunk;
    if (left-- === 0) break;
  }
  const half = held.subarray(0, Math.floor(held.length / 2));
  if (half.length > 0) yield half;
}

/** Breaks the connection without an answer, by RST or by FIN. */
export function breakOff(req: IncomingMessage, reset: boolean): void {
  if (reset) req.socket.resetAndDestroy();
  else req.socket.destroy();
}

/** Begins a listing and never ends it: a piece every `everyMs`, or as fast as it is read, until nobody listens. */
export function sendEndlessly(res: ServerResponse, everyMs: number): void {
  res.writeHead(200, { 'content-type': 'application/json' });
  const piece = everyMs > 0 ? ' ' : `${' '.repeat(16 * 1024)}\n`;
  const write = (): void => {
    if (res.destroyed) return;
    const more = res.write(piece);
    if (everyMs > 0) setTimeout(write, everyMs);
    else if (more) setImmediate(write);
    else res.once('drain', write);
  };
  res.write('{"entries":[');
  write();
}
