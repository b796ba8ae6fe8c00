import { availableParallelism } from 'node:os';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

/** On both engines; what is named for one runs on that one alone, as do tests of HTTP in which no engine matters. */
const INTEGRATION = ['test/integration/**/*.test.ts'];

/** As those, but organizations are larger, rounds more, or a year long: not part of `npm test`. */
const LONG = ['test/long/**/*.test.ts'];

/** Files share their workers: a third of the time went into loading the same modules and warming up the same engine. */
const ISOLATE = false;

const onPGlite = (name: string, include: string[]): TestProjectInlineConfiguration => ({
  extends: true,
  test: {
    name,
    include,
    isolate: ISOLATE,
    exclude: ['**/*-postgres.test.ts'],
    globalSetup: 'test/support/setup-pglite.ts',
    provide: { databaseKind: 'pglite' },
  },
});

const onPostgres = (name: string, include: string[]): TestProjectInlineConfiguration => ({
  extends: true,
  test: {
    name,
    include,
    isolate: ISOLATE,
    exclude: ['**/*-pglite.test.ts'],
    globalSetup: 'test/support/setup-postgres.ts',
    provide: { databaseKind: 'postgres' },
  },
});

/** A worker with a PGlite takes up to a gigabyte, so more cores do not mean ever more workers. */
const WORKERS = Math.min(4, Math.max(2, availableParallelism()));

export default defineConfig({
  test: {
    watch: false,
    setupFiles: ['test/support/properties.ts'],
    // Only a test that hangs should end so: the slowest take 25 s, and ten times as long on a machine that has other work.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    pool: 'forks',
    maxWorkers: WORKERS,
    reporters: ['default', 'json'],
    // Another run says where its report goes with --outputFile.json.
    outputFile: { json: '.tmp/test-report.json' },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/contract/**/*.test.ts'],
          isolate: ISOLATE,
        },
      },
      onPGlite('pglite', INTEGRATION),
      onPostgres('postgres', INTEGRATION),
      onPGlite('long-pglite', LONG),
      onPostgres('long-postgres', LONG),
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/support/setup-e2e.ts', 'test/support/setup-postgres.ts'],
          provide: { databaseKind: 'postgres' },
          // A start of a process takes a second, and several on a busy machine; some tests have forty.
          testTimeout: 400_000,
          // These start processes of their own, so they come last and have the machine to themselves. They wait more than
          // they work: one worker more than elsewhere.
          sequence: { groupOrder: 1 },
          maxWorkers: WORKERS + 1,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: 'test/support/setup-pglite.ts',
          provide: { databaseKind: 'pglite' },
          testTimeout: 180_000,
          // A browser is several processes, and what it sees depends on time.
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
