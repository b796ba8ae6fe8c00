/**
 * Archives of new databases, which the build makes: with initdb a database takes two seconds and a gigabyte. A file of an
 * archive is written without its pages of zeros, of which half of a new database is.
 */
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { packageFolder } from '../../version.ts';

/** The index in front of the pages. */
interface Contents {
  /** Version of PGlite that made the files. */
  readonly pglite: string;
  readonly folders: readonly string[];
  /** Pages come in the order of the files and their runs. */
  readonly files: readonly {
    readonly path: string;
    readonly bytes: number;
    /** Offset and length of what is not zero. */
    readonly runs: readonly (readonly [offset: number, length: number])[];
  }[];
}

const PAGE = 8192;

/** Paths of the archives that the build could make: of a database with our schemas of a name, and of an empty one. */
export function imagePaths(schema: string | undefined, folder = join(packageFolder, 'dist')): string[] {
  const names = [...(schema === undefined ? [] : [`embedded-${schema}.image`]), 'embedded.image'];
  return names.map((name) => join(folder, name)).filter((path) => existsSync(path));
}

/** Writes the archive of a folder whose database is closed. */
export function packImage(folder: string, path: string): void {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => ({ entry, path: join(entry.parentPath, entry.name).slice(folder.length + 1) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const pages: Buffer[] = [];
  const files = entries
    .filter(({ entry }) => entry.isFile())
    .map((file) => {
      const bytes = readFileSync(join(folder, file.path));
      const runs = runsOf(bytes);
      for (const [offset, length] of runs) pages.push(bytes.subarray(offset, offset + length));
      return { path: file.path, bytes: bytes.length, runs };
    });
  const folders = entries.filter(({ entry }) => entry.isDirectory()).map(({ path: name }) => name);
  const contents: Contents = { pglite: pgliteVersion(), folders, files };
  const head = Buffer.from(JSON.stringify(contents));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  const params = { [constants.ZSTD_c_compressionLevel]: 19, [constants.ZSTD_c_checksumFlag]: 1 };
  writeFileSync(path, zstdCompressSync(Buffer.concat([length, head, ...pages]), { params }));
}

/** Runs of pages that are not zero. */
function runsOf(bytes: Buffer): [offset: number, length: number][] {
  const zeros = Buffer.alloc(PAGE);
  const runs: [number, number][] = [];
  for (let at = 0; at < bytes.length; at += PAGE) {
    const length = Math.min(PAGE, bytes.length - at);
    if (bytes.compare(zeros, 0, length, at, at + length) === 0) continue;
    const last = runs.at(-1);
    if (last !== undefined && last[0] + last[1] === at) last[1] += length;
    else runs.push([at, length]);
  }
  return runs;
}

/**
 * Unpacks an archive into an empty folder. Nothing of it is on the disk yet.
 *
 * @returns false where it is of another PGlite, and nothing was unpacked.
 * @throws Error of the system, or where the archive is damaged
 */
export function unpackImage(path: string, folder: string): boolean {
  const all = zstdDecompressSync(readFileSync(path));
  let at = 4 + all.readUInt32LE(0);
  const contents = JSON.parse(all.toString('utf8', 4, at)) as Contents;
  if (contents.pglite !== pgliteVersion()) return false;
  for (const name of contents.folders) mkdirSync(join(folder, name), { recursive: true });
  for (const file of contents.files) {
    const descriptor = openSync(join(folder, file.path), 'wx');
    try {
      for (const [offset, length] of file.runs) {
        writeAll(descriptor, all.subarray(at, at + length), offset);
        at += length;
      }
      if (file.bytes > 0) ftruncateSync(descriptor, file.bytes);
    } finally {
      closeSync(descriptor);
    }
  }
  return true;
}

/** A system may write less than it is given. */
function writeAll(descriptor: number, bytes: Buffer, offset: number): void {
  for (let done = 0; done < bytes.length; )
    done += writeSync(descriptor, bytes, done, bytes.length - done, offset + done);
}

/** Version of the installed PGlite. */
function pgliteVersion(): string {
  const wasm = createRequire(import.meta.url).resolve('@electric-sql/pglite/pglite.wasm');
  const manifest = readFileSync(join(dirname(wasm), '..', 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
