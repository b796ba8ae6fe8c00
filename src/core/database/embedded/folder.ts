/** The folder of an embedded database: whether it may be opened, made, or neither. */
import { existsSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseError } from '../../errors.ts';
import { syncFolder, syncPath } from './sync-files.ts';

/** Major version of PostgreSQL that PGlite is. */
export const EMBEDDED_MAJOR = '18';

/** Its folder in ours, beside the lock. */
const DATA = 'pgdata';

/** True where the folder holds an embedded database, or what is left of one. */
export function isEmbedded(directory: string): boolean {
  return existsSync(dataOf(directory)) && readdirSync(dataOf(directory)).length > 0;
}

/** Folder of the files of the database in `directory`. */
export function dataOf(directory: string): string {
  return join(directory, DATA);
}

/**
 * True where the database has yet to be made. Files without a version are none that were never there: PGlite would
 * make a new database over them.
 *
 * @throws DatabaseError where the folder holds files, but no database that can be opened; Error of the system
 */
export function isToBeMade(directory: string): boolean {
  if (!isEmbedded(directory)) return true;
  const data = dataOf(directory);
  const version = versionOf(data);
  if (version === EMBEDDED_MAJOR) return false;
  if (version !== undefined && /^\d+(\.\d+)?$/.test(version)) {
    throw new DatabaseError(
      `The embedded database in ${directory} is one of PostgreSQL ${version}, and this version of sigma-sync opens those of PostgreSQL ${EMBEDDED_MAJOR}.`,
      {
        advice: `Nothing was changed. Use the version of sigma-sync that wrote it, or dump it with a PGlite of PostgreSQL ${version} and load it into a server (docs/operations.md, "Move the embedded database to a server"). ${BEGIN_ANEW}`,
      },
    );
  }
  throw new DatabaseError(
    `${data} holds files, but no whole database: ${version === undefined ? 'PG_VERSION is missing' : 'PG_VERSION names no version'}.`,
    { advice: `Nothing was changed. ${RESTORE}` },
  );
}

/** The error for a database whose files PGlite refuses to start with. */
export function damaged(directory: string, cause: unknown, said: string | undefined): DatabaseError {
  const reason = said ?? (cause instanceof Error ? cause.message : String(cause));
  return new DatabaseError(
    `The embedded database in ${directory} can't be started, because files are damaged or of another build of PGlite: ${reason.replace(/\s+/g, ' ').replace(/\.+$/, '')}.`,
    { cause, advice: RESTORE },
  );
}

const BEGIN_ANEW =
  'Or move the folder away: the next sync creates a new database, whose history begins then.';
const RESTORE = `Restore a copy of the folder (docs/operations.md, "Back up and restore"). ${BEGIN_ANEW}`;

/**
 * Makes the files of a database in a folder of their own, and puts them in their place as a whole: whatever ends the
 * process meanwhile, there is no half of a database.
 */
export async function makeFiles(directory: string, make: (folder: string) => Promise<void>): Promise<void> {
  const draft = `${dataOf(directory)}.new`;
  // Only a process that was killed while it made them leaves any.
  rmSync(draft, { recursive: true, force: true });
  try {
    await make(draft);
    await syncFolder(draft);
    // An empty folder may stand there; one that is not is left, with an error.
    if (existsSync(dataOf(directory))) rmdirSync(dataOf(directory));
    renameSync(draft, dataOf(directory));
    await syncPath(directory);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
}

/** Undefined where there is no version. */
function versionOf(data: string): string | undefined {
  try {
    return readFileSync(join(data, 'PG_VERSION'), 'latin1').slice(0, 20).trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
