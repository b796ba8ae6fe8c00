/**
 * PGlite without a gigabyte of memory. V8 compiles a function of WebAssembly again, optimized, once it has run for a while.
 * For the parser of SQL, one function of 105 kB, its compiler takes 600 MB, and all that is gained is a few milliseconds
 * (findings/pglite-takes-600-mb-to-compile-the-parser-on-node-24.sh). So that function is left as it was compiled first.
 */
import { setFlagsFromString } from 'node:v8';
import { PGlite, type PGliteOptions } from '@electric-sql/pglite';
import { DURABLE, DurableFiles } from './durable-files.ts';

/**
 * Functions are compiled when they are first called. Those first called while this flag names another function are
 * never compiled again. If a V8 does not know the flag, the parser takes its memory.
 */
const LEAVE = '--wasm-tier-up-filter=0';
const COMPILE_AGAIN = '--wasm-tier-up-filter=-1';

/** Opens the database in a folder. @throws Error as PGlite gives it */
export async function openPGlite(
  dataDir: string,
  options: Pick<PGliteOptions, 'onStderr'> = {},
): Promise<PGlite> {
  const pglite = new LeanPGlite({ fs: new DurableFiles(dataDir), startParams: [...DURABLE], ...options });
  await pglite.waitReady;
  await pglite.exec('set timezone = UTC; set search_path = pg_catalog');
  return pglite;
}

/** Makes a database in an empty folder. Nothing of it is on the disk yet. */
export async function makePGlite(dataDir: string): Promise<void> {
  const pglite = new LeanPGlite({ dataDir });
  await pglite.waitReady;
  await pglite.close();
}

class LeanPGlite extends PGlite {
  /** The first thing that PGlite asks its database: here the parser must have run, and little else. */
  override async _initArrayTypes(...given: Parameters<PGlite['_initArrayTypes']>): Promise<void> {
    setFlagsFromString(LEAVE);
    try {
      // No statement, so that the parser is all that runs.
      await this.exec('parse').catch(() => undefined);
    } finally {
      setFlagsFromString(COMPILE_AGAIN);
    }
    await super._initArrayTypes(...given);
  }
}
