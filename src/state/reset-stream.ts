/** Forgets the cursors of a stream, so that the next run reads all of it again. Rows stay as they are. */
import { type Database, quoteTable } from '../core/database/database.ts';
import { LockedError } from '../core/errors.ts';
import type { Stream } from '../extractors/stream.ts';
import { runLock } from './lock.ts';
import { noteAllRewritten } from './rewrites.ts';
import type { Schemas } from './schemas.ts';

/**
 * @returns how many cursors were forgotten.
 * @throws LockedError where a run is under way; DatabaseError
 */
export async function resetStream(database: Database, schemas: Schemas, stream: Stream): Promise<number> {
  const lock = await database.tryLock(runLock(schemas), () => undefined);
  if (lock === undefined) {
    throw new LockedError(`A run holds the lock of schema ${schemas.target}; nothing was reset.`, {
      advice: 'Wait for it to end.',
    });
  }
  try {
    return await database.transaction(async (session) => {
      const forgotten = await session.query(
        `delete from ${quoteTable(schemas.state, 'partitions')} where stream = $1 returning 1`,
        [stream.name],
      );
      await session.query(`delete from ${quoteTable(schemas.state, 'absences')} where stream = $1`, [
        stream.name,
      ]);
      await session.query(`delete from ${quoteTable(schemas.state, 'retirements')} where stream = $1`, [
        stream.name,
      ]);
      await noteAllRewritten(session, schemas, stream.name);
      return forgotten.length;
    });
  } finally {
    await lock.release();
  }
}
