/**
 * Files of the embedded database that outlive a loss of power. PGlite runs Postgres with `fsync = off`, and switching
 * that on alone changes nothing: what its file system does for fsync() is nothing, without an error.
 */
import { fdatasyncSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';
import { SMALL_LOG } from '../checkpoint.ts';

/** A file that Emscripten has open, as far as it matters here. */
interface OpenFile {
  /** Its number in this process. */
  readonly nfd: number;
}

/** Parameters of Postgres with which it syncs (fdatasync() would still do nothing), and keeps its log small. */
export const DURABLE: readonly string[] = [
  ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
  ...['-c', 'fsync=on', '-c', 'wal_sync_method=fsync'],
  // Its files are in the memory of the system anyway.
  ...['-c', 'shared_buffers=32MB'],
  ...SMALL_LOG,
];

/** A folder of this machine in which fsync() does what it says. */
export class DurableFiles extends NodeFS {
  override async init(...given: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
    const { emscriptenOpts } = await super.init(...given);
    const { preRun = [] } = emscriptenOpts;
    return {
      emscriptenOpts: {
        ...emscriptenOpts,
        preRun: [
          ...preRun,
          ({ NODEFS }) => Object.assign(operationsOf(NODEFS), { fsync: ({ nfd }: OpenFile) => sync(nfd) }),
        ],
      },
    };
  }
}

/** The file system's operations on an open file. @throws Error if this version of PGlite keeps them elsewhere */
function operationsOf(fileSystem: object): object {
  const { stream_ops: operations } = fileSystem as { stream_ops?: unknown };
  if (typeof operations === 'object' && operations !== null) return operations;
  throw new Error('this version of PGlite has no place for fsync');
}

function sync(file: number): number {
  // Postgres needs what it wrote, and not when it was written, which would cost a second write.
  fdatasyncSync(file);
  return 0;
}
