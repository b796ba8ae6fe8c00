/** The form of a migration. */
import type { Kysely } from 'kysely';

/** Names that a migration needs beside the connection. */
export interface MigrationContext {
  readonly targetSchema: string;
  readonly stateSchema: string;
}

/** A numbered migration: forward only, run in the transaction of the whole migration. */
export interface SchemaMigration {
  up(db: Kysely<unknown>, context: MigrationContext): Promise<void>;
}
