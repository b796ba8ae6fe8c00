/** The fence that keeps two runs of a command from both committing. */
import { quoteTable, type Session } from '../core/database/database.ts';
import { LockedError } from '../core/errors.ts';
import type { RunCommand } from './run-types.ts';
import type { Schemas } from './schemas.ts';

/**
 * The fence: a transaction that calls this first commits only while its run holds the schema. A run that lost its
 * lock is marked as interrupted by the next one, which waits for transactions under way and stops later ones here.
 *
 * @throws LockedError
 */
export async function assertRunning(session: Session, schemas: Schemas, runId: string): Promise<void> {
  assertRow(await session.query(`select 1 ${whileRunning(schemas)}`, [runId]));
}

/** The same as the end of a statement that has something else to ask or to write: `assertRow` looks at what it gave. $1 = run id. */
export function whileRunning(schemas: Schemas): string {
  return `from ${quoteTable(schemas.state, 'runs')} where run_id = $1 and status = 'running' for share`;
}

/** The row that such a statement gave. @throws LockedError where there is none */
export function assertRow<T>(rows: readonly T[]): T {
  const [row] = rows;
  if (row !== undefined) return row;
  throw new LockedError('Another run took over the schema. This run stopped and wrote nothing more.', {
    advice: '"sigma-sync runs" shows both.',
  });
}

/**
 * For the holder of the lock of a command: a run of it that still calls itself running was killed, or has lost the
 * lock. From here on it can't commit any more (see `assertRunning`), and the next one may resume it.
 *
 * @throws DatabaseError
 */
export async function fenceOff(session: Session, schemas: Schemas, command: RunCommand): Promise<void> {
  await session.query(
    `update ${quoteTable(schemas.state, 'runs')}
        set status = 'interrupted', resumable = true, error = 'The process ended without finishing the run.'
      where status = 'running' and command = $1`,
    [command],
  );
}
