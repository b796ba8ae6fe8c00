/** Name of the lock that keeps two runs out of one target schema. */
import type { Schemas } from './migrate.ts';

export function lockName(schemas: Schemas): string {
  return `sigma-sync:${schemas.target}`;
}
