/** The embedded database: PostgreSQL without a server, for a laptop and the demo. */
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { DatabaseError } from '../../errors.ts';
import { type Database, inTransaction, type Session } from '../database.ts';
import { isConnectionLoss, isExplained, toDatabaseError } from '../database-error.ts';
import { lockDirectory } from './directory-lock.ts';
import type { Engine } from './engine.ts';
import { damaged, dataOf, isToBeMade, makeFiles } from './folder.ts';
import { imagePaths, unpackImage } from './image.ts';
import { toSession } from './session.ts';
import { OpeningError, startThread } from './thread.ts';
import { openThreadedEngine } from './threaded-engine.ts';
import { openTurns } from './turns.ts';

export interface EmbeddedOptions {
  /** Folder that holds it (created where missing). */
  readonly directory: string;
  /** A new one may hold our schemas of this name already, as the build makes them. */
  readonly schema?: string | undefined;
  /** Aborts when the process is to end: statements under way are ended some seconds later. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens the embedded database, after taking our own lock on its folder: PGlite itself lets two processes open one
 * folder and lose each other's writes.
 *
 * @throws LockedError where another living process has it open; DatabaseError where it can't be opened.
 */
export async function openEmbedded({ directory, schema, signal }: EmbeddedOptions): Promise<Database> {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw toDatabaseError(error, `creating ${directory}`);
  }
  const unlock = await lockDirectory(directory);
  let engine: Engine;
  try {
    engine = await openFiles(directory, schema, signal ?? new AbortController().signal);
  } catch (error) {
    unlock();
    throw toDatabaseError(error, `opening the embedded database in ${directory}`);
  }
  return databaseOver(engine, `embedded database in ${directory}`, async () => {
    await engine.close();
    unlock();
  });
}

const CHECKPOINT = /^\s*checkpoint\b/i;
const BEGIN = /^\s*(begin|start)\b/i;

/** Most attempts at work whose engine ended. */
const MOST_TRIES = 3;

/**
 * The database of an engine that is running.
 *
 * @param label its name in messages.
 * @param release called once, by `close`; afterwards every use fails.
 */
export function databaseOver(engine: Engine, label: string, release: () => Promise<void>): Database {
  const held = new Set<string>();
  const turns = openTurns();
  let released: Promise<void> | undefined;

  function assertOpen(): void {
    if (released !== undefined) throw toDatabaseError(new Error('it is closed'), `using the ${label}`);
  }
  function open<T>(
    work: (session: Session) => Promise<T>,
    onResult: () => void = () => undefined,
  ): Promise<T> {
    return turns.take(async () => {
      assertOpen();
      try {
        return await work(sessionOf(onResult));
      } finally {
        engine.endSession();
      }
    });
  }

  function sessionOf(onResult: () => void): Session {
    let isInTransaction = false;
    return toSession({
      ...engine,
      async run(request) {
        // The longest part of a checkpoint is the disk's, and nobody has to wait for that.
        if (engine.settle !== undefined && CHECKPOINT.test(request.sql) && !isInTransaction) {
          await turns.lend(engine.settle);
          assertOpen();
        }
        if (BEGIN.test(request.sql)) isInTransaction = true;
        const result = await engine.run(request);
        onResult();
        return result;
      },
    });
  }

  return {
    kind: 'pglite',
    label,
    session: (work) => again((mayNot) => open(work, mayNot)),
    // If the answer to a commit is missing, nobody knows whether it was done.
    transaction: (work) => again((mayNot) => open((session) => inTransaction(session, work, mayNot))),
    // The folder's lock keeps other processes out; within this one a set of names is enough.
    async tryLock(name) {
      const take = (wanted: string): (() => Promise<void>) | undefined => {
        if (held.has(wanted)) return undefined;
        held.add(wanted);
        return async () => {
          held.delete(wanted);
        };
      };
      const release = take(name);
      return release === undefined ? undefined : { release, tryAlso: async (other) => take(other) };
    },
    close() {
      released ??= turns.take(release);
      return released;
    },
  };
}

/** Does `work` again where its engine ended, unless it says that it may not be done again. */
async function again<T>(work: (mayNot: () => void) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    let may = true;
    const mayNot = (): void => {
      may = false;
    };
    try {
      return await work(mayNot);
    } catch (error) {
      if (tries === MOST_TRIES || !may || !isLost(error)) throw error;
    }
  }
}

function isLost(error: unknown): boolean {
  return error instanceof DatabaseError && isConnectionLoss(error.cause);
}

/** @throws DatabaseError where the folder holds what is no database, or one of another version or in pieces */
async function openFiles(
  directory: string,
  schema: string | undefined,
  signal: AbortSignal,
): Promise<Engine> {
  if (isToBeMade(directory)) await makeDatabase(directory, schema);
  keepPrivate(dataOf(directory));
  try {
    return await openThreadedEngine(dataOf(directory), signal);
  } catch (error) {
    if (!(error instanceof OpeningError) || isExplained(error)) throw error;
    throw damaged(directory, error, error.said);
  }
}

/** From an archive that comes with the build; where there is none, or none of this PGlite, from nothing, in seconds. */
async function makeDatabase(directory: string, schema: string | undefined): Promise<void> {
  await makeFiles(directory, async (draft) => {
    keepPrivate(draft);
    if (!isUnpacked(draft, schema)) await startThread({ dataDir: draft, isNew: true });
  });
}

/** False where no archive fits; then the folder is empty. */
function isUnpacked(folder: string, schema: string | undefined): boolean {
  for (const path of imagePaths(schema)) {
    try {
      if (unpackImage(path, folder)) return true;
    } catch (error) {
      if (isExplained(error)) throw error;
      rmSync(folder, { recursive: true });
      keepPrivate(folder);
    }
  }
  return false;
}

/** PGlite makes its files writable for everybody, whatever the umask; so nobody else may enter their folder. */
function keepPrivate(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  try {
    chmodSync(dataDir, 0o700);
  } catch {
    // Another's folder, or a file system without modes: as private as its owner made it.
  }
}
