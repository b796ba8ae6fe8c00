/** Reads a file that a person named, who may have named anything: within a size and a time, whatever it is. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { getSystemErrorMessage } from 'node:util';

/** No settings and no secret are longer; devices have no end, and the wrong file may have a gigabyte. */
const MOST_BYTES = 1 << 20;
/** For a pipe whose other end is open, such as that of `<(command)`. */
const PATIENCE_MS = 5_000;
const PAUSE_MS = 20;

/**
 * The text of a file, a pipe or a device.
 *
 * @throws Error whose `systemReason` says why there is none.
 */
export function readText(path: string): string {
  // A pipe that nobody writes to would be waited for without end already while it is opened.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readAll(file));
  } catch (error) {
    throw error instanceof TypeError ? new Error('it is not a text in UTF-8', { cause: error }) : error;
  } finally {
    closeSync(file);
  }
}

function readAll(file: number): Uint8Array {
  const content = new Uint8Array(MOST_BYTES + 1);
  const until = Date.now() + PATIENCE_MS;
  let length = 0;
  for (;;) {
    const read = readSome(file, content, length);
    if (read === 0 && length === 0 && fstatSync(file).isFIFO())
      throw new Error('it is a pipe that nobody writes to');
    if (read === 0) return content.subarray(0, length);
    if (read !== undefined) length += read;
    if (length > MOST_BYTES) throw new Error(`it is larger than ${MOST_BYTES >> 20} MB`);
    if (read !== undefined) continue;
    if (Date.now() > until) throw new Error(`it did not end within ${PATIENCE_MS / 1000} s`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
  }
}

/** Number of bytes read; 0 at the end, undefined if there are none yet. */
function readSome(file: number, content: Uint8Array, from: number): number | undefined {
  try {
    return readSync(file, content, from, content.length - from, null);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return undefined;
    throw error;
  }
}

/** Why a file could not be read, in words, e.g. `no such file or directory`. */
export function systemReason(error: unknown): string {
  const errno = error instanceof Error && 'errno' in error ? error.errno : undefined;
  if (typeof errno === 'number') return getSystemErrorMessage(errno);
  return error instanceof Error ? error.message : String(error);
}
