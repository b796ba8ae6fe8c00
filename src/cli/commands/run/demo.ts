/** The demonstration: nothing in it is special to the demo but the organization. */
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { analyticsSchema } from '../../../analytics/model.ts';
import { refreshAnalytics } from '../../../analytics/refresh-analytics.ts';
import type { App } from '../../../app.ts';
import { quoteName, type Row } from '../../../core/database/database.ts';
import { catalogue } from '../../../extractors/catalogue.ts';
import { migrate } from '../../../state/migrate.ts';
import type { RunReport } from '../../../state/run-types.ts';
import { runSync } from '../../../sync/run-sync.ts';
import { type Simulator, startSimulator } from '../../../../simulator/server.ts';
import { printReport } from '../../output/run-outcome.ts';
import { withContext } from '../../command-context.ts';
import { print, printTable } from '../../output/tables.ts';
import { printAuditLog } from './simulate.ts';

/** Folder of the demo's database; nothing else is ever touched. */
const DIRECTORY = join('.sigma-sync', 'demo');

const QUESTIONS: readonly string[] = [
  'select name, folder_path, owner_name, idle_days from stale_workbooks order by idle_days desc limit 5',
  'select name, latest_version, updated_at from workbooks order by updated_at desc limit 5',
  'select t.name as team, count(*) as members from team_members m join teams t using (team_id) where m._deleted_at is null group by 1 order by 2 desc limit 5',
  "select coalesce(m.email, t.name) as who, g.permission, w.name as workbook from grants g join workbooks w on w.workbook_id = g.inode_id left join members m using (member_id) left join teams t using (team_id) where g._deleted_at is null and g.permission = 'edit' limit 5",
];

/** Changed rows shown of each stream. */
const ROWS_EACH = 3;
/** Number of changes in the organization between the two syncs. */
const CHANGES = 12;

/** `demo`: simulator and embedded database, a full sync, a mutation, an incremental sync. */
export async function run(
  command: Command,
  { workbooks, seed }: { workbooks: number; seed: number },
): Promise<void> {
  await using simulator = await startSimulator({ organization: { seed, workbooks, auditLog: true } });
  // The settings and the database of the user play no part in it.
  const env = {
    SIGMA_BASE_URL: simulator.url,
    SIGMA_CLIENT_ID: simulator.clientId,
    SIGMA_CLIENT_SECRET: simulator.clientSecret,
    SIGMA_SYNC_DIRECTORY: resolve(DIRECTORY),
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
  print(`\nThe database stays in ${DIRECTORY}. Ask it:\n`);
  for (const sql of QUESTIONS) print(`  npx sigma-sync query --directory ${DIRECTORY} "${sql}"\n`);
  print('With an account: set SIGMA_REGION, SIGMA_CLIENT_ID and SIGMA_CLIENT_SECRET, then');
  print('  npx sigma-sync check && npx sigma-sync sync');
}

/**
 * Runs the demonstration in a database that is emptied first.
 *
 * @throws what a sync throws
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
    print('\nWhat it wrote, a few rows of each stream\n');
    const columns = ['stream', 'rows', 'what', 'name'].map((title) => ({
      title,
      value: (row: Row) => (typeof row[title] === 'number' ? row[title] : String(row[title])),
    }));
    printTable(await database.session((session) => session.query(changedRows(app), [startedAt])), columns);
  } finally {
    await client.close();
    await database.close();
  }
}

/** Rows that a sync since $1 wrote: a few of each stream, with their key and how many there are. */
function changedRows({ schemas }: App): string {
  const each = catalogue.map(({ name, key }, position) => {
    const keys = key.map((column) => quoteName(column)).join(` || ' / ' || `);
    return `(select ${position} as position, '${name}' as stream, count(*) over ()::integer as rows,
                    case when _deleted_at is not null then 'deleted'
                         when _first_synced_at >= $1::timestamptz then 'new' else 'changed' end as what,
                    ${keys} as key,
                    coalesce(_raw ->> 'name', _raw ->> 'email', _raw ->> 'permission', ${keys}) as name
               from ${quoteName(schemas.target)}.${quoteName(name)}
              where _synced_at >= $1::timestamptz order by what desc, key limit ${ROWS_EACH})`;
  });
  return `select stream, rows, what, name from (${each.join(' union all ')}) changed order by position, what desc, key`;
}

/** `renameWorkbook` → `rename workbook`. */
function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
