/** Settings of the database under which answers are made and asked. */
import type { Session } from '../core/database/database.ts';

/**
 * For the transaction in hand. The default of work_mem is small for what is sorted and hashed here, one at a time; whoever
 * set more keeps that. Compiling takes longer than running: what walks through folders is guessed a thousand times too large.
 *
 * @throws DatabaseError
 */
export async function tune(session: Session): Promise<void> {
  await session.query(`select set_config('jit', 'off', true), set_config('work_mem', case
    when pg_size_bytes(current_setting('work_mem')) < pg_size_bytes('64MB') then '64MB' else current_setting('work_mem') end, true)`);
}
