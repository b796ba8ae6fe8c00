/** Writing to a stream that may be slower than we are. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { InterruptedError } from '../../core/errors.ts';

/** Writes text, and resolves when more may come. */
export type WriteText = (text: string) => Promise<void>;

/**
 * Writes a text, and waits where the reader lags behind.
 *
 * @throws InterruptedError where the reader is gone; Error where the stream broke otherwise, such as a full disk.
 */
export async function writeTo(stream: Writable, text: string): Promise<void> {
  try {
    if (stream.destroyed) throw stream.errored ?? new Error('the output is closed');
    if (!stream.write(text)) await once(stream, 'drain');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
    throw new InterruptedError('The program that reads the output has ended.', {
      advice: 'The next emission sends the rest again.',
    });
  }
}
