/** The four databases that every page is looked at with: a new one, a healthy one, a failing one, and a long one. */

import { createOrganization } from '../../simulator/organization.ts';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import type { App } from '../../src/app.ts';
import { type Database, quoteTable } from '../../src/core/database/database.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { createSync } from '../../src/runs/create-sync.ts';
import { type Clock, systemClock } from '../../src/sigma/clock.ts';
import { openTestDatabase, type TestDatabase } from './database.ts';
import { auditExport, fillChanges, fillRunBook, fillSizes, noteSizes, webApp } from './web-data.ts';

export const KINDS = ['new', 'healthy', 'failing', 'long'] as const;
export type Kind = (typeof KINDS)[number];

/** A database with what belongs to it. */
export interface Prepared extends AsyncDisposable {
  readonly app: App;
  readonly test: TestDatabase;
  readonly database: () => Promise<Database>;
  readonly simulator: Simulator | undefined;
  /** A run that is worth a look; undefined where there is none. */
  readonly runId: string | undefined;
}

/** Streams of the real syncs: few, and of every kind. */
export const STREAMS = [
  'members',
  'teams',
  'team_members',
  'workspaces',
  'files',
  'workbooks',
  'workbook_pages',
  'grants',
];

/** Retries that do not wait long. */
const IMPATIENT: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 1100), signal),
};

/** Makes one of the four. */
export async function prepare(kind: Kind): Promise<Prepared> {
  switch (kind) {
    case 'new':
      return prepared(webApp({ yaml: SCHEDULE }), await openTestDatabase({ migrated: false }));
    case 'long':
      return long();
    default:
      return synced(kind === 'failing');
  }
}

const SCHEDULE = `
schedules:
  - { name: nightly, cron: "15 2 * * *" }
`;

function prepared(app: App, test: TestDatabase, simulator?: Simulator, runId?: string): Prepared {
  return {
    ...{ app, test, simulator, runId, database: async () => test.database },
    async [Symbol.asyncDispose]() {
      await test.close();
      await simulator?.close();
    },
  };
}

/** A thousand runs of all streams, a year of sizes, and some thousand changes. */
async function long(): Promise<Prepared> {
  const test = await openTestDatabase();
  const app = webApp({ yaml: SCHEDULE });
  const now = new Date();
  const streams = catalogue.map(({ name }) => name);
  await fillRunBook(test.database, test.schemas, { runs: 1000, streams, now, everyMs: 8 * 3_600_000 });
  await fillSizes(test.database, test.schemas, streams, 365, now);
  await fillChanges(test.database, test.schemas, { changes: 5000, now, everyMs: 60_000 });
  return prepared(app, test, undefined, 'run-000007');
}

/** A real sync of a simulated organization with an export; or after it another one in which much goes wrong. */
async function synced(isFailing: boolean): Promise<Prepared> {
  const test = await openTestDatabase();
  const organization = createOrganization({
    workbooks: 12,
    members: 10,
    teams: 3,
    grants: 30,
    now: Date.now(),
  });
  const audit = organization.addAuditLog();
  const simulator = await startSimulator({ organization, exportsPerMinute: 100_000 });
  const start = new Date(Date.now() - 2 * 86_400_000);
  const app = webApp({
    ...{ simulator, clock: IMPATIENT },
    yaml: `
sigma: { max_attempts: 2 }
sync: { streams: [${STREAMS.join(', ')}] }
${SCHEDULE}
alerts:
  - { name: ops, kind: slack, url: "https://hooks.example.com/services/T000/B000/hook-secret" }
${auditExport(audit, start)}`,
  });
  const sync = createSync({ app, database: async () => test.database });
  const first = await sync.run({ exports: app.exports });
  if (first.status !== 'complete') throw new Error(`the first sync ended ${first.status}`);
  await noteSizes(test.database, test.schemas, new Date());
  await noteSizes(test.database, test.schemas, new Date(Date.now() - 86_400_000));
  await noteSizes(test.database, test.schemas, new Date(), 'sigma_data');
  organization.mutate(10);
  if (!isFailing) {
    const second = await sync.run();
    return prepared(app, test, simulator, second.report.runId);
  }
  simulator.faults.set({ forbid: ['^/v2/teams'] });
  simulator.faults.inject({
    kinds: ['500'],
    rate: 1,
    maxInARow: 1_000_000,
    match: '/v2/workbooks/[^/]*/pages',
  });
  for (const workbook of organization.workbooks.list.slice(0, 4)) organization.publishVersion(workbook.id);
  const failed = await sync.run();
  if (failed.status !== 'failed') throw new Error(`the second sync ended ${failed.status}`);
  const { state } = test.schemas;
  await test.database.session(async (session) => {
    await session.query(
      `insert into ${quoteTable(state, 'alerts')} (key, kind, subject, detail, run_id, raised_at, last_seen_at, settled_at)
       values ('failure teams', 'failure', 'teams', 'GET /v2/teams answered 403.', $1, now(), now(), null),
              ('drift members', 'drift', 'members', 'userKind was a number.', null, now() - interval '3 days', now(), now())`,
      [failed.report.runId],
    );
    await session.query(
      `insert into ${quoteTable(state, 'alert_messages')} (alert_id, receiver, told_at, attempts, error)
       select alert_id, 'ops', case when settled_at is not null then now() end, 2,
              case when settled_at is null then 'hooks.example.com did not answer' end from ${quoteTable(state, 'alerts')}`,
    );
  });
  return prepared(app, test, simulator, failed.report.runId);
}
