/** The embedded database, for commands that only read: they create none. */
import { dirname, join, relative } from 'node:path';
import type { Config } from '../config/schema.ts';
import { isEmbedded } from '../core/database/embedded/folder.ts';
import { ConfigError } from '../core/errors.ts';

/** Folder of the demo's database, below that of the user. */
export const DEMO_FOLDER = join('.sigma-sync', 'demo');

/** The error if the embedded database is to be used and there is none; undefined otherwise. */
export function missingDatabase({ database }: Pick<Config, 'database'>): ConfigError | undefined {
  const { url, directory } = database;
  if (url !== undefined || isEmbedded(directory)) return undefined;
  const demo = join(dirname(directory), DEMO_FOLDER);
  const there = relative(process.cwd(), demo);
  return new ConfigError(`Nothing has synced yet: there is no embedded database in ${directory}.`, {
    advice: isEmbedded(demo)
      ? `The demo has one in ${there}: add --directory ${there}. "sigma-sync sync" creates your own.`
      : 'Name its folder with --directory or SIGMA_SYNC_DIRECTORY, or set DATABASE_URL; "sigma-sync sync" or "sigma-sync demo" creates one.',
  });
}

/** @throws ConfigError if the embedded database is to be used and there is none */
export function requireDatabase(config: Pick<Config, 'database'>): void {
  const missing = missingDatabase(config);
  if (missing !== undefined) throw missing;
}
