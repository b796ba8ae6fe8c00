/** Does a file begin as its format wants it? Sigma, or a proxy, may send something else under its name. */
import { ExportError } from '../../core/errors.ts';
import type { DownloadFormat } from './download-request.ts';

/** Beginnings in bytes; an Excel file is a ZIP archive. */
const BYTES: Partial<Readonly<Record<DownloadFormat, Buffer>>> = {
  pdf: Buffer.from('%PDF-'),
  png: Buffer.from('89504e470d0a1a0a', 'hex'),
  xlsx: Buffer.from('504b0304', 'hex'),
};
/** Beginnings in text. A CSV may begin with anything. */
const TEXT: Partial<Readonly<Record<DownloadFormat, RegExp>>> = {
  json: /^\ufeff?\s*[[{]/,
  jsonl: /^\ufeff?\s*(?:\{|$)/,
};
const HEAD = 64;

/** Passes the chunks of a file on. @throws ExportError where it is not what was asked for. */
export async function* checkedFile(
  chunks: AsyncIterable<Buffer>,
  format: DownloadFormat,
): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (head === undefined) {
      yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < HEAD) continue;
    check(head, format);
    yield head;
    head = undefined;
  }
  if (head === undefined) return;
  check(head, format);
  if (head.length > 0) yield head;
}

function check(head: Buffer, format: DownloadFormat): void {
  const bytes = BYTES[format];
  const isRight = bytes === undefined || head.subarray(0, bytes.length).equals(bytes);
  if (isRight && (TEXT[format]?.test(head.toString()) ?? true)) return;
  const begin = JSON.stringify(head.subarray(0, 8).toString('latin1'));
  const is = head.length === 0 ? 'it is empty' : `it begins with ${begin}`;
  throw new ExportError(`What Sigma sent is no ${format} file: ${is}. Nothing was kept.`, {
    advice: 'Try it again, or export the same by hand in Sigma to see whether that works.',
  });
}
