/** PostgreSQL 13 to 18 over node-postgres. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { DatabaseError } from '../errors.ts';
import { type Database, inTransaction } from './database.ts';
import { isConnectionLoss, isScarce, sqlState, toDatabaseError } from './database-error.ts';
import { openInterrupt } from './interrupt.ts';
import { openClients } from './postgres-client.ts';
import { openLocks } from './postgres-locks.ts';
import { toSession } from './postgres-session.ts';
import { openSlots, type Slot } from './slots.ts';

export interface PostgresOptions {
  /** Asked for every connection, because the password in it may be rotated. */
  readonly url: string | (() => string);
  /** Most connections at once, beside the one that holds locks; default 8. If the server gives fewer, those do. */
  readonly maxConnections?: number;
  /** Name in the server's list of sessions, whatever the URL says; default `sigma-sync`, or the name in the URL. */
  readonly applicationName?: string | undefined;
  /** Aborts when the process is to end: statements under way are cancelled some seconds later. */
  readonly signal?: AbortSignal | undefined;
}

/** A connection that is lent. */
interface Lent {
  readonly client: pg.PoolClient;
  giveBack(broken?: Error): void;
}

/** Most attempts at a transaction that collided with others, or lost its connection. */
const MOST_TRIES = 6;

/**
 * Opens a pool; the first statement connects.
 *
 * @example const db = openPostgres({ url: 'postgres://localhost/warehouse' });
 */
export function openPostgres(options: PostgresOptions): Database {
  const { url, maxConnections = 8, applicationName, signal = new AbortController().signal } = options;
  const clients = openClients({
    url: typeof url === 'string' ? () => url : url,
    ...{ applicationName, signal },
  });
  const pool = new pg.Pool({ ...clients.config, max: maxConnections });
  // An idle connection that dies is replaced by the pool; the next statement reports what matters.
  pool.on('error', () => undefined);
  // A connection costs more than most statements. So a caller first waits as long as the last connection took to
  // come: mostly somebody else is done by then. And there are never more on their way than there are already.
  let [coming, costMs] = [0, 0];
  const slots = openSlots(
    maxConnections,
    (waitedMs) =>
      pool.idleCount > pool.waitingCount ||
      pool.totalCount === 0 ||
      (waitedMs >= costMs && coming < pool.totalCount - coming),
  );
  const interrupt = openInterrupt(signal, clients, (error) => slots.refuse(error));
  const locks = openLocks(() => clients.patiently(clients.connect, makeRoom), clients.isPooled);

  /** Gives up a connection of the pool that nobody uses, and one that comes back. */
  async function makeRoom(): Promise<void> {
    slots.makeDo();
    if (pool.idleCount > 0) (await pool.connect()).release(true);
  }

  /** Those that collided must not collide again. */
  async function pause(tries: number): Promise<void> {
    await sleep(Math.random() * 25 * 2 ** tries, undefined, { signal }).catch(() => undefined);
  }

  /** A connection of the pool, of those there are or a new one. */
  async function connect(): Promise<pg.PoolClient> {
    if (pool.idleCount > pool.waitingCount) return pool.connect();
    coming++;
    const begun = performance.now();
    try {
      const client = await pool.connect();
      costMs = performance.now() - begun;
      return client;
    } finally {
      coming--;
      slots.look();
    }
  }

  /** A connection of the pool with its place; where there are fewer than configured, it waits for one of those. */
  async function borrow(long: boolean): Promise<Lent> {
    const attempt = (slot: Slot): Promise<Lent> =>
      connect().then(
        (client) => {
          const unwatch = interrupt.watch(client);
          return {
            client,
            giveBack(broken) {
              unwatch();
              client.release(broken ?? slots.taken > slots.size);
              slot.give();
            },
          };
        },
        (error: unknown) => {
          if (isScarce(error)) slots.makeDo();
          slot.give();
          throw error;
        },
      );
    return clients.patiently(
      () => slots.take(long, attempt),
      () => undefined,
    );
  }

  async function withClient<T>(long: boolean, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const { client, giveBack } = await borrow(long);
    let broken: Error | undefined;
    const onError = (error: Error): void => {
      broken = error;
    };
    client.on('error', onError);
    try {
      return await work(client);
    } catch (error) {
      // A connection that the server ended is not lent again, though the driver may hear of its end only now.
      if (error instanceof DatabaseError && isConnectionLoss(error.cause)) broken ??= error;
      if (broken !== undefined && broken !== error && !isSaidByServer(error))
        throw interrupt.explain(toDatabaseError(broken, 'talking to it'));
      throw sqlState(error) === undefined ? error : interrupt.explain(error);
    } finally {
      client.off('error', onError);
      giveBack(broken);
    }
  }

  return {
    kind: 'postgres',
    label: clients.label(),
    async session(work) {
      for (let tries = 1; ; tries++) {
        let isTouched = false;
        const onDone = (): void => {
          isTouched = true;
        };
        try {
          return await withClient(false, (client) => work(toSession(client, onDone)));
        } catch (error) {
          // The server itself said that nothing came of the first statement.
          const isVoid = error instanceof DatabaseError && error.kind === 'passing' && isSaidByServer(error);
          if (tries === MOST_TRIES || signal.aborted || isTouched || !isVoid) throw error;
          await pause(tries);
        }
      }
    },
    async transaction(work, { long = false } = {}) {
      let loss: DatabaseError | undefined;
      for (let tries = 1; ; tries++) {
        let isCommitting = false;
        const onCommit = (): void => {
          isCommitting = true;
        };
        try {
          return await withClient(long, (client) => {
            isCommitting = false;
            return inTransaction(toSession(client), work, onCommit);
          });
        } catch (error) {
          if (!(error instanceof DatabaseError)) throw error;
          // A server that went away tells more by how it went than by where it is not any more.
          if (loss !== undefined && !(error.cause instanceof pg.DatabaseError)) throw loss;
          if (tries === MOST_TRIES || signal.aborted || !mayRepeat(error, isCommitting)) throw error;
          if (isConnectionLoss(error.cause)) loss = error;
          await pause(tries);
        }
      }
    },
    tryLock: (name, onLost) => locks.tryLock(name, onLost),
    async close() {
      await locks.close();
      await pool.end();
      interrupt.close();
    },
  };
}

/** True where the server gave a reason for the end of a statement, and did not just go away. */
function isSaidByServer(error: unknown): boolean {
  return /^(40|57P0)/.test(sqlState(error) ?? '');
}

/** True where nothing of a transaction is in the database, and the same may succeed now. */
function mayRepeat(error: DatabaseError, isCommitting: boolean): boolean {
  if (error.kind !== 'passing') return false;
  if (/^40/.test(sqlState(error) ?? '')) return true;
  // If the answer to a commit is missing, nobody knows whether it was done.
  return !isCommitting && isConnectionLoss(error.cause);
}
