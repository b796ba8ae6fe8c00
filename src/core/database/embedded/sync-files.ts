/** Brings files to the disk, so that they outlive a loss of power. */
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Files that are synced at once: one after the other costs the disk a journal entry each. */
const AT_ONCE = 64;

/** Brings a folder and all that is in it to the disk. */
export async function syncFolder(folder: string): Promise<void> {
  const names = await readdir(folder, { recursive: true });
  const waiting = [folder, ...names.map((name) => join(folder, name))].values();
  const one = async (): Promise<void> => {
    for (const path of waiting) await syncPath(path);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}

/** Fewer, because the process still needs threads for its own files and names of hosts. */
const BESIDE = 2;

/**
 * Brings the files of a folder to the disk while they are in use. Those that are gone by then, or can't be opened, are
 * left out.
 *
 * @throws Error of the system where the disk refused
 */
export async function syncUsedFolder(folder: string): Promise<void> {
  // A folder may go while it is read.
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const waiting = entries.filter((entry) => entry.isFile()).values();
  const one = async (): Promise<void> => {
    for (const { parentPath, name } of waiting) {
      const file = await open(join(parentPath, name), 'r').catch(() => undefined);
      try {
        await file?.sync();
      } finally {
        await file?.close();
      }
    }
  };
  await Promise.all(Array.from({ length: BESIDE }, one));
}

/** Brings a file, or the names in a folder, to the disk. */
export async function syncPath(path: string): Promise<void> {
  // Windows can sync no folder.
  if (process.platform === 'win32') return;
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
