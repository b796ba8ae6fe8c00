/** Locks of this process on a server: all in one connection, which ends soon after the last of them. */
import type pg from 'pg';
import type { Lock } from './database.ts';
import { toDatabaseError } from './database-error.ts';

/** Poolers end clients for being idle, some after seconds. A server is asked not to, and its probes keep firewalls open. */
const AWAKE_MS = 1000;

/** The end of a run is followed by the next lock: a connection for each would take longer than what is done under it. */
const LINGER_MS = 500;

type OnLost = (error: Error) => void;

/** See {@link openLocks}. */
export interface Locks {
  /** As `Database.tryLock`. @throws DatabaseError */
  tryLock(name: string, onLost: OnLost): Promise<Lock | undefined>;
  /** Lets go of all of them. */
  close(): Promise<void>;
}

/**
 * @param connect opens the connection that holds the locks.
 * @param isPooled whether a pooler stands between, which must not find it idle.
 */
export function openLocks(
  connect: () => Promise<pg.Client>,
  isPooled: (client: pg.Client) => boolean,
): Locks {
  let holder: Holder | undefined;
  return {
    async tryLock(name, onLost) {
      for (;;) {
        holder = holder?.isOver === false ? holder : new Holder(connect, isPooled);
        const asked = holder;
        const wasIdle = asked.isIdle;
        try {
          const lock = await asked.tryLock(name, onLost);
          // One of ours has it, unless the connection died and its end was not heard yet.
          if (lock !== undefined || !asked.has(name) || (await asked.isAlive())) return lock;
        } catch (error) {
          // The connection may have died while nobody needed it.
          if (!wasIdle) throw error;
          await asked.end();
        }
      }
    },
    async close() {
      await holder?.end();
    },
  };
}

/** One connection with the locks that it holds. It ends soon after the last of them. */
class Holder {
  /** True once nothing more can be held: the connection is gone, or about to be. */
  isOver = false;
  readonly #connecting: Promise<pg.Client>;
  /** Held, or asked for: what one connection asks for twice the server lets it have twice. */
  readonly #names = new Map<string, OnLost | undefined>();
  /** The last statement that was asked. */
  #turn: Promise<unknown> = Promise.resolve();
  #awake: NodeJS.Timeout | undefined;
  #lingering: NodeJS.Timeout | undefined;

  constructor(connect: () => Promise<pg.Client>, isPooled: (client: pg.Client) => boolean) {
    this.#connecting = connect().then((client) => {
      // The driver tells of one loss twice: the server's farewell and the end of the connection.
      client.on('error', (error) => this.#lose(error));
      if (!isPooled(client)) return client;
      let isAsking = false;
      this.#awake = setInterval(() => {
        if (isAsking) return;
        isAsking = true;
        // The connection's own event reports its end.
        void this.#query('select 1')
          .catch(() => undefined)
          .finally(() => {
            isAsking = false;
          });
      }, AWAKE_MS).unref();
      return client;
    });
    this.#connecting.catch(() => undefined);
  }

  /** True where it holds nothing any more. */
  get isIdle(): boolean {
    return this.#lingering !== undefined;
  }

  /** True of a lock that is held here, or asked for. */
  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** Asks the server. If it does not answer, the locks are lost. */
  async isAlive(): Promise<boolean> {
    try {
      await this.#query('select 1');
      return !this.isOver;
    } catch (error) {
      this.#lose(error instanceof Error ? error : new Error(String(error)));
      return false;
    }
  }

  async tryLock(name: string, onLost: OnLost): Promise<Lock | undefined> {
    const taken = await this.#take(name, onLost);
    if (!taken) return undefined;
    const others = new Set<string>();
    return {
      release: async () => {
        for (const one of [name, ...others]) await this.#give(one);
      },
      tryAlso: async (other) => {
        if (!(await this.#take(other, undefined))) return undefined;
        others.add(other);
        return async () => {
          others.delete(other);
          await this.#give(other);
        };
      },
    };
  }

  async #take(name: string, onLost: OnLost | undefined): Promise<boolean> {
    if (this.#names.has(name)) return false;
    this.#names.set(name, onLost);
    clearTimeout(this.#lingering);
    this.#lingering = undefined;
    let answer: boolean | undefined;
    try {
      answer = await this.#ask('try_advisory_lock', name);
    } catch (error) {
      throw toDatabaseError(error, 'taking a lock');
    } finally {
      if (answer !== true) await this.#drop(name, answer === false);
    }
    return answer;
  }

  async #give(name: string): Promise<void> {
    if (this.isOver || !this.#names.has(name)) return;
    // If the connection is gone, so is the lock.
    const isGiven = await this.#ask('advisory_unlock', name).catch(() => false);
    await this.#drop(name, isGiven);
  }

  async #drop(name: string, isWell: boolean): Promise<void> {
    this.#names.delete(name);
    if (this.#names.size > 0) return;
    if (!isWell) await this.end();
    else if (!this.isOver) this.#lingering = setTimeout(() => void this.end(), LINGER_MS).unref();
  }

  async #ask(what: 'try_advisory_lock' | 'advisory_unlock', name: string): Promise<boolean> {
    const rows = await this.#query<{ done: boolean }>(`select pg_${what}(hashtextextended($1, 0)) as done`, [
      name,
    ]);
    return rows[0]?.done === true;
  }

  /** One statement at a time: streams ask side by side, and the driver must not be given a second one meanwhile. */
  async #query<T extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<T[]> {
    const client = await this.#connecting;
    const result = this.#turn.then(() => client.query<T>(sql, values));
    this.#turn = result.catch(() => undefined);
    return (await result).rows;
  }

  #lose(error: Error): void {
    if (this.isOver) return;
    this.isOver = true;
    clearInterval(this.#awake);
    for (const onLost of this.#names.values()) onLost?.(error);
  }

  async end(): Promise<void> {
    this.isOver = true;
    clearTimeout(this.#lingering);
    clearInterval(this.#awake);
    const client = await this.#connecting.catch(() => undefined);
    clearInterval(this.#awake);
    await client?.end().catch(() => undefined);
  }
}
