/** PGlite: PostgreSQL in this process, for a laptop without a server, the demo and half of the tests. */
import { chmodSync, mkdirSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect } from 'kysely';
import { ANSWER_PARSERS } from './answer.ts';
import { copyStatement, type Database, inTransaction, type Row, type Session } from './database.ts';
import { lockDirectory } from './directory-lock.ts';
import { describeStatement, isExplained, toDatabaseError } from './database-error.ts';
import { DURABLE, DurableFiles } from './durable-files.ts';
import { damaged, dataOf, isToBeMade, makeFiles } from './embedded-folder.ts';

export interface PGliteOptions {
  /** Folder that holds it (created where missing); undefined = in memory. */
  readonly directory?: string | undefined;
  /** Image of a data directory to start from instead of an empty one, as PGlite's `dumpDataDir` makes it. */
  readonly loadDataDir?: Blob | undefined;
}

/**
 * Opens the embedded database, after taking our own lock on its folder: PGlite itself lets two processes open one
 * folder and lose each other's writes.
 *
 * @throws LockedError where another living process has it open; DatabaseError where it can't be opened.
 */
export async function openPGlite(options: PGliteOptions = {}): Promise<Database> {
  const directory = options.directory;
  if (directory !== undefined) {
    try {
      mkdirSync(directory, { recursive: true });
    } catch (error) {
      throw toDatabaseError(error, `creating ${directory}`);
    }
  }
  const unlock = directory === undefined ? undefined : await lockDirectory(directory);
  let pglite: PGlite;
  try {
    pglite =
      directory === undefined
        ? await inMemory(options.loadDataDir)
        : await onDisk(directory, options.loadDataDir);
    await pglite.exec('set timezone = UTC; set search_path = pg_catalog');
  } catch (error) {
    unlock?.();
    throw toDatabaseError(error, `opening the embedded database in ${directory ?? 'memory'}`);
  }
  const label = directory === undefined ? 'embedded database in memory' : `embedded database in ${directory}`;
  return databaseOver(pglite, label, async () => {
    if (!pglite.closed) await pglite.close();
    unlock?.();
  });
}

/**
 * The database of an engine that is running.
 *
 * @param label what messages call it.
 * @param release what `close` does, once; afterwards every use fails.
 */
export function databaseOver(pglite: PGlite, label: string, release: () => Promise<void>): Database {
  const session = toSession(pglite);
  const held = new Set<string>();
  let turn: Promise<unknown> = Promise.resolve();
  let released: Promise<void> | undefined;

  /** There is one connection, so sessions take turns. */
  function exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = turn.then(work);
    turn = result.catch(() => undefined);
    return result;
  }
  function open<T>(work: () => Promise<T>): Promise<T> {
    return exclusive(() => {
      if (released !== undefined) throw toDatabaseError(new Error('PGlite is closed'), `using the ${label}`);
      return work();
    });
  }

  return {
    kind: 'pglite',
    label,
    session: (work) => open(() => work(session)),
    transaction: (work) => open(() => inTransaction(session, work)),
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
      released ??= exclusive(release);
      return released;
    },
  };
}

async function inMemory(loadDataDir: Blob | undefined): Promise<PGlite> {
  return PGlite.create(loadDataDir === undefined ? {} : { loadDataDir });
}

/** @throws DatabaseError where the folder holds what is no database, or one of another version or in pieces */
async function onDisk(directory: string, loadDataDir: Blob | undefined): Promise<PGlite> {
  if (isToBeMade(directory)) {
    await makeFiles(directory, async (draft) => {
      keepPrivate(draft);
      await (await openFiles(draft, { loadDataDir })).close();
    });
  }
  keepPrivate(dataOf(directory));
  let said: string | undefined;
  const onStderr = (text: string): boolean => {
    const [, level, words] = /(FATAL|PANIC|DETAIL): *(.*)/.exec(text) ?? [];
    if (words !== undefined) said = level === 'DETAIL' ? `${said ?? ''} ${words}`.trim() : words;
    return true;
  };
  try {
    return await openFiles(dataOf(directory), { onStderr });
  } catch (error) {
    throw isExplained(error) ? error : damaged(directory, error, said);
  }
}

function openFiles(
  dataDir: string,
  { loadDataDir, onStderr }: { loadDataDir?: Blob | undefined; onStderr?: (text: string) => boolean },
): Promise<PGlite> {
  return PGlite.create({
    fs: new DurableFiles(dataDir),
    startParams: [...DURABLE],
    ...(loadDataDir === undefined ? {} : { loadDataDir }),
    ...(onStderr === undefined ? {} : { onStderr }),
  });
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

function toSession(pglite: PGlite): Session {
  const query = async <T extends Row>(sql: string, parameters: readonly unknown[] = []): Promise<T[]> => {
    try {
      return (await pglite.query<T>(sql, [...parameters])).rows;
    } catch (error) {
      throw toDatabaseError(error, describeStatement(sql));
    }
  };
  return {
    db: new Kysely<unknown>({ dialect: new PGliteDialect({ pglite }) }),
    query,
    async queryForeign(sql) {
      try {
        // It takes one statement at a time by itself.
        const options = { rowMode: 'array', parsers: ANSWER_PARSERS } as const;
        const { fields, rows } = await pglite.query<unknown[]>(sql, [], options);
        return { columns: fields.map(({ name }) => name), rows };
      } catch (error) {
        throw toDatabaseError(error, describeStatement(sql));
      }
    },
    async copyIn(target, chunks) {
      try {
        await pglite.query(`copy ${target} from '/dev/blob'`, [], {
          blob: new Blob([Buffer.concat(chunks.map((chunk) => Buffer.from(chunk)))]),
        });
      } catch (error) {
        throw toDatabaseError(error, `copying into ${target.split(' ')[0]}`);
      }
    },
    async copyFrom(copy, source) {
      const statement = copyStatement(copy, "'/dev/blob'");
      let block: Uint8Array[] = [];
      let bytes = 0;
      let rows = 0;
      const flush = async (): Promise<void> => {
        const blob = new Blob(block.map((chunk) => Buffer.from(chunk)));
        block = [];
        bytes = 0;
        try {
          rows += (await pglite.query(statement, [], { blob })).affectedRows ?? 0;
        } catch (error) {
          throw toDatabaseError(error, `copying into ${copy.into.split(' ')[0]}`);
        }
      };
      // Its COPY takes a whole file, so a stream is several of them.
      for await (const chunk of source) {
        block.push(chunk);
        bytes += chunk.length;
        if (bytes >= BLOCK_BYTES) await flush();
      }
      if (bytes > 0) await flush();
      return rows;
    },
  };
}

/** Bytes of a COPY, roughly. */
const BLOCK_BYTES = 4 << 20;
