/** The first bytes of a download: is it data at all? */
import { type BodyStream, TransportError } from './http.ts';

/** An envelope or a page of HTML tells itself within so many bytes; anything longer is data. */
const MOST_HEAD = 4096;
const BOM = Buffer.from('\ufeff');

/**
 * Reads the beginning of a body: to the end where it is short and looks like JSON, else until there is something.
 * `rest` gives all of it, the beginning included, and throws what `broken` makes of a connection that breaks.
 */
export async function readHead(
  stream: BodyStream,
  broken: (error: unknown) => Error,
): Promise<{ readonly head: Buffer; readonly rest: BodyStream }> {
  const iterator = stream[Symbol.asyncIterator]();
  const next = async (): Promise<Buffer | undefined> => {
    try {
      const { done, value } = await iterator.next();
      return done === true ? undefined : value;
    } catch (error) {
      throw error instanceof TransportError ? broken(error) : error;
    }
  };
  const read: Buffer[] = [];
  let size = 0;
  for (let more = true; more; ) {
    const chunk = await next();
    if (chunk === undefined) break;
    read.push(chunk);
    size += chunk.length;
    const begin = trimmed(Buffer.concat(read));
    more = begin.length === 0 || (begin[0] === 0x7b && size < MOST_HEAD);
  }
  const head = Buffer.concat(read);
  return {
    head: trimmed(head),
    rest: {
      async *[Symbol.asyncIterator]() {
        try {
          if (head.length > 0) yield head;
          for (let chunk = await next(); chunk !== undefined; chunk = await next()) yield chunk;
        } finally {
          stream.cancel();
        }
      },
      cancel: () => stream.cancel(),
    },
  };
}

/**
 * True for a renderer's error page, or that of a proxy. A download that is called a file may begin with `<`, because
 * its first label may.
 */
export function isHtml(head: Buffer, isFile: boolean): boolean {
  if (head[0] !== 0x3c) return false;
  return !isFile || /^<(?:!doctype|!--|html|head|body|\?xml)/i.test(head.subarray(0, 16).toString('latin1'));
}

/** The `status` of the JSON envelope that the specification shows; undefined where it is none. */
export function envelopeOf(head: Buffer): number | undefined {
  if (head[0] !== 0x7b || head.length > MOST_HEAD) return undefined;
  try {
    const value: unknown = JSON.parse(head.toString());
    if (typeof value !== 'object' || value === null || !('status' in value)) return undefined;
    const known = Object.keys(value).every((key) => ['status', 'message', 'download'].includes(key));
    return known && typeof value.status === 'number' ? value.status : undefined;
  } catch {
    return undefined;
  }
}

/** Without byte-order mark and blank space in front. */
function trimmed(bytes: Buffer): Buffer {
  let start = bytes.subarray(0, 3).equals(BOM) ? 3 : 0;
  while (start < bytes.length && [0x20, 0x09, 0x0a, 0x0d].includes(bytes[start] ?? 0)) start++;
  return bytes.subarray(start);
}
