/** Names of the locks on a pair of schemas. */
import type { Schemas } from './schemas.ts';

/** Held by a run, so that two can't load into one target schema. */
export function runLock(schemas: Schemas): string {
  return `sigma-sync:${schemas.target}`;
}

/** Held while schemas, tables and comments change. */
export function migrationLock(schemas: Schemas): string {
  return `sigma-sync migrate ${schemas.target}`;
}

/** Takes that lock for the length of a transaction. */
export const WAIT_FOR_MIGRATION =
  '/* waiting for another process that migrates */ select pg_advisory_xact_lock(hashtextextended($1, 0))';

/** Held by a backfill: one at a time, beside the runs of `sync`. */
export function backfillLock(schemas: Schemas): string {
  return `sigma-sync backfill ${schemas.target}`;
}

/** Held by a process that runs exports: one at a time, beside the runs of `sync`. */
export function exportsLock(schemas: Schemas): string {
  return `sigma-sync exports ${schemas.target}`;
}

/** Held by a run that works on a stream. */
export function streamLock(schemas: Schemas, stream: string): string {
  return `sigma-sync stream ${schemas.target}.${stream}`;
}

/** Held for the length of a transaction: shared by loads, alone by tombstones. */
export function tombstoneLock(schemas: Schemas): string {
  return `sigma-sync tombstones ${schemas.target}`;
}

/** Held by a process that removes old records: one at a time, beside all runs. */
export function retentionLock(schemas: Schemas): string {
  return `sigma-sync retention ${schemas.target}`;
}
