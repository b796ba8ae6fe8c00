/**
 * A hundred nights in which exports replace and merge their tables, metadata change, and old records go: what is stored
 * stays as small as after two, in a folder as on a server, whose autovacuum is too slow for nights of a second.
 */
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import { createApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { Database } from '../../src/core/database/database.ts';
import { applyRetention } from '../../src/operations/upkeep/retention.ts';
import { recordSizes } from '../../src/operations/upkeep/table-sizes.ts';
import { createSync } from '../../src/runs/create-sync.ts';
import type { Sync } from '../../src/runs/requests.ts';
import { systemClock } from '../../src/sigma/clock.ts';
import { envFor, scratchFolder } from '../support/cli.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';

const NIGHTS = Number(process.env['NIGHTS'] ?? 100);
/** Nights between two openings of the database. */
const OPEN = 10;
const DAY = 86_400_000;
/** As large as this after a hundred nights, next to two. */
const MOST = 1.5;
/** A table of so few bytes, indexes included, is left alone. */
const SMALL = 96 << 10;

/** Rows of an element, another fifth of them changed in each night. */
const ROWS = 4000;
const REPLACED = [1, 40, ROWS];

it(`a hundred nights leave it at most ${MOST} times as large as two`, { timeout: 1_800_000 }, async () => {
  await using nights = await startNights();
  const sizes: { night: number; bytes: number; wal: number; tables: Map<string, number> }[] = [];
  for (let night = 1; night <= NIGHTS; night++) {
    await nights.run(night);
    if (night % OPEN === 0) await nights.reopen();
    if (night === 2 || night % OPEN === 0) sizes.push({ night, ...(await nights.measure()) });
  }
  const [first, last] = [sizes[0], sizes.at(-1)];
  if (process.env['SHOW_SIZES'] !== undefined) show(sizes);
  expect(last?.bytes).toBeLessThan(MOST * (first?.bytes ?? 0));
  // Nor does a table that is rewritten every night hide behind the others.
  for (const [table, bytes] of last?.tables ?? []) {
    const before = first?.tables.get(table) ?? 0;
    if (table.startsWith('sigma_data.'))
      expect(bytes, table).toBeLessThanOrEqual(Math.max(MOST * before, SMALL));
  }
});

interface Nights extends AsyncDisposable {
  run(night: number): Promise<void>;
  /** Closes the database, and opens it again. */
  reopen(): Promise<void>;
  measure(): Promise<{ bytes: number; wal: number; tables: Map<string, number> }>;
}

async function startNights(): Promise<Nights> {
  const simulator = await startSimulator({
    organization: { seed: 17, workbooks: 12, members: 12, teams: 3, grants: 60, folders: 5, elements: 40 },
    exportsPerMinute: 100_000,
  });
  const scratch = scratchFolder();
  const opened = await openTestDatabase({ migrated: false });
  const test = opened.url === undefined ? undefined : opened;
  if (test === undefined) await opened.close();
  const clock = { at: Date.now() - NIGHTS * DAY, night: 0 };
  const file = join(scratch.path, 'settings.yaml');
  writeFileSync(
    file,
    settingsOf(simulator, () => clock.night),
  );
  const open = (): Sync => {
    const env = { ...envFor(simulator, test?.url), SIGMA_SYNC_ANALYTICS: 'true' };
    const config = loadConfig({ cwd: scratch.path, file, env });
    const own = {
      ...systemClock,
      now: () => clock.at,
      sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms / 4, signal),
    };
    return createSync({ app: createApp({ config, clock: own, cacheDirectory: scratch.path }) });
  };
  let sync = open();
  return {
    async run(night) {
      clock.at += DAY;
      clock.night = night;
      change(simulator, night);
      const { status, report, exports } = await sync.run({ exports: sync.app.exports });
      expect(status, JSON.stringify([report.streams.filter(({ error }) => error), exports])).toBe('complete');
      await chores(sync);
    },
    async reopen() {
      await sync.close();
      sync = open();
    },
    measure: async () => (test === undefined ? folderSizes(scratch.path, sync) : serverSizes(test.database)),
    async [Symbol.asyncDispose]() {
      await sync.close();
      await opened.close();
      await simulator.close();
      scratch[Symbol.dispose]();
    },
  };
}

/** Exports in all modes that keep a size; append grows by its nature. */
function settingsOf({ organization }: Simulator, night: () => number): string {
  const exportOf = (name: string, count: number, mode: string): string => {
    const { workbookId, elementId } = organization.addExport({
      name,
      columns: ['Id', 'Name', 'Amount', 'Note'],
      count,
      rows: (i) => [
        `${name} ${i}`,
        `row ${i}`,
        i % 5 === night() % 5 ? night() * 1000 + i : i,
        'what a person wrote about it '.repeat(4),
      ],
    });
    const key = mode === 'merge' ? ', key: [Id]' : '';
    return `  - { name: ${name}, workbook: ${workbookId}, element: ${elementId}, mode: ${mode}${key} }`;
  };
  return `sync: { refresh_days: 7, streams: [] }
history: { retention_months: 1 }
retention: { run_days: 14, detail_days: 7 }
exports:
${REPLACED.map((count, i) => exportOf(`replaced_${i}`, count, 'replace')).join('\n')}
${exportOf('merged', ROWS, 'merge')}
`.replace(', streams: []', '');
}

/** Changes of what is there: the organization stays as large as it is. */
function change({ organization }: Simulator, night: number): void {
  for (let i = 0; i < 2; i++) {
    organization.renameWorkbook();
    organization.publishVersion();
    organization.renameTeam();
  }
  if (night % 3 === 0) organization.changeAccountType();
}

/** As \`start\` does them once a day. */
async function chores(sync: Sync): Promise<void> {
  const { app } = sync;
  const { schemas, config, events } = app;
  const database = await sync.database();
  const now = (): Date => new Date(app.clock.now());
  const retention = { ...config.retention, sizeMonths: config.history.retentionMonths };
  await recordSizes({ database, schemas, exportsSchema: config.database.exportsSchema, now });
  await applyRetention({ database, schemas, retention, now, events });
}

async function folderSizes(
  folder: string,
  sync: Sync,
): Promise<{ bytes: number; wal: number; tables: Map<string, number> }> {
  const bytesOf = (path: string): number =>
    readdirSync(path, { recursive: true, withFileTypes: true }).reduce(
      (sum, entry) => sum + (entry.isFile() ? statSync(join(entry.parentPath, entry.name)).size : 0),
      0,
    );
  const { tables } = await tableSizes(await sync.database());
  const directory = join(folder, '.sigma-sync');
  return { bytes: bytesOf(directory), wal: bytesOf(join(directory, 'pgdata', 'pg_wal')), tables };
}

/** Without the change log: it keeps a month, of which the second night has hardly anything. */
async function serverSizes(
  database: TestDatabase['database'],
): Promise<{ bytes: number; wal: number; tables: Map<string, number> }> {
  const { tables, bytes } = await tableSizes(database);
  const log = [...tables].filter(([name]) => name.startsWith('sigma_sync.changes_'));
  return { tables, bytes: log.reduce((rest, [, size]) => rest - size, bytes), wal: 0 };
}

async function tableSizes(database: Database): Promise<{ bytes: number; tables: Map<string, number> }> {
  const rows = await database.session((session) =>
    session.query<{ name: string; bytes: string }>(
      `select n.nspname || '.' || c.relname as name, pg_total_relation_size(c.oid)::text as bytes
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'm') and (n.nspname ~ '^sigma' or n.nspname = 'pg_catalog')`,
    ),
  );
  const tables = new Map(rows.map(({ name, bytes }) => [name, Number(bytes)]));
  const own = [...tables].filter(([name]) => name.startsWith('sigma'));
  return { bytes: own.reduce((sum, [, bytes]) => sum + bytes, 0), tables };
}

function show(sizes: { night: number; bytes: number; wal: number; tables: Map<string, number> }[]): void {
  const mb = (bytes: number): string => (bytes / (1 << 20)).toFixed(1);
  for (const { night, bytes, wal } of sizes)
    process.stderr.write(`night ${night}: ${mb(bytes)} MB, of which WAL ${mb(wal)} MB\n`);
  const [first, last] = [sizes[0]?.tables, sizes.at(-1)?.tables];
  const grown = [...(last ?? [])].toSorted(
    ([a, x], [b, y]) => y - (first?.get(b) ?? 0) - (x - (first?.get(a) ?? 0)),
  );
  for (const [name, bytes] of grown.slice(0, 25))
    process.stderr.write(`  ${name}: ${mb(first?.get(name) ?? 0)} -> ${mb(bytes)} MB\n`);
}
