/** A file name that a server gave, made safe to create: one plain name, whatever was sent. */
import { withinBytes } from '../../core/words.ts';

/** Bytes of a name, so that the longest file systems allow (255) leaves room for what is added while it is written. */
const MOST_BYTES = 200;
/** Names that Windows keeps for devices, with or without an extension. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/**
 * The name without path separators, leading dots, control and direction marks, and at most 200 bytes long. It ends
 * with the extension, which is added where it is not there; undefined where nothing of the name is left.
 *
 * @param extension without its dot
 * @example safeFileName('../../etc/pass\nwd', 'pdf') // '_.._etc_pass_wd.pdf'
 */
export function safeFileName(name: string, extension: string): string | undefined {
  const end = `.${extension}`;
  const clean = name
    .toWellFormed()
    .replace(/[/\\:*?"<>|\p{C}\u2028\u2029]+/gu, '_')
    .replace(/^[\s.]+/, '');
  const stem = clean.toLowerCase().endsWith(end) ? clean.slice(0, -end.length) : clean;
  const short = withinBytes(stem, MOST_BYTES - Buffer.byteLength(end) - 1).replace(/[\s.]+$/, '');
  if (/^_*$/.test(short)) return undefined;
  return `${DEVICE.test(short) ? '_' : ''}${short}${end}`;
}
