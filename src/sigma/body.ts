/** Reads the body of an answer: decompressed, and bounded by what comes out of that. */
import type { Dispatcher } from 'undici';
import { bytes } from '../core/words.ts';
import { type Coding, CodingError, decodeStream, decodeWhole } from './coding.ts';

/** The body of an answer is larger than it may be. Nobody read it further. */
export class OversizeError extends Error {
  override readonly name = 'OversizeError';
}

type Body = Dispatcher.ResponseData['body'];

/** A body, and what it is compressed with. */
export interface Coded {
  readonly body: Body;
  readonly codings: readonly Coding[];
}

/**
 * A body beyond this waits until no other one is in memory: what is made of it takes a multiple of its bytes, and many of
 * them together would fill the memory.
 */
const LARGE_BYTES = 2 * 1024 * 1024;

/** A download that brings less than this in each second of waiting is given up: it would go on for days. */
const SLOWEST_BYTES_PER_SECOND = 1024;

/** Takes a byte-order mark away, and what is no UTF-8. */
const UTF8 = new TextDecoder();

/**
 * A body to its end, and how to leave the place that a large one took. `most` bounds what comes and what it decompresses to.
 *
 * @throws OversizeError, CodingError
 */
export async function readWhole(
  { body, codings }: Coded,
  most: number,
  place: () => Promise<() => void>,
): Promise<{ readonly text: string; readonly leave: (() => void) | undefined }> {
  const chunks: Buffer[] = [];
  let size = 0;
  const read = async (until: number): Promise<boolean> => {
    // The loop is left early, and the body goes on afterwards.
    for await (const chunk of body.iterator({ destroyOnReturn: false })) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
      if (size > until) return false;
    }
    return true;
  };
  const small = Math.min(LARGE_BYTES, most);
  let leave: (() => void) | undefined;
  try {
    let isWhole = await read(small);
    if (!isWhole && size <= most) {
      leave = await place();
      isWhole = await read(most);
    }
    const come = Buffer.concat(chunks);
    let whole = isWhole ? decodeWhole(come, codings, leave === undefined ? small : most) : undefined;
    if (isWhole && whole === undefined && leave === undefined && small < most) {
      leave = await place();
      whole = decodeWhole(come, codings, most);
    }
    if (whole === undefined) throw new OversizeError(`it is larger than ${bytes(most)}`);
    return { text: UTF8.decode(whole), leave };
  } catch (error) {
    leave?.();
    throw error;
  } finally {
    discard(body);
  }
}

/**
 * The first bytes of a body; nobody waits for the rest. If its coding is broken, this is the text before the break:
 * the status says enough.
 */
export async function readBeginning({ body, codings }: Coded, most: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of decodeStream(body, codings)) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= most) break;
    }
  } catch (error) {
    if (!(error instanceof CodingError)) throw error;
  } finally {
    discard(body);
  }
  return UTF8.decode(Buffer.concat(chunks).subarray(0, most));
}

/**
 * The pieces of a body. None may be waited for longer than `timeoutMs`, and so much waiting must bring a kilobyte a
 * second, decompressed. The time that the reader takes for itself does not count.
 */
export async function* readStream({ body, codings }: Coded, timeoutMs: number): AsyncGenerator<Buffer> {
  const chunks = decodeStream(body, codings);
  let waitedMs = 0;
  let size = 0;
  try {
    for (;;) {
      const askedAt = performance.now();
      // The dispatcher sees what comes over the wire, of which nothing need come out.
      const timer = setTimeout(() => body.destroy(tookTooLong()), timeoutMs);
      const { done, value } = await chunks.next().finally(() => clearTimeout(timer));
      if (done === true) return;
      waitedMs += performance.now() - askedAt;
      size += value.length;
      if (waitedMs > timeoutMs) {
        if (size < (waitedMs / 1000) * SLOWEST_BYTES_PER_SECOND) throw tookTooLong();
        [waitedMs, size] = [0, 0];
      }
      yield value;
    }
  } finally {
    discard(body);
  }
}

export function tookTooLong(): DOMException {
  return new DOMException('no answer came in time', 'TimeoutError');
}

/** Drops the rest of a body; its failures concern nobody. */
function discard(body: Body): void {
  body.on('error', () => undefined).destroy();
}
