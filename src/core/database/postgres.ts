/** PostgreSQL 13 to 18 over node-postgres. */
import pg from 'pg';
import { type Database, inTransaction, type Lock, quoteLiteral } from './database.ts';
import { isConnectionLoss, toDatabaseError } from './database-error.ts';
import { toSession } from './postgres-session.ts';

export interface PostgresOptions {
  /** Asked for every connection, because the password in it may be rotated. */
  readonly url: string | (() => string);
  /** Most connections at once; default 8. */
  readonly maxConnections?: number;
  /** What the server's list of sessions calls them, whatever the URL says; default `sigma-sync`, or what the URL says. */
  readonly applicationName?: string | undefined;
}

/**
 * Opens a pool; the first statement connects.
 *
 * @example const db = openPostgres({ url: 'postgres://localhost/warehouse' });
 */
export function openPostgres(options: PostgresOptions): Database {
  const urlNow = typeof options.url === 'string' ? () => String(options.url) : options.url;
  class Client extends pg.Client {
    constructor(config?: pg.ClientConfig) {
      super({ ...config, connectionString: urlNow() });
    }
  }
  const config: pg.PoolConfig = {
    Client,
    max: options.maxConnections ?? 8,
    application_name: 'sigma-sync',
    connectionTimeoutMillis: 15_000,
    keepAlive: true,
  };
  // Signals and comparisons are written as text, so every connection speaks of times in the same zone and style.
  const naming =
    options.applicationName === undefined
      ? ''
      : `set application_name = ${quoteLiteral(options.applicationName)}; `;
  const onConnect = async (client: pg.ClientBase): Promise<void> => {
    await client.query(
      `${naming}set timezone = UTC; set datestyle = ISO; set search_path = pg_catalog; set client_min_messages = warning`,
    );
  };
  const pool = new pg.Pool({ ...config, onConnect });
  // An idle connection that dies is replaced by the pool; the next statement reports what matters.
  pool.on('error', () => undefined);
  const locks = new Set<Lock>();

  async function withClient<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    let client: pg.PoolClient;
    try {
      client = await pool.connect();
    } catch (error) {
      throw toDatabaseError(error, `connecting to ${label(urlNow())}`);
    }
    let broken: Error | undefined;
    const onError = (error: Error): void => {
      broken = error;
    };
    client.on('error', onError);
    try {
      return await work(client);
    } catch (error) {
      if (broken !== undefined) throw toDatabaseError(broken, 'talking to it');
      // What Kysely runs comes as the driver throws it.
      if (error instanceof pg.DatabaseError || isConnectionLoss(error))
        throw toDatabaseError(error, 'keeping the run book');
      throw error;
    } finally {
      client.off('error', onError);
      client.release(broken);
    }
  }

  return {
    kind: 'postgres',
    label: label(urlNow()),
    session: (work) => withClient((client) => work(toSession(client))),
    transaction: (work) => withClient((client) => inTransaction(toSession(client), work)),
    async tryLock(name, onLost) {
      const lock = await lockOn(new Client(config), name, naming, onLost);
      if (lock === undefined) return undefined;
      locks.add(lock);
      return {
        ...lock,
        async release() {
          locks.delete(lock);
          await lock.release();
        },
      };
    },
    async close() {
      await Promise.all([...locks].map((lock) => lock.release()));
      await pool.end();
    },
  };
}

/** Host, port and database of a connection URL. */
function label(url: string): string {
  try {
    const { hostname, port, pathname } = new URL(url);
    return `${hostname || 'localhost'}:${port || '5432'}${pathname}`;
  } catch {
    return 'the database';
  }
}

/**
 * Takes a lock on a client that is not connected yet; undefined where somebody else holds it. Where it can't be had the
 * client is ended.
 *
 * @param onConnect a statement to run first, if any.
 * @param onLost called when the connection is gone, and with it the lock.
 * @throws DatabaseError
 */
async function lockOn(
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
