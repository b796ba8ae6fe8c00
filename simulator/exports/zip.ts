/** A ZIP file of stored entries, as APPNOTE.TXT 6.3 describes it; without ZIP64, so of less than 4 GiB. */
import { crc32 } from 'node:zlib';

const VERSION = 20;
/** Names are UTF-8. */
const FLAGS = 0x0800;
const STORED = 0;
/** 1 January 1980, the first day there is: the same content gives the same file. */
const DATE = 0x0021;

/** `chunks` is called twice and gives the same bytes each time, so that no entry is ever in memory as a whole. */
export interface ZipEntry {
  readonly name: string;
  readonly chunks: () => Iterable<Buffer>;
}

/** @throws RangeError where a size does not fit 32 bits. */
export function* zip(entries: readonly ZipEntry[]): Generator<Buffer> {
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, chunks } of entries) {
    const common = fieldsOf(Buffer.byteLength(name), chunks());
    const header = Buffer.concat([u32(0x04034b50), common.fields, Buffer.from(name)]);
    directory.push(
      Buffer.concat([
        ...[u32(0x02014b50), u16(VERSION), common.fields],
        // No comment, disk 0, no attributes.
        ...[u16(0), u16(0), u16(0), u32(0), u32(offset), Buffer.from(name)],
      ]),
    );
    yield header;
    yield* chunks();
    offset += header.length + common.size;
  }
  const central = Buffer.concat(directory);
  const count = u16(entries.length);
  yield central;
  yield Buffer.concat([
    ...[u32(0x06054b50), u16(0), u16(0), count, count, u32(central.length), u32(offset), u16(0)],
  ]);
}

/** Fields that an entry's header and its place in the directory share. */
function fieldsOf(
  nameLength: number,
  chunks: Iterable<Buffer>,
): { readonly fields: Buffer; readonly size: number } {
  let crc = 0;
  let size = 0;
  for (const chunk of chunks) {
    crc = crc32(chunk, crc);
    size += chunk.length;
  }
  const fields = Buffer.concat([
    ...[u16(VERSION), u16(FLAGS), u16(STORED), u16(0), u16(DATE), u32(crc), u32(size), u32(size)],
    ...[u16(nameLength), u16(0)],
  ]);
  return { fields, size };
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
