/**
 * The demonstration: a simulated organization, an embedded database, a full sync, a day of changes, and the
 * incremental sync that finds them. Nothing in it is special to the demo but the organization.
 */
import { refreshAnalytics } from '../analytics/refresh-analytics.ts';
import { analyticsSchema } from '../analytics/model.ts';
import type { App } from '../app.ts';
import { quoteName, type Row } from '../core/database/database.ts';
import { catalogue } from '../extractors/catalogue.ts';
import type { MutationRecord } from '../../simulator/mutations.ts';
import type { Simulator } from '../../simulator/server.ts';
import { migrate } from '../state/migrate.ts';
import type { RunReport } from '../state/run-types.ts';
import { runSync } from '../sync/run-sync.ts';

/** What there is to show, step by step. */
export interface DemoSteps {
  synced(report: RunReport, title: string): void;
  mutated(changes: readonly MutationRecord[]): void;
  found(rows: readonly Row[]): void;
}

/** Changed rows shown of each stream. */
const ROWS_EACH = 3;
/** How many things happen in the organization between the two syncs. */
const CHANGES = 12;

/**
 * Runs the demonstration in a database that is emptied first.
 *
 * @throws what a sync throws
 */
export async function runDemo(
  app: App,
  simulator: Simulator,
  steps: DemoSteps,
  signal: AbortSignal,
): Promise<void> {
  const database = await app.openDatabase();
  const client = app.openClient();
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
      steps.synced(report, title);
      return report;
    };
    await sync('First sync: everything');
    steps.mutated(simulator.organization.mutate(CHANGES));
    const { startedAt } = await sync('Second sync: what changed');
    const { events, schemas, analytics: settings } = app;
    const now = (): number => app.clock.monotonic();
    const { error } = await refreshAnalytics({ database, schemas, settings, events, now, signal });
    if (error !== undefined) throw new Error(error);
    steps.found(await database.session((session) => session.query(changedRows(app), [startedAt])));
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
