/**
 * Values that the set-up of a run hands to the tests; read them with `inject(…)`, or better through `database.ts`.
 */
import 'vitest';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The engine that the tests of this project run against. */
    databaseKind: 'postgres' | 'pglite';
    /** The run's PostgreSQL server, as a user who may create databases. */
    postgresUrl: string;
    /** A migrated database to copy. */
    postgresTemplate: string;
    /** File with the image of a migrated PGlite. */
    pgliteImage: string;
  }
}
