/** Writes a file so that its name never stands for half of it: beside the target first, then renamed. */
import { open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ConfigError, ExportError, SigmaSyncError } from '../errors.ts';

/** Makes sure that a file can be written. @throws ConfigError where it is there already, or can't be. */
export async function checkTarget(path: string, overwrite: boolean): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  if (there !== undefined && !there.isFile())
    throw new ConfigError(`${path} is no file that could be replaced.`, {
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
    // What somebody else put there in this instant, such as a link, is not written through.
    const handle = await open(part, 'wx');
    const { ino } = await handle.stat();
    mine = ino;
    const file = handle.createWriteStream({ flush: true });
    await pipeline(chunks, file);
    if ((await stat(part)).ino !== mine) throw new ExportError(`Another download writes ${part}, too.`);
    await checkTarget(path, overwrite);
    await rename(part, path);
    return file.bytesWritten;
  } catch (error) {
    const there = await stat(part).catch(() => undefined);
    if (there !== undefined && there.ino === mine) await rm(part, { force: true }).catch(() => undefined);
    throw error instanceof SigmaSyncError ? error : unwritable(path, error);
  }
}

function unwritable(path: string, cause: unknown): unknown {
  if (!(cause instanceof Error && 'code' in cause && 'syscall' in cause)) return cause;
  return new ExportError(`${path} can't be written: ${cause.message}.`, {
    cause,
    advice: 'Make room or give it the rights, or give another place with --output.',
  });
}
