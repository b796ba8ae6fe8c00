import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { runDemo } from '../../demonstration.ts';
import { startSimulator } from '../../../../simulator/server.ts';
import { printReport } from '../../output/run-outcome.ts';
import { withContext } from '../../command-context.ts';
import { print, printTable } from '../../output/tables.ts';
import { printAuditLog } from './simulate.ts';

/** Where the demo keeps its database; nothing else is ever touched. */
const DIRECTORY = join('.sigma-sync', 'demo');

const QUESTIONS: readonly string[] = [
  'select name, folder_path, owner_name, idle_days from stale_workbooks order by idle_days desc limit 5',
  'select name, latest_version, updated_at from workbooks order by updated_at desc limit 5',
  'select t.name as team, count(*) as members from team_members m join teams t using (team_id) where m._deleted_at is null group by 1 order by 2 desc limit 5',
  "select coalesce(m.email, t.name) as who, g.permission, w.name as workbook from grants g join workbooks w on w.workbook_id = g.inode_id left join members m using (member_id) left join teams t using (team_id) where g._deleted_at is null and g.permission = 'edit' limit 5",
];

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
  printAuditLog(simulator.organization);
  await withContext(
    command,
    (context) =>
      runDemo(
        context,
        simulator,
        {
          synced(report, title) {
            print(`\n${title}\n`);
            printReport(report);
          },
          mutated(changes) {
            print(`\nMeanwhile, in the organization: ${changes.map(({ op }) => words(op)).join(', ')}.`);
          },
          found(rows) {
            print('\nWhat it wrote, a few rows of each stream\n');
            const columns = ['stream', 'rows', 'what', 'name'].map((title) => ({
              title,
              value: (row: Record<string, unknown>) =>
                typeof row[title] === 'number' ? row[title] : String(row[title]),
            }));
            printTable(rows, columns);
          },
        },
        context.signal,
      ),
    { env, isolated: true, progress: true },
  );
  print(`\nThe database stays in ${DIRECTORY}. Ask it:\n`);
  for (const sql of QUESTIONS) print(`  npx sigma-sync query --directory ${DIRECTORY} "${sql}"\n`);
  print('With an account: set SIGMA_REGION, SIGMA_CLIENT_ID and SIGMA_CLIENT_SECRET, then');
  print('  npx sigma-sync check && npx sigma-sync sync');
}

/** `renameWorkbook` → `rename workbook`. */
function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
