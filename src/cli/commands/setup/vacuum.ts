import { ConfigError } from '../../../core/errors.ts';
import { catalogue } from '../../../extractors/catalogue.ts';
import { applyRetention, planRetention, type RetentionReport } from '../../../operations/upkeep/retention.ts';
import { recordSizes, stateSizes } from '../../../operations/upkeep/table-sizes.ts';
import { migrate, pendingMigrations } from '../../../state/migrate.ts';
import { inContext } from '../../command-context.ts';
import { type JsonFlag, print, printJson, printTable } from '../../output/tables.ts';

const WORDS: Readonly<Record<keyof RetentionReport, string>> = {
  runs: 'runs',
  runStreams: 'records of streams that a run did not change',
  runEvents: 'events of runs',
  exportRuns: 'export runs without rows',
  exportWindows: 'windows that a later one covers',
  alerts: 'settled alerts',
  tableSizes: 'sizes of tables',
};

interface Flags extends JsonFlag {
  readonly dryRun?: boolean;
}

/** `vacuum`: removes old records, as the service does once a day. */
export const run = inContext(async (context, { json, dryRun = false }: Flags) => {
  const database = await context.database();
  const { schemas, config, clock } = context;
  if (!dryRun) await migrate(database, schemas, catalogue, context.events);
  else if ((await pendingMigrations(database, schemas)).length > 0)
    throw new ConfigError('The database is empty, or that of an older version: nothing is known to be old.', {
      advice: 'Run "sigma-sync migrate" first.',
    });
  const retention = { ...config.retention, sizeMonths: config.history.retentionMonths };
  const options = { ...context, database, retention, now: () => new Date(clock.now()) };
  const before = await stateSizes(database, schemas);
  const removed = dryRun ? await planRetention(options) : await applyRetention(options);
  if (!dryRun) await recordSizes({ ...options, exportsSchema: config.database.exportsSchema });
  const after = dryRun ? before : await stateSizes(database, schemas);
  const sizes = before.map(({ table: name, bytes }) => ({
    table: name,
    before: bytes,
    after: after.find((size) => size.table === name)?.bytes ?? 0,
  }));
  if (json === true) return printJson({ dryRun, removed, tables: sizes });
  printReport(removed, dryRun);
  print();
  const total = { table: 'all', before: sum(sizes, 'before'), after: sum(sizes, 'after') };
  const columns = [
    { title: 'table', value: (size: typeof total) => size.table },
    { title: dryRun ? 'kB' : 'kB before', value: (size: typeof total) => kilobytes(size.before) },
    { title: 'kB after', value: (size: typeof total) => kilobytes(size.after) },
  ];
  printTable([...sizes, total], dryRun ? columns.slice(0, 2) : columns);
});

function printReport(removed: RetentionReport, dryRun: boolean): void {
  const kinds = (Object.keys(WORDS) as (keyof RetentionReport)[]).filter((kind) => removed[kind] > 0);
  const words = dryRun ? 'These would go:' : 'These went:';
  print(kinds.length === 0 ? 'Nothing is old enough to go.' : words);
  for (const kind of kinds) print(`  ${removed[kind]} ${WORDS[kind]}`);
}

function sum<Key extends string>(sizes: readonly Readonly<Record<Key, number>>[], key: Key): number {
  return sizes.reduce((total, size) => total + size[key], 0);
}

function kilobytes(bytes: number): number {
  return Math.ceil(bytes / 1024);
}
