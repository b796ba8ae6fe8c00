/** A database that is opened by the first caller that needs it. */
import type { Database } from './database.ts';

export interface LazyDatabase {
  /** @throws DatabaseError, LockedError; after `close` what `closed` makes. */
  open(): Promise<Database>;
  /** Closes it where it is open; it is not opened any more. */
  close(): Promise<void>;
}

/** One of our own. */
export function lazyDatabase(open: () => Promise<Database>, closed: () => Error): LazyDatabase {
  let opened: Promise<Database> | undefined;
  let isClosed = false;
  return {
    async open() {
      // A latecomer must not open it again: nobody would close it.
      if (isClosed) throw closed();
      // A database that could not be opened now may open later.
      opened ??= open().catch((error: unknown) => {
        opened = undefined;
        throw error;
      });
      return opened;
    },
    async close() {
      isClosed = true;
      await opened?.then((database) => database.close()).catch(() => undefined);
    },
  };
}

/** One of somebody else, who closes it. */
export function lentDatabase(open: () => Promise<Database>, closed: () => Error): LazyDatabase {
  let isClosed = false;
  return {
    async open() {
      if (isClosed) throw closed();
      return open();
    },
    async close() {
      isClosed = true;
    },
  };
}
