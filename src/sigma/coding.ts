/**
 * Names and removes the compression of an answer. We do not use undici's `decompress`: it calls itself experimental
 * on standard error, sets no bound at the beginning of an error page, and loses everything after the first zstd
 * frame.
 */
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  brotliDecompressSync,
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
  gunzipSync,
  inflateRawSync,
  inflateSync,
  type Zlib,
  zstdDecompressSync,
} from 'node:zlib';

/** Codings we accept. All cost us about the same, so the server may choose its cheapest. */
export const ACCEPTED = 'zstd, br, gzip';
/** The coding we ask for if compressed answers arrive broken. */
export const PLAIN = 'identity';

/** A body is not what its content coding says. */
export class CodingError extends Error {
  override readonly name = 'CodingError';

  constructor(coding: Coding, cause?: unknown) {
    super(`the body is not ${coding}, although its header says so`, { cause });
  }
}

/** Codings that Node can decompress. */
export type Coding = 'gzip' | 'deflate' | 'br' | 'zstd';
type Decoder = Transform & Zlib;

/** By their names on the wire. Others, `identity` among them, compress nothing, or nothing that was asked for. */
const CODINGS: ReadonlyMap<string, Coding> = new Map([
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['br', 'br'],
  ['zstd', 'zstd'],
]);

/** More than these were put on nothing that anybody reads. */
const MOST_CODINGS = 4;

/** A file that is gzip itself: some servers say so once more in `Content-Encoding`, which browsers look through, too. */
const GZIP_FILE = /^\s*application\/(?:x-)?gzip\b/i;

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** The codings of a body, in the order in which they come off. */
export function codingsOf(headers: Headers): readonly Coding[] {
  const encoding = headers['content-encoding'];
  if (encoding === undefined) return [];
  const isFile = GZIP_FILE.test(String(headers['content-type'] ?? ''));
  return String(encoding)
    .split(',', 100)
    .map((name) => CODINGS.get(name.trim().toLowerCase()))
    .filter((coding) => coding !== undefined)
    .filter((coding) => !(isFile && coding === 'gzip'))
    .toReversed();
}

/** zstd may ask for 128 MB to look back in; RFC 9659 allows 8 on the wire. */
const ZSTD = { params: { [constants.ZSTD_d_windowLogMax]: 23 } };

/**
 * A whole body without its codings; undefined where more than `most` bytes come out, of whichever coding. It is done at
 * once, because a stream of Node's takes longer to begin than most answers take to decode.
 *
 * @throws CodingError
 */
export function decodeWhole(body: Buffer, codings: readonly Coding[], most: number): Buffer | undefined {
  if (codings.length === 0 || body.length === 0) return body;
  checkNumber(codings);
  try {
    return codings.reduce((bytes, coding) => decodeOne(bytes, coding, most), body);
  } catch (error) {
    // Node's word for more than may come out.
    if (error instanceof RangeError) return undefined;
    // Something between us and Sigma undid the coding, and left the word for it.
    if (error instanceof CodingError && isText(body)) return body;
    throw error;
  }
}

/** Each frame of zstd takes a call. */
const MOST_FRAMES = 1000;

/** @throws RangeError where more than `most` bytes come out; CodingError. */
function decodeOne(body: Buffer, coding: Coding, most: number): Buffer {
  const done: Buffer[] = [];
  let size = 0;
  let rest = body;
  do {
    const { buffer, engine } = step(rest, coding, most - size);
    done.push(buffer);
    size += buffer.length;
    rest = rest.subarray(engine.bytesWritten);
    // Node's zstd stops at the end of a frame, and there may be several.
  } while (rest.length > 0 && coding === 'zstd' && done.length < MOST_FRAMES);
  // Bytes after the end may be half of the answer: nobody can tell.
  if (rest.length > 0) throw new CodingError(coding);
  return done.length === 1 ? (done[0] ?? body) : Buffer.concat(done);
}

interface Step {
  readonly buffer: Buffer;
  /** `bytesWritten` is what it took of its input. */
  readonly engine: Zlib;
}

function step(bytes: Buffer, coding: Coding, most: number): Step {
  const options = { info: true, maxOutputLength: Math.max(1, most) };
  const undo = {
    gzip: () => gunzipSync(bytes, options),
    deflate: () => (isZlib(bytes) ? inflateSync(bytes, options) : inflateRawSync(bytes, options)),
    br: () => brotliDecompressSync(bytes, options),
    zstd: () => zstdDecompressSync(bytes, { ...options, ...ZSTD }),
  }[coding];
  try {
    // The types don't know what comes with `info`.
    return undo() as unknown as Step;
  } catch (error) {
    throw error instanceof RangeError ? error : new CodingError(coding, error);
  }
}

/** The pieces of a body without its codings, as they come. @throws CodingError; what `body` throws. */
export async function* decodeStream(
  body: AsyncIterable<Buffer>,
  codings: readonly Coding[],
): AsyncGenerator<Buffer> {
  checkNumber(codings);
  yield* codings.reduce(undone, body);
}

async function* undone(body: AsyncIterable<Buffer>, coding: Coding): AsyncGenerator<Buffer> {
  const iterator = body[Symbol.asyncIterator]();
  const head = await readHead(iterator);
  let sent = 0;
  let broken: { readonly error: unknown } | undefined;
  async function* whole(): AsyncGenerator<Buffer> {
    try {
      for (let chunk: Buffer | undefined = head; chunk !== undefined; ) {
        sent += chunk.length;
        yield chunk;
        const next = await iterator.next();
        chunk = next.done === true ? undefined : next.value;
      }
    } catch (error) {
      broken = { error };
      throw error;
    } finally {
      await iterator.return?.();
    }
  }
  if (!begins(head, coding)) {
    if (head.length > 0) yield* whole();
    return;
  }
  const decoder = decoderOf(coding, head);
  // The reader of the decoder sees the failure there.
  pipeline(whole, decoder).catch(() => undefined);
  try {
    for await (const chunk of decoder) yield chunk as Buffer;
  } catch (error) {
    throw broken === undefined ? new CodingError(coding, error) : broken.error;
  } finally {
    decoder.destroy();
  }
  // Decoders leave what follows an end without a word: a second frame, or something that is none.
  if (decoder.bytesWritten !== sent) throw new CodingError(coding);
}

/** So many bytes tell what begins, where there are so many. */
const HEAD = 4;

async function readHead(iterator: AsyncIterator<Buffer>): Promise<Buffer> {
  let head: Buffer = Buffer.alloc(0);
  while (head.length < HEAD) {
    const { done, value } = await iterator.next();
    if (done === true) break;
    head = Buffer.concat([head, value]);
  }
  return head;
}

/** Nothing at all is no coding's beginning, and neither is a text whose coding somebody took off. */
function begins(head: Buffer, coding: Coding): boolean {
  if (head.length === 0) return false;
  if (coding === 'gzip') return head[0] === 0x1f && (head.length === 1 || head[1] === 0x8b);
  if (coding !== 'zstd' || head.length < HEAD) return true;
  const magic = head.readUInt32LE();
  return magic === 0xfd2fb528 || (magic & 0xfffffff0) >>> 0 === 0x184d2a50;
}

function decoderOf(coding: Coding, head: Buffer): Decoder {
  const options = { chunkSize: 64 * 1024 };
  const make = {
    gzip: () => createGunzip(options),
    deflate: () => (isZlib(head) ? createInflate(options) : createInflateRaw(options)),
    br: () => createBrotliDecompress(options),
    zstd: () => createZstdDecompress({ ...options, ...ZSTD }),
  }[coding];
  return make();
}

/** `deflate` means zlib's format; some servers send it without zlib's beginning. */
function isZlib(head: Buffer): boolean {
  const [first = 0, second = 0] = head;
  return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;
}

const BLANKS: readonly number[] = [0x09, 0x0a, 0x0d];
const STRICT = new TextDecoder('utf-8', { fatal: true });

/** UTF-8 that can be read: what is compressed has other bytes. */
function isText(bytes: Buffer): boolean {
  if (bytes.some((byte) => byte < 0x20 && !BLANKS.includes(byte))) return false;
  try {
    STRICT.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function checkNumber(codings: readonly Coding[]): void {
  const [first] = codings;
  if (first !== undefined && codings.length > MOST_CODINGS) throw new CodingError(first);
}
