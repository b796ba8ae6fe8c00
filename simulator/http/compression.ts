/**
 * Compressed answers, to those who ask for them. Sigma's API stands behind Cloudflare (the field shows its pages and its
 * `cf-ray`), so what Cloudflare documents is done: JSON and HTML of 200, 403 and 404. CSV stays as it is, unless `files` says
 * otherwise.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Transform } from 'node:stream';
import {
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createGzip,
  createZstdCompress,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';

/** Available encodings; if a client likes several equally, the first of these is taken. */
export const ENCODINGS = ['zstd', 'br', 'gzip'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** Settings of compression. */
export interface Compression {
  /** None: nothing is compressed. */
  readonly encodings: readonly Encoding[];
  /** Shorter bodies are sent as they are. */
  readonly leastBytes: number;
  /** Exported CSV and JSON lines, too. */
  readonly files: boolean;
}

export const COMPRESSION: Compression = { encodings: ENCODINGS, leastBytes: 50, files: false };

/** Quick rather than thorough: answers are made for one reader. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 3 } };
const GZIP = { level: 1 };

const COMPRESSORS: Readonly<Record<Encoding, (bytes: Buffer) => Buffer>> = {
  zstd: (bytes) => zstdCompressSync(bytes, ZSTD),
  br: (bytes) => brotliCompressSync(bytes, BROTLI),
  gzip: (bytes) => gzipSync(bytes, GZIP),
};

const STREAMS: Readonly<Record<Encoding, () => Transform>> = {
  zstd: () => createZstdCompress(ZSTD),
  br: () => createBrotliCompress(BROTLI),
  gzip: () => createGzip(GZIP),
};

/** Compresses a whole body. */
export function compress(bytes: Buffer, encoding: Encoding): Buffer {
  return COMPRESSORS[encoding](bytes);
}

/** Compresses a file as it is sent. */
export function compressor(encoding: Encoding): Transform {
  return STREAMS[encoding]();
}

const STATUSES: readonly number[] = [200, 403, 404];
const TEXTS = /^(?:application\/json|text\/html)\b/;
const FILES = /^(?:text\/csv|application\/x-ndjson)\b/;

/** The encoding of an answer; undefined if it is sent as it is. The size of a file is not known. */
export function encodingFor(
  { encodings, leastBytes, files }: Compression,
  request: IncomingHttpHeaders,
  answer: { readonly status: number; readonly headers: Readonly<Record<string, string>> },
  size: number | undefined,
): Encoding | undefined {
  const type = answer.headers['content-type'] ?? '';
  const isText = TEXTS.test(type) || (files && FILES.test(type));
  if (!isText || !STATUSES.includes(answer.status) || (size ?? leastBytes) < leastBytes) return undefined;
  return negotiated(encodings, [request['accept-encoding'] ?? []].flat().join());
}

/** The encoding with the greatest weight (RFC 9110, 12.5.3); undefined where it is sent as it is. */
export function negotiated(offered: readonly Encoding[], accepted: string): Encoding | undefined {
  const weights = new Map<string, number>();
  for (const part of accepted.split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const weight = parameters.map((text) => /^q\s*=\s*(.*)$/.exec(text)?.[1]).find((q) => q !== undefined);
    if (name !== '') weights.set(name === 'x-gzip' ? 'gzip' : name, weightOf(weight));
  }
  const weigh = (name: string): number => weights.get(name) ?? weights.get('*') ?? 0;
  // Plain is always acceptable, unless it is refused; what is liked less than it is not used.
  const plain = weights.get('identity') ?? 0;
  const [best] = offered.toSorted((a, b) => weigh(b) - weigh(a));
  return best !== undefined && weigh(best) > 0 && weigh(best) >= plain ? best : undefined;
}

/** A weight that is none counts as zero: nothing is sent that nobody surely asked for. */
function weightOf(text: string | undefined): number {
  if (text === undefined) return 1;
  return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(text) ? Number(text) : 0;
}
