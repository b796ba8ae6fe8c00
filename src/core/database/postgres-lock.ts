/** Advisory locks on a connection of their own. */
import type pg from 'pg';
import type { Lock } from './database.ts';
import { toDatabaseError } from './database-error.ts';

/**
 * Takes a lock on a client that is not connected yet; undefined where somebody else holds it. Where it can't be had the
 * client is ended.
 *
 * @param onConnect a statement to run first, if any.
 * @param onLost called when the connection is gone, and with it the lock.
 * @throws DatabaseError
 */
export async function lockOn(
  client: pg.Client,
  name: string,
  onConnect: string,
  onLost: (error: Error) => void,
): Promise<Lock | undefined> {
  // The driver tells of one loss twice: the server's farewell and the end of the connection.
  let isOver = false;
  client.on('error', (error) => {
    if (!isOver) onLost(error);
    isOver = true;
  });
  const ask = asker(client);
  try {
    await client.connect();
    if (onConnect !== '') await client.query(onConnect);
    // A machine that vanishes says no farewell: without this its lock would outlive it by hours.
    await client
      .query('set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3')
      .catch(() => undefined);
    if (!(await ask('try_advisory_lock', name))) {
      await client.end();
      return undefined;
    }
  } catch (error) {
    client.end().catch(() => undefined);
    throw toDatabaseError(error, 'taking the lock');
  }
  return {
    async release() {
      isOver = true;
      await client.end().catch(() => undefined);
    },
    async tryAlso(other) {
      try {
        if (!(await ask('try_advisory_lock', other))) return undefined;
      } catch (error) {
        throw toDatabaseError(error, 'taking a lock');
      }
      // Where the connection is gone, so is the lock.
      return async () => {
        await ask('advisory_unlock', other).catch(() => undefined);
      };
    },
  };
}

type Ask = (what: 'try_advisory_lock' | 'advisory_unlock', name: string) => Promise<boolean>;

/** One statement at a time: streams ask side by side, and the driver must not be given a second one meanwhile. */
function asker(client: pg.Client): Ask {
  let turn: Promise<unknown> = Promise.resolve();
  return async (what, name) => {
    const sql = `select pg_${what}(hashtextextended($1, 0)) as done`;
    const result = turn.then(() => client.query<{ done: boolean }>(sql, [name]));
    turn = result.catch(() => undefined);
    return (await result).rows[0]?.done === true;
  };
}
