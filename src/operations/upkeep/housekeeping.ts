/** The daily work that keeps an installation small: sizes of tables, and the removal of old records. */
import { type App, ownTables } from '../../app.ts';
import { type Database, quoteTable } from '../../core/database/database.ts';
import { tidy } from '../../core/database/tidy.ts';
import { LockedError } from '../../core/errors.ts';
import type { Schemas } from '../../state/schemas.ts';
import { applyRetention } from './retention.ts';
import { recordSizes } from './table-sizes.ts';

/** Keeps the figures of tables current, and, with the first of a day, the state schema small. @throws DatabaseError */
export async function keepHouse(app: App, database: Database): Promise<void> {
  const { schemas, config, events } = app;
  const now = (): Date => new Date(app.clock.now());
  const { exportsSchema } = config.database;
  // A process that ends after each turn must not clear up after each.
  const isFirst = !(await hasSizes(database, schemas, now()));
  await recordSizes({ database, schemas, exportsSchema, now });
  if (!isFirst) return;
  const { runDays, detailDays } = config.retention;
  const retention = { runDays, detailDays, sizeMonths: config.history.retentionMonths };
  try {
    await applyRetention({ database, schemas, retention, now, events });
    await tidy({ database, ...ownTables(app) });
  } catch (error) {
    // Somebody does it by hand.
    if (!(error instanceof LockedError)) throw error;
  }
}

/** True where sizes of the day are written down. */
async function hasSizes(database: Database, schemas: Schemas, now: Date): Promise<boolean> {
  const rows = await database.session((session) =>
    session.query(`select 1 from ${quoteTable(schemas.state, 'table_sizes')} where day = $1::date limit 1`, [
      now.toISOString().slice(0, 10),
    ]),
  );
  return rows.length > 0;
}
