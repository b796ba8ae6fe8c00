/** Connections to a PostgreSQL server: where they go, what they are set to, and what is done when none can be had. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { DatabaseError } from '../errors.ts';
import { within } from '../within.ts';
import { readAddress } from './address.ts';
import { quoteLiteral } from './database.ts';
import { isScarce, toDatabaseError } from './database-error.ts';
import { isPooled, madeUpId, refuseSharedConnection } from './pooler.ts';

/** Settings of clients. */
export interface ClientOptions {
  /** Asked for every connection, because the password in it may be rotated. */
  readonly url: () => string;
  /** Name in the server's list of sessions; default `sigma-sync`, or the name in the URL. */
  readonly applicationName: string | undefined;
  /** Ends all waiting for a connection. */
  readonly signal: AbortSignal;
}

/** See {@link openClients}. */
export interface Clients {
  /** For the driver's pool, which makes its clients itself. */
  readonly config: pg.PoolConfig;
  /** The place that the address leads to, fit for a message. */
  label(): string;
  /** Connects a client of its own. @throws DatabaseError, ConfigError */
  connect(): Promise<pg.Client>;
  /**
   * Repeats an attempt to connect for as long as what it fails with may pass.
   *
   * @param scarce done before the next one where no connection was left.
   * @throws DatabaseError, ConfigError
   */
  patiently<T>(attempt: () => Promise<T>, scarce: () => Promise<void> | void): Promise<T>;
  /** Number of the server's process that serves a client. */
  pidOf(client: pg.ClientBase): number | undefined;
  /** True where a pooler stands between. */
  isPooled(client: pg.Client): boolean;
}

const CONNECT_MS = 15_000;
/** A server that answers takes milliseconds; where others keep it busy, seconds. */
const SET_UP_MS = 10_000;

/** A wait for what somebody else has locked ends at last; a role that has a limit of its own keeps it. */
const LOCK_TIMEOUT = '5min';

/**
 * Signals and comparisons are written as text, so every connection speaks of times in the same zone and style. Nothing
 * rests on what a database or a role has for a default.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  timezone: 'UTC',
  datestyle: 'ISO',
  intervalstyle: 'postgres',
  search_path: 'pg_catalog',
  client_min_messages: 'warning',
  standard_conforming_strings: 'on',
  bytea_output: 'hex',
  extra_float_digits: '1',
  default_transaction_isolation: 'read committed',
};

/** Limits to lift if the server has them: the pool ends idle connections itself, and that of the locks is to stay. */
const UNLIMITED = ['idle_session_timeout'];

const SET_UP = [
  ...Object.entries(SETTINGS).map(([name, value]) => `pg_catalog.set_config('${name}', '${value}', false)`),
  ...UNLIMITED.map(
    (name) =>
      `case when pg_catalog.current_setting('${name}', true) is not null then pg_catalog.set_config('${name}', '0', false) end`,
  ),
  `case when pg_catalog.current_setting('lock_timeout') = '0' then pg_catalog.set_config('lock_timeout', '${LOCK_TIMEOUT}', false) end`,
  // A machine that vanishes says no farewell: without this its locks would outlive it by hours.
  ...['idle = 10', 'interval = 5', 'count = 3'].map((setting) => {
    const [name, value] = setting.split(' = ');
    return `pg_catalog.set_config('tcp_keepalives_${name}', '${value}', false)`;
  }),
].join(', ');

/** Between attempts to connect where that may pass, in milliseconds; the last one is repeated. */
const WAITS = [100, 200, 400, 800, 1600, 3200];
/** So long it is tried again. */
const PATIENCE_MS = 15_000;

/** Makes nothing yet. */
export function openClients({ url, applicationName, signal }: ClientOptions): Clients {
  /** Addresses that were found to give each client a connection of its own. */
  const known = new Set<string>();
  const pids = new WeakMap<pg.ClientBase, number>();
  const label = (): string => readAddress(url()).label;

  class Client extends pg.Client {
    readonly address = url();

    constructor(config?: pg.ClientConfig) {
      const { label: _, ...address } = readAddress(url());
      super({ ...config, ...address });
      // If the log-in fails on this side, the server would wait a minute for the rest of it, and so would the
      // process.
      const { connection } = this;
      connection.on('error', () => connection.stream.destroy());
    }
  }
  const config: pg.PoolConfig = {
    Client,
    application_name: 'sigma-sync',
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
  };
  const naming =
    applicationName === undefined
      ? ''
      : `, pg_catalog.set_config('application_name', ${quoteLiteral(applicationName)}, false)`;

  async function bare(): Promise<pg.Client> {
    const client = new Client(config);
    client.on('error', () => undefined);
    try {
      await client.connect();
      return client;
    } catch (error) {
      throw toDatabaseError(error, `connecting to ${label()}`);
    }
  }

  /** A pooler takes every client, and lets those wait for whom it has no connection. */
  async function setUp(client: pg.ClientBase): Promise<void> {
    const setting = prepare(client);
    if (!(await within(setting, SET_UP_MS)))
      throw new Error(`query_wait_timeout after ${SET_UP_MS / 1000} s`);
    await setting;
  }

  /** First it is looked whose connection it is: one that is shared must not keep our settings. */
  async function prepare(client: pg.ClientBase): Promise<void> {
    const address = client instanceof Client ? client.address : '';
    if (!known.has(address) && (await isPooled(client))) await refuseSharedConnection(client, bare, label());
    known.add(address);
    const { rows } = await client.query<{ pid: number }>(
      `select ${SET_UP}${naming}, pg_catalog.pg_backend_pid() as pid`,
    );
    pids.set(client, rows[0]?.pid ?? 0);
  }

  async function patiently<T>(attempt: () => Promise<T>, scarce: () => Promise<void> | void): Promise<T> {
    let waitedMs = 0;
    for (let tries = 0; ; tries++) {
      try {
        return await attempt();
      } catch (error) {
        const failure = toDatabaseError(error, `connecting to ${label()}`);
        const passes = failure instanceof DatabaseError && failure.kind === 'passing';
        if (!passes || signal.aborted || waitedMs > PATIENCE_MS) throw failure;
        if (isScarce(error)) await scarce();
        const ms = WAITS[Math.min(tries, WAITS.length - 1)] ?? 0;
        waitedMs += ms;
        await sleep(ms, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  return {
    config: { ...config, onConnect: setUp },
    label,
    patiently,
    async connect() {
      const client = await bare();
      try {
        await setUp(client);
        return client;
      } catch (error) {
        client.end().catch(() => undefined);
        throw error;
      }
    },
    pidOf: (client) => pids.get(client),
    isPooled: (client) => madeUpId(client) !== pids.get(client),
  };
}
