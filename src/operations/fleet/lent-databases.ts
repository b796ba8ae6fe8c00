/** Databases that the services of one process share, closed by none of them. */
import { type LazyDatabase, lazyDatabase, lentDatabase } from '../../core/database/lazy-database.ts';
import { closed } from '../service/accept-settings.ts';

/** See the head of this file. */
export interface LentDatabases {
  /** A database for all who name the same one. */
  lend(key: string, open: LazyDatabase['open']): LazyDatabase;
  close(): Promise<void>;
}

/** Opens none yet. */
export function lentDatabases(): LentDatabases {
  const databases = new Map<string, LazyDatabase>();
  return {
    lend(key, open) {
      const shared = databases.get(key) ?? lazyDatabase(open, closed);
      databases.set(key, shared);
      return lentDatabase(shared.open, closed);
    },
    async close() {
      await Promise.all([...databases.values()].map((database) => database.close()));
    },
  };
}
