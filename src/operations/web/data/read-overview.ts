/** All that the overview asks the database, in one session. */
import type { Session } from '../../../core/database/database.ts';
import { type ExportOutcome, exportOutcomes } from '../../../state/read/outcomes.ts';
import type { Schemas } from '../../../state/schemas.ts';
import { type AlertRow, alertRows } from './read-alerts.ts';
import { type RunRow, runRows } from './read-runs.ts';
import { type StreamRow, streamRows, type TableFacts, tableFacts } from './read-streams.ts';

/** The database's part of the overview. */
export interface OverviewData {
  readonly streams: readonly StreamRow[];
  readonly exports: readonly ExportOutcome[];
  readonly runs: readonly RunRow[];
  readonly alerts: readonly AlertRow[];
  readonly tables: readonly TableFacts[];
}

/** Runs of the strip. */
const RUNS = 60;
const ALERTS = 20;

/** A handful of questions, each for a set. */
export async function overviewData(session: Session, schemas: Schemas): Promise<OverviewData> {
  return {
    streams: await streamRows(session, schemas),
    exports: await exportOutcomes(session, schemas),
    runs: await runRows(session, schemas, { limit: RUNS }),
    alerts: await alertRows(session, schemas, 'open', ALERTS),
    tables: await tableFacts(session, schemas, schemas.target),
  };
}
