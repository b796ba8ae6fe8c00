/** The demonstration: nothing in it is special to the demo but the organization. */
import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { type Simulator, startSimulator } from '../../../../simulator/server.ts';
import { analyticsSchema } from '../../../analytics/model.ts';
import { refreshAnalytics } from '../../../analytics/refresh-analytics.ts';
import type { App } from '../../../app.ts';
import { quoteName } from '../../../core/database/database.ts';
import { isEmbedded } from '../../../core/database/embedded/folder.ts';
import { ConfigError } from '../../../core/errors.ts';
import { catalogue } from '../../../extractors/catalogue.ts';
import { migrate } from '../../../state/migrate.ts';
import type { RunReport } from '../../../state/run-types.ts';
import { runSync } from '../../../sync/run-sync.ts';
import { withContext } from '../../command-context.ts';
import { changedRows } from '../../output/changed-rows.ts';
import { printReport } from '../../output/run-outcome.ts';
import { print, printTable } from '../../output/tables.ts';
import { DEMO_FOLDER } from '../../require-database.ts';
import { printAuditLog } from './simulate.ts';

const QUESTIONS: readonly string[] = [
  'select name, owner_name, idle_days from stale_workbooks limit 5',
  'select type, name, viewers, editors from access_exposure limit 5',
  'select name, email, verdict from licence_use limit 5',
];

/** Changed rows shown of each stream. */
const ROWS_EACH = 3;
/** Number of changes in the organization between the two syncs. */
const CHANGES = 12;

/** `demo`: simulator and embedded database, a full sync, a mutation, an incremental sync. */
export async function run(
  command: Command,
  { workbooks, seed, directory }: { workbooks: number; seed: number; directory?: string },
): Promise<void> {
  const folder = folderOf(directory);
  await using simulator = await startSimulator({ organization: { seed, workbooks, auditLog: true } });
  // The settings and the database of the user play no part in it.
  const env = {
    SIGMA_BASE_URL: simulator.url,
    SIGMA_CLIENT_ID: simulator.clientId,
    SIGMA_CLIENT_SECRET: simulator.clientSecret,
    SIGMA_SYNC_DIRECTORY: resolve(folder),
    // The tables below say it all.
    SIGMA_SYNC_LOG_LEVEL: 'warn',
  };
  print(
    `A simulated Sigma organization of ${workbooks} workbooks and an audit log answers at ${simulator.url}.`,
  );
  printAuditLog(simulator);
  await withContext(command, (context) => runDemo(context, simulator, context.signal), {
    env,
    isolated: true,
    progress: true,
  });
  const there = `--directory ${quoted(shortest(folder))}`;
  print(`\nThe database stays in ${shortest(folder)}. See it in a browser, at http://127.0.0.1:8080:\n`);
  print(`  sigma-sync serve ${there}`);
  print('\nOr query it (stop the page first: only one process can open the database):\n');
  for (const sql of QUESTIONS) print(`  sigma-sync query ${there} "${sql}"`);
  print('\nWith an account: set SIGMA_REGION, SIGMA_CLIENT_ID and SIGMA_CLIENT_SECRET, then');
  print('  sigma-sync check && sigma-sync sync');
}

/** @throws ConfigError where the folder has a database that may be the user's: the demonstration empties its own. */
function folderOf(directory: string | undefined): string {
  if (directory === undefined || resolve(directory) === resolve(DEMO_FOLDER)) return DEMO_FOLDER;
  if (!isEmbedded(directory)) return directory;
  throw new ConfigError(`${directory} has a database already, and the demonstration would empty it.`, {
    advice: 'Give --directory a new folder.',
  });
}

/** The folder as a person would type it here. */
function shortest(folder: string): string {
  const short = relative(process.cwd(), resolve(folder));
  return short.startsWith('..') ? resolve(folder) : short || '.';
}

/** A word of a shell. */
function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * Runs the demonstration in a database that is emptied first.
 *
 * @throws the errors of a sync
 */
async function runDemo(app: App, simulator: Simulator, signal: AbortSignal): Promise<void> {
  const database = await app.openDatabase();
  const client = await app.openClient();
  try {
    await database.session(async (session) => {
      for (const schema of [analyticsSchema(app.schemas), app.schemas.target, app.schemas.state]) {
        await session.query(`drop schema if exists ${quoteName(schema)} cascade`);
      }
    });
    await migrate(database, app.schemas, catalogue, app.events);
    const engine = app.engine(database, client);
    const sync = async (title: string): Promise<RunReport> => {
      const { report, error } = await runSync(engine, {
        streams: catalogue,
        full: false,
        acceptDeletions: false,
        signal,
      });
      if (error !== undefined) throw error;
      print(`\n${title}\n`);
      printReport(report);
      return report;
    };
    await sync('First sync: everything');
    const changes = simulator.organization.mutate(CHANGES);
    print(`\nMeanwhile, in the organization: ${changes.map(({ op }) => words(op)).join(', ')}.`);
    const { startedAt } = await sync('Second sync: what changed');
    const { events, schemas, analytics: settings } = app;
    const now = (): number => app.clock.monotonic();
    const { error } = await refreshAnalytics({ database, schemas, settings, events, now, signal });
    if (error !== undefined) throw new Error(error);
    print('\nThe second sync wrote (a few rows of each stream)\n');
    const options = { since: startedAt, each: ROWS_EACH };
    const rows = await database.session((session) =>
      changedRows(session, schemas.target, catalogue, options),
    );
    printTable(rows, ['stream', 'rows', 'what', 'name']);
  } finally {
    await client.close();
    await database.close();
  }
}

/** `renameWorkbook` → `rename workbook`. */
function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
