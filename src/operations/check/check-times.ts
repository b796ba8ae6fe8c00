/** Checks the clock of the database, and rows dated in the future. */
import type { Database } from '../../core/database/database.ts';
import { latestFuture, millisecondsAhead } from '../../state/database-time.ts';
import { hasHistory } from '../../state/row-history.ts';
import type { Schemas } from '../../state/schemas.ts';
import type { CheckLine } from './check-line.ts';

/** As for the clock of the API. */
const MOST_SKEW_MS = 60_000;

/**
 * Lines where the clocks of process and database differ, or the history is ahead of both. @throws DatabaseError
 *
 * @param now milliseconds
 */
export async function checkTimes(
  database: Database,
  schemas: Schemas,
  now: () => number,
): Promise<CheckLine[]> {
  const lines: CheckLine[] = [];
  const ahead = await millisecondsAhead(database, now);
  if (Math.abs(ahead) > MOST_SKEW_MS) {
    lines.push({
      subject: 'database clock',
      outcome: 'warning',
      detail: `this machine is ${Math.round(Math.abs(ahead) / 1000)} s ${ahead > 0 ? 'ahead of' : 'behind'} the database, whose clock dates the history`,
      fix: 'Set the clocks of both (NTP).',
    });
  }
  const latest = await database.session(async (session) =>
    (await hasHistory(session, schemas)) ? latestFuture(session, schemas, new Date(now())) : undefined,
  );
  if (latest !== undefined) {
    lines.push({
      subject: 'history',
      outcome: 'warning',
      detail: `it is dated up to ${latest.toISOString()}, which is in the future: a clock was ahead, and until then "diff" and _as_of fail`,
      fix: 'Set the clock (NTP), then run "sigma-sync sync": it dates the history to the present.',
    });
  }
  return lines;
}
