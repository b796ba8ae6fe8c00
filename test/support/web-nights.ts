/** A simulated organization that was kept up to date night by night, with what goes wrong in real ones. */
import { setTimeout as delay } from 'node:timers/promises';
import { createOrganization } from '../../simulator/organization.ts';
import { startSimulator } from '../../simulator/server.ts';
import { quoteTable } from '../../src/core/database/database.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { createSync } from '../../src/runs/create-sync.ts';
import { systemClock } from '../../src/sigma/clock.ts';
import { migrate } from '../../src/state/migrate.ts';
import { openInMemory } from './memory-database.ts';
import { openControl, type TestControl } from './web-control.ts';
import { auditExport, noteSizes, webApp } from './web-data.ts';

const HOUR = 3_600_000;
/** Factor by which the time of the syncs runs faster. */
const HASTE = 40;
const DAY = 24 * HOUR;

/** See {@link openNightly}. */
export interface Nights extends AsyncDisposable {
  readonly control: TestControl;
  /** A run with something to tell. */
  readonly runId: string;
}

/** Syncs for so many nights, on the clock of the organization; the last run is still under way at the end. */
export async function openNightly(nights: number): Promise<Nights> {
  const organization = createOrganization({ workbooks: 90, members: 36, teams: 8, grants: 400 });
  organization.advance(nextNight(organization.now) - organization.now);
  const begin = organization.now;
  let beganAt = performance.now();
  let haste = HASTE;
  const audit = organization.addAuditLog();
  const simulator = await startSimulator({ organization });
  const start = new Date(begin - 30 * DAY);
  const app = webApp({
    simulator,
    // The clock of the organization stands still between its changes; a run waits for one that goes, and at this one
    // it takes as long as it would in a large organization.
    clock: {
      ...systemClock,
      now: () => Math.round(organization.now + (performance.now() - beganAt) * haste),
      sleep: (ms, signal) => systemClock.sleep(ms / haste, signal),
    },
    yaml: `
schedules:
  - { name: nightly, cron: "15 2 * * *", time_zone: UTC }
  - { name: access, cron: "0 */6 * * *", streams: [grants, team_members] }
freshness:
  hours: 36
  hours_by_stream: { grants: 8 }
alerts:
  - { name: ops, kind: slack, url: "https://hooks.example.com/services/T000/B000/secret" }
${auditExport(audit, start)}`,
  });
  const database = await openInMemory();
  await migrate(database, app.schemas, catalogue, app.events);
  const sync = createSync({ app, database: async () => database });
  let runId = '';
  for (let night = 0; night < nights; night++) {
    const trouble = night === nights - 9;
    if (trouble) {
      simulator.faults.inject({
        kinds: ['429'],
        rate: 0.15,
        seed: night,
        match: '/v2/(workbooks|files|dataModels)',
      });
      simulator.faults.inject({
        kinds: ['500'],
        rate: 1,
        maxInARow: 100,
        match: '/v2/workbooks/[^/]*[0-3][^/]*/bookmarks',
      });
    }
    // The token endpoint counts whole seconds.
    await delay(1100);
    const outcome = await sync.run({
      origin: { trigger: 'schedule', schedule: 'nightly' },
      exports: app.exports,
    });
    if (trouble) runId = outcome.report.runId;
    simulator.faults.clear();
    await noteSizes(database, app.schemas, new Date(organization.now));
    await noteSizes(database, app.schemas, new Date(organization.now), app.config.database.exportsSchema);
    process.stderr.write(
      `night ${night + 1} of ${nights}: ${outcome.status} ${outcome.exports?.report.exports[0]?.error ?? ''}\n`,
    );
    if (night === nights - 1) break;
    organization.mutate(6 + ((night * 7) % 23));
    organization.advance(nextNight(organization.now) - organization.now);
    beganAt = performance.now();
  }
  organization.advance(11 * HOUR);
  haste = 1;
  beganAt = performance.now();
  await note(database, app.schemas.state, new Date(organization.now));
  const { error } = await sync.analytics();
  if (error !== undefined) throw new Error(error);
  const control = openControl({ app, database: async () => database });
  // One is seen at work: as slow as a large organization would make it.
  organization.mutate(8);
  simulator.faults.inject({ kinds: ['slow'], rate: 1, slowMs: 1500, maxInARow: 1_000_000 });
  await delay(1100);
  await control.trigger('nightly');
  await delay(20_000);
  return {
    control,
    runId,
    async [Symbol.asyncDispose]() {
      control.cancel('nightly');
      await control.idle();
      await database.close();
      await simulator.close();
    },
  };
}

/** 02:15 of the night after. */
function nextNight(now: number): number {
  return Math.floor(now / DAY) * DAY + DAY + 2.25 * HOUR;
}

/** Alerts as the service writes them. */
async function note(
  database: Awaited<ReturnType<typeof openInMemory>>,
  state: string,
  now: Date,
): Promise<void> {
  const ago = (hours: number): string => new Date(now.getTime() - hours * HOUR).toISOString();
  await database.session(async (session) => {
    await session.query(
      `insert into ${quoteTable(state, 'alerts')} (key, kind, subject, detail, raised_at, last_seen_at, settled_at) values
         ('staleness grants', 'staleness', 'grants', 'Its last success is 11 h ago; it shall be at most 8 h.', $1, $2, null),
         ('failure workbook_bookmarks', 'failure', 'workbook_bookmarks', 'Partitions failed: GET /v2/workbooks/…/bookmarks answered 500.', $3, $3, $4)`,
      [ago(3), ago(0.1), ago(8 * 24 + 10), ago(7 * 24 + 10)],
    );
    await session.query(
      `insert into ${quoteTable(state, 'alert_messages')} (alert_id, receiver, told_at, recovery_told_at, attempts)
       select alert_id, 'ops', raised_at + interval '4 seconds', settled_at + interval '3 seconds', 1 from ${quoteTable(state, 'alerts')}`,
    );
  });
}
