/** Script and SQL wherever somebody else's text can get into a database that the page shows. */

import { createOrganization } from '../../simulator/organization.ts';
import { startSimulator } from '../../simulator/server.ts';
import { type Database, quoteTable } from '../../src/core/database/database.ts';
import { createSync } from '../../src/runs/create-sync.ts';
import { openTestDatabase } from './database.ts';
import { webApp } from './web-data.ts';
import type { Prepared } from './web-four.ts';

/** Each would call `window.hit` where it were taken for more than text. */
export const ATTACKS = [
  '<script>window.hit=1</script>',
  '"><img src=x onerror="window.hit=1">',
  "'><svg onload='window.hit=1'>",
  '</title></textarea></select></pre><script>window.hit=1</script>',
  '<a href="javascript:window.hit=1" autofocus onfocus="window.hit=1">click</a>',
  '\u0024{window.hit=1}{{window.hit=1}}<!--',
  '\u202e<b>hit',
  "'; drop schema sigma_sync cascade; --",
] as const;

/** A synced organization whose workbooks, and a run book whose every text, is an attack. */
export async function prepareHostile(): Promise<Prepared> {
  const test = await openTestDatabase();
  const organization = createOrganization({ workbooks: 3, members: 3, teams: 1, grants: 2, now: Date.now() });
  for (const name of ATTACKS) organization.addWorkbook(name);
  const simulator = await startSimulator({ organization });
  const app = webApp({
    simulator,
    yaml: `
sync: { streams: [workbooks, workbook_pages] }
schedules: [{ name: nightly, cron: "15 2 * * *" }]
`,
  });
  const database = async (): Promise<Database> => test.database;
  const { report } = await createSync({ app, database }).run();
  if (report.status !== 'complete') throw new Error(`the sync ended ${report.status}`);
  const [first] = organization.workbooks.list;
  organization.renameWorkbook(first?.id, ATTACKS[0]);
  await createSync({ app, database }).run();
  await poison(test.database, test.schemas.state, report.runId);
  return {
    ...{ app, test, database, simulator, runId: report.runId },
    async [Symbol.asyncDispose]() {
      await test.close();
      await simulator.close();
    },
  };
}

/** Attacks into every text of the state schema that comes from outside. */
async function poison(database: Database, state: string, runId: string): Promise<void> {
  const attacks = ATTACKS.join(' ');
  const name = (table: string): string => quoteTable(state, table);
  await database.session(async (session) => {
    await session.query(`update ${name('runs')} set error = $1, schedule = $1, trigger = 'schedule'`, [
      attacks,
    ]);
    await session.query(`update ${name('run_streams')} set error = $1, status = 'failed'`, [attacks]);
    await session.query(`update ${name('streams')} set error = $1, last_status = 'failed'`, [attacks]);
    await session.query(
      `update ${name('partitions')} set error = $1, request_id = $1, status = 'failed', run_id = $1 where stream = 'workbook_pages'`,
      [attacks],
    );
    await session.query(
      `insert into ${name('run_events')} (run_id, at, event, stream, detail, request_id) values ($2, now(), $1, $1, $1, $1)`,
      [attacks, runId],
    );
    await session.query(
      `insert into ${name('alerts')} (key, kind, subject, detail, run_id, raised_at, last_seen_at, settled_at)
       select n::text, $1, $1, $1, $1, now(), now(), case n when 2 then now() end from generate_series(1, 2) n`,
      [attacks],
    );
    await session.query(
      `insert into ${name('alert_messages')} (alert_id, receiver, attempts, error) select alert_id, $1, 1, $1 from ${name('alerts')}`,
      [attacks],
    );
    await session.query(
      `insert into ${name('exports')} (export, table_name, mode, last_run_id, last_status, last_attempt_at, error)
       values ($1, $1, $1, $1, 'failed', now(), $1)`,
      [attacks],
    );
    await session.query(
      `insert into ${name('export_columns')} (export, column_name, label, occurrence, kind, sql_type, added_at)
       values ($1, $1, $1, 0, $1, $1, now())`,
      [attacks],
    );
    await session.query(
      `insert into ${name('export_runs')} (run_id, export, status, rejected, drift, rejections, error, started_at)
       values ($2, $1, 'failed', 1, $3, $4, $1, now())`,
      [
        attacks,
        runId,
        JSON.stringify([attacks]),
        JSON.stringify([{ row: 1, column: attacks, reason: attacks }]),
      ],
    );
    await session.query(
      `insert into ${name('changes')} (changed_at, run_id, stream, key, operation, changed, before, after)
       values (now(), $1, $1, array[$1], 'update', array[$1], $2, $2)`,
      [attacks, JSON.stringify({ [attacks]: attacks, name: attacks })],
    );
  });
}
