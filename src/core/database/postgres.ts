/** PostgreSQL 13 to 18 over node-postgres. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { ANSWER_PARSERS } from './answer.ts';
import {
  copyStatement,
  type Database,
  inTransaction,
  quoteLiteral,
  type Row,
  type Session,
} from './database.ts';
import { describeStatement, isConnectionLoss, toDatabaseError } from './database-error.ts';

/** Options of a PostgreSQL target. */
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
  const locks = new Set<() => Promise<void>>();

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
      const client = new Client(config);
      // The driver tells of one loss twice: the server's farewell and the end of the connection.
      let lost = false;
      const onError = (error: Error): void => {
        if (!lost) onLost(error);
        lost = true;
      };
      client.on('error', onError);
      // One statement at a time: streams ask side by side, and the driver must not be given a second one meanwhile.
      let turn: Promise<unknown> = Promise.resolve();
      const ask = async (what: 'try_advisory_lock' | 'advisory_unlock', wanted: string): Promise<boolean> => {
        const sql = `select pg_${what}(hashtextextended($1, 0)) as done`;
        const result = turn.then(() => client.query<{ done: boolean }>(sql, [wanted]));
        turn = result.catch(() => undefined);
        return (await result).rows[0]?.done === true;
      };
      try {
        await client.connect();
        if (naming !== '') await client.query(naming);
        // A machine that vanishes says no farewell: without this its lock would outlive it by hours.
        await client
          .query(
            'set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3',
          )
          .catch(() => undefined);
        if (!(await ask('try_advisory_lock', name))) {
          await client.end();
          return undefined;
        }
        const release = async (): Promise<void> => {
          locks.delete(release);
          lost = true;
          await client.end().catch(() => undefined);
        };
        locks.add(release);
        return {
          release,
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
      } catch (error) {
        client.end().catch(() => undefined);
        throw toDatabaseError(error, 'taking the lock');
      }
    },
    async close() {
      await Promise.all([...locks].map((release) => release()));
      await pool.end();
    },
  };
}

function toSession(client: pg.PoolClient): Session {
  return {
    db: new Kysely<unknown>({ dialect: new PostgresDialect({ pool: poolOf(client) }) }),
    async query<T extends Row>(sql: string, parameters: readonly unknown[] = []) {
      try {
        const result = await client.query<T>(sql, [...parameters]);
        return result.rows;
      } catch (error) {
        throw toDatabaseError(error, describeStatement(sql));
      }
    },
    async queryForeign(sql) {
      try {
        // Without parameters the driver sends a text as it is: it may hold several statements, and so a commit.
        const statement = {
          text: sql,
          queryMode: 'extended',
          rowMode: 'array' as const,
          types: ANSWER_TYPES,
        };
        const { fields, rows } = await client.query<unknown[]>(statement);
        return { columns: fields.map(({ name }) => name), rows };
      } catch (error) {
        throw toDatabaseError(error, describeStatement(sql));
      }
    },
    async copyIn(target, chunks) {
      try {
        const stream = client.query(copyFrom(`copy ${target} from stdin`));
        await pipeline(Readable.from(inBlocks(chunks)), stream);
      } catch (error) {
        throw toDatabaseError(error, `copying into ${target.split(' ')[0]}`);
      }
    },
    async copyFrom(copy, source) {
      // What ends the source is no trouble of the database.
      let failure: { readonly error: unknown } | undefined;
      async function* watched(): AsyncGenerator<Uint8Array> {
        try {
          yield* source;
        } catch (error) {
          failure = { error };
          throw error;
        }
      }
      try {
        const stream = client.query(copyFrom(copyStatement(copy, 'stdin')));
        await pipeline(Readable.from(watched()), stream);
        return stream.rowCount;
      } catch (error) {
        throw failure === undefined
          ? toDatabaseError(error, `copying into ${copy.into.split(' ')[0]}`)
          : failure.error;
      }
    },
  };
}

const ANSWER_TYPES: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => ANSWER_PARSERS[oid] ?? pg.types.getTypeParser(oid, format),
};

/** Bytes in a write to the socket. A write for the rows of each small unit would cost more than the rows. */
const BLOCK_BYTES = 64 << 10;

/** Joins small chunks; large ones go as they are. */
function* inBlocks(chunks: readonly (Uint8Array | string)[]): Generator<Uint8Array> {
  let block: Uint8Array[] = [];
  let bytes = 0;
  for (const given of chunks) {
    const chunk = typeof given === 'string' ? Buffer.from(given) : given;
    block.push(chunk);
    bytes += chunk.length;
    if (bytes < BLOCK_BYTES) continue;
    yield block.length === 1 ? chunk : Buffer.concat(block, bytes);
    block = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(block, bytes);
}

/** A pool of the one client that is already checked out, so that Kysely works on it and leaves it alone. */
function poolOf(client: pg.PoolClient): PostgresPool {
  const lent = new Proxy(client, {
    get(target, property) {
      if (property === 'release') return () => undefined;
      const value: unknown = Reflect.get(target, property);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return {
    options: {},
    connect: async () => lent as unknown as PostgresPoolClient,
    end: async () => undefined,
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
