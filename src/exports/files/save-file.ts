/** Writes a file so that its name never stands for half of it: beside the target first, then renamed. */
import { open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { ConfigError, ExportError, SigmaSyncError } from '../../core/errors.ts';

/** Makes sure that a file can be written. @throws ConfigError where it is there already, or can't be. */
export async function checkTarget(path: string, overwrite: boolean): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  if (there !== undefined && !there.isFile())
    throw new ConfigError(`${path} is not a file that can be replaced.`, {
      advice: 'Give the name of a file with --output.',
    });
  if (there !== undefined && !overwrite)
    throw new ConfigError(`${path} exists already.`, {
      advice: 'Replace it with --force, or give another name with --output.',
    });
  const folder = await stat(dirname(path)).catch(() => undefined);
  if (folder?.isDirectory() !== true)
    throw new ConfigError(`There is no folder ${dirname(path)} to write ${basename(path)} to.`, {
      advice: 'Create it first, or give another place with --output.',
    });
}

/**
 * Saves chunks as they come. What a process that was killed left beside the target is replaced; whatever goes wrong,
 * nothing is left behind.
 *
 * @returns its size in bytes
 * @throws ConfigError where the file came into being meanwhile, ExportError where it can't be written; what `chunks`
 * throws.
 */
export async function saveFile(
  path: string,
  chunks: AsyncIterable<Buffer>,
  { overwrite }: { readonly overwrite: boolean },
): Promise<number> {
  const part = `${path}.part`;
  let mine: number | undefined;
  try {
    await rm(part, { force: true });
    // What somebody else puts there in this instant, such as a link, is not written through.
    const handle = await open(part, 'wx');
    mine = (await handle.stat()).ino;
    let bytes: number;
    try {
      // Chunk by chunk: the next one is asked for when the last is written.
      await handle.writeFile(chunks);
      await handle.sync();
      bytes = (await handle.stat()).size;
      // Another download to the same place may have replaced it. While it is open nobody else gets its number.
      if (!(await isFile(part, mine))) throw shared(part);
    } finally {
      await handle.close();
    }
    await checkTarget(path, overwrite);
    await rename(part, path);
    return bytes;
  } catch (error) {
    if (mine !== undefined && (await isFile(part, mine)))
      await rm(part, { force: true }).catch(() => undefined);
    throw error instanceof SigmaSyncError ? error : unwritable(path, part, error);
  }
}

async function isFile(path: string, ino: number): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.ino === ino;
}

function shared(part: string): ExportError {
  return new ExportError(`Another download is writing ${part}.`, {
    advice: 'Wait until it ends, or set another place with --output.',
  });
}

function unwritable(path: string, part: string, cause: unknown): unknown {
  if (!(cause instanceof Error && 'code' in cause && 'syscall' in cause)) return cause;
  if (cause.code === 'EEXIST') return shared(part);
  return new ExportError(`${path} can't be written: ${cause.message}.`, {
    cause,
    advice: 'Free some space, allow writing there, or set another place with --output.',
  });
}
