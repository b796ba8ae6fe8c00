/** A picture after PNG, third edition: bars that follow from the names of what it shows, in shades of grey. */
import { crc32, deflateSync } from 'node:zlib';
import { hash } from '../store/random.ts';
import type { ExportRequest } from './export-request.ts';
import type { Exported } from './export-scope.ts';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const BARS = 8;
const [WHITE, GREY] = [255, 96] as const;
const WIDTH = 1024;
const HEIGHT = 768;
/** Pixels of a side at most; the specification promises no more than an effort. */
const MOST_PIXELS = 4096;

/** The bytes of the picture. Its `Title` has the names, with slashes between them. */
export function png(
  names: Exported['path'],
  { pixelWidth, pixelHeight }: Extract<ExportRequest['format'], { type: 'png' }>,
): Buffer {
  const width = pixels(pixelWidth ?? WIDTH);
  const height = pixels(pixelHeight ?? HEIGHT);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Eight bits a pixel, greyscale; compression, filter and interlacing are the only ones or none.
  header.writeUInt8(8, 8);
  const title = Buffer.from(`Title\0\0\0\0\0${names.join(' / ').replaceAll('\0', ' ')}`);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('iTXt', title),
    chunk('IDAT', deflateSync(rowsOf(names, width, height))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function pixels(wanted: number): number {
  return Math.min(MOST_PIXELS, Math.max(1, Math.round(wanted)));
}

/** Each row begins with the number of its filter: 0, which is none. */
function rowsOf(names: Exported['path'], width: number, height: number): Buffer {
  const rows = Buffer.alloc(height * (width + 1));
  const tops = Array.from({ length: BARS }, (_, bar) => hash('bar', names.join('/'), bar) % height);
  for (let y = 0; y < height; y++) {
    const start = y * (width + 1) + 1;
    rows.fill(WHITE, start, start + width);
    for (const [bar, top] of tops.entries()) {
      if (y < top) continue;
      const [from, to] = [bar, bar + 0.75].map((place) => Math.floor((place * width) / BARS));
      rows.fill(GREY, start + (from ?? 0), start + (to ?? 0));
    }
  }
  return rows;
}

function chunk(type: string, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type), data]);
  const framed = Buffer.alloc(typed.length + 8);
  framed.writeUInt32BE(data.length, 0);
  typed.copy(framed, 4);
  framed.writeUInt32BE(crc32(typed), typed.length + 4);
  return framed;
}
