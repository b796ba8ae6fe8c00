/** Names of the locks on a pair of schemas. */
import type { Schemas } from './migrate.ts';

/** Held by a run, so that two can't load into one target schema. */
export function runLock(schemas: Schemas): string {
  return `sigma-sync:${schemas.target}`;
}

/** Held while schemas, tables and comments change. */
export function migrationLock(schemas: Schemas): string {
  return `sigma-sync migrate ${schemas.target}`;
}
