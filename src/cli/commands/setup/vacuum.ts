import { ownTables } from '../../../app.ts';
import { compact } from '../../../core/database/compact.ts';
import { ConfigError } from '../../../core/errors.ts';
import { catalogue } from '../../../extractors/catalogue.ts';
import { applyRetention, planRetention, type RetentionReport } from '../../../operations/upkeep/retention.ts';
import {
  exportedTables,
  folderBytes,
  storedSizes,
  type TableSize,
} from '../../../operations/upkeep/stored-sizes.ts';
import { recordSizes } from '../../../operations/upkeep/table-sizes.ts';
import { migrate, pendingMigrations } from '../../../state/migrate.ts';
import { inContext } from '../../command-context.ts';
import { type JsonFlag, print, printJson, printTable } from '../../output/tables.ts';

const WORDS: Readonly<Record<keyof RetentionReport, string>> = {
  runs: 'runs',
  runStreams: 'records of streams that a run did not change',
  runEvents: 'events of runs',
  exportRuns: 'export runs without rows',
  exportWindows: 'windows covered by later ones',
  alerts: 'settled alerts',
  tableSizes: 'sizes of tables',
};

interface Flags extends JsonFlag {
  readonly dryRun?: boolean;
}

/** Bytes of all tables, and of the whole folder where the database is embedded. */
interface Sizes {
  readonly tables: readonly TableSize[];
  readonly folder: number | undefined;
}

/** Before and after. */
interface Change {
  readonly table: string;
  readonly before: number;
  readonly after: number;
}

/** `vacuum`: removes old records, as the service does once a day, and gives free what tables do not use. */
export const run = inContext(async (context, { json, dryRun = false }: Flags) => {
  const database = await context.database();
  const { schemas, config, clock, signal } = context;
  if (!dryRun) await migrate(database, schemas, catalogue, context.events);
  else if ((await pendingMigrations(database, schemas)).length > 0)
    throw new ConfigError('The database is empty or of an older version.', {
      advice: 'Run "sigma-sync migrate" first.',
    });
  const { exportsSchema } = config.database;
  const own = {
    ...ownTables(context),
    tables: await exportedTables(database, schemas, exportsSchema),
  };
  const measure = async (): Promise<Sizes> => ({
    tables: await storedSizes(database, { ...own, state: schemas.state }),
    folder: database.kind === 'pglite' ? folderBytes(config.database.directory) : undefined,
  });
  const retention = { ...config.retention, sizeMonths: config.history.retentionMonths };
  const options = { ...context, database, retention, now: () => new Date(clock.now()) };
  const before = await measure();
  const removed = dryRun ? await planRetention(options) : await applyRetention(options);
  if (!dryRun) {
    await compact({ database, ...own, signal });
    await recordSizes({ ...options, exportsSchema });
  }
  const after = dryRun ? before : await measure();
  const tables = before.tables.map(({ table: name, bytes }): Change => {
    return {
      ...{ table: name, before: bytes },
      after: after.tables.find((size) => size.table === name)?.bytes ?? 0,
    };
  });
  const total = { before: sum(tables, 'before'), after: sum(tables, 'after') };
  const folder =
    before.folder === undefined || after.folder === undefined
      ? undefined
      : { before: before.folder, after: after.folder };
  if (json === true)
    return printJson({ dryRun, removed, tables, total, ...(folder === undefined ? {} : { folder }) });
  printReport(removed, dryRun);
  print();
  printSizes([...tables, { table: 'all', ...total }], dryRun);
  if (dryRun) return;
  print();
  const freed = folder ?? total;
  print(
    `${kilobytes(Math.max(0, freed.before - freed.after))} kB were freed${folder === undefined ? '' : `: the folder had ${kilobytes(folder.before)} kB and has ${kilobytes(folder.after)} kB, indexes and the write-ahead log included`}.`,
  );
});

/** Tables that hardly take room are left out, unless they did. */
function printSizes(sizes: readonly Change[], dryRun: boolean): void {
  const columns = [
    { title: 'table', value: (size: Change) => size.table },
    { title: dryRun ? 'kB' : 'kB before', value: (size: Change) => kilobytes(size.before) },
    { title: 'kB after', value: (size: Change) => kilobytes(size.after) },
  ];
  const shown = sizes.filter(
    ({ table, before, after }) => table === 'all' || before >= SHOWN_BYTES || after !== before,
  );
  printTable(shown, dryRun ? columns.slice(0, 2) : columns);
}

/** Bytes from which a table is worth a line. */
const SHOWN_BYTES = 128 << 10;

function printReport(removed: RetentionReport, dryRun: boolean): void {
  const kinds = (Object.keys(WORDS) as (keyof RetentionReport)[]).filter((kind) => removed[kind] > 0);
  const words = dryRun ? 'Would delete:' : 'Deleted:';
  print(kinds.length === 0 ? 'Nothing is old enough to delete.' : words);
  for (const kind of kinds) print(`  ${removed[kind]} ${WORDS[kind]}`);
}

function sum<Key extends string>(sizes: readonly Readonly<Record<Key, number>>[], key: Key): number {
  return sizes.reduce((total, size) => total + size[key], 0);
}

function kilobytes(bytes: number): number {
  return Math.ceil(bytes / 1024);
}
