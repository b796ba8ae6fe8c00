/** Settings of the database under which answers are made and asked. */
import type { Session } from '../core/database/database.ts';

/**
 * For the transaction in hand. The default of work_mem is small for the sorts and hashes here, one at a time; a
 * larger setting stays. Compiling takes longer than running: the planner's guess for a walk through folders is a
 * thousand times too large.
 *
 * @throws DatabaseError
 */
export async function tune(session: Session): Promise<void> {
  await session.query(`select set_config('jit', 'off', true), set_config('work_mem', case
    when pg_size_bytes(current_setting('work_mem')) < pg_size_bytes('64MB') then '64MB' else current_setting('work_mem') end, true)`);
}
