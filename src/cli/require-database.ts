/** The embedded database, for commands that only read: they create none. */
import { dirname, join, relative } from 'node:path';
import type { Config } from '../config/schema.ts';
import { isEmbedded } from '../core/database/embedded/folder.ts';
import { ConfigError } from '../core/errors.ts';

/** Folder of the demo's database, below that of the user. */
export const DEMO_FOLDER = join('.sigma-sync', 'demo');

/** @throws ConfigError if the embedded database is to be used and there is none */
export function requireDatabase({ database }: Pick<Config, 'database'>): void {
  const { url, directory } = database;
  if (url !== undefined || isEmbedded(directory)) return;
  const demo = join(dirname(directory), DEMO_FOLDER);
  throw new ConfigError(`Nothing has synced yet: there is no embedded database in ${directory}.`, {
    advice: isEmbedded(demo)
      ? `That of the demo is in ${relative(process.cwd(), demo)}: add --directory ${relative(process.cwd(), demo)}. "sigma-sync sync" creates your own.`
      : 'Name its folder with --directory or SIGMA_SYNC_DIRECTORY, or set DATABASE_URL; "sigma-sync sync" or "sigma-sync demo" creates one.',
  });
}
