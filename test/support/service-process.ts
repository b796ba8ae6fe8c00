/** Processes of `start` over a real PostgreSQL or a folder, and what the database says of them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../simulator/server.ts';
import type { Database, Row } from '../../src/core/database/database.ts';
import { openEmbedded } from '../../src/core/database/embedded/database.ts';
import { openPostgres } from '../../src/core/database/postgres.ts';
import type { Stream } from '../../src/extractors/stream.ts';
import { envFor, scratchFolder } from './cli.ts';
import { openTestDatabase } from './database.ts';
import { CORE } from './rig.ts';
import { type RunningCli, type StartCliOptions, startCli } from './start-cli.ts';
import { schemas } from './template.ts';
import { differences } from './truth.ts';

/** See {@link startServiceProcesses}. */
export interface ServiceProcesses extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly folder: string;
  /** Undefined where the database is a folder. */
  readonly url: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  settings(yaml: string): void;
  /** `sigma-sync start` with these settings. */
  start(args?: readonly string[], options?: Partial<StartCliOptions>): RunningCli;
  /** Asks the database; of a folder, only while no process has it. */
  query<T extends Row = Row>(sql: string): Promise<T[]>;
  /** The differences between the tables and the organization. */
  differences(): Promise<string[]>;
}

/** Options of {@link startServiceProcesses}. */
export interface ServiceProcessesOptions extends SimulatorOptions {
  /** An embedded database in the folder instead of a server. */
  readonly embedded?: boolean;
  /** A database that is there already. */
  readonly url?: string;
  readonly streams?: readonly Stream[];
}

/** Settings of one job; `more` are further lines of YAML. */
export function settingsOf(cron: string, streams: readonly Stream[] = CORE, more = ''): string {
  const names = streams.map(({ name }) => name).join(', ');
  return `
sync: { refresh_days: 0 }
service: { jitter_seconds: 0, port: 0 }
schedules:
  - { name: steady, cron: "${cron}", streams: [${names}] }
${more}`;
}

/** Starts simulator and database. Leaving the scope kills every process that was started. */
export async function startServiceProcesses(
  options: ServiceProcessesOptions = {},
): Promise<ServiceProcesses> {
  const { embedded = false, streams = CORE, ...simulated } = options;
  const simulator = await startSimulator(simulated);
  const scratch = scratchFolder();
  const test =
    embedded || options.url !== undefined ? undefined : await openTestDatabase({ migrated: false });
  const url = options.url ?? test?.url;
  const file = join(scratch.path, 'settings.yaml');
  const env = envFor(simulator, url);
  const running: RunningCli[] = [];

  async function asking<T>(work: (database: Database) => Promise<T>): Promise<T> {
    const database =
      url === undefined
        ? await openEmbedded({ directory: join(scratch.path, '.sigma-sync') })
        : openPostgres({ url });
    try {
      return await work(database);
    } finally {
      await database.close();
    }
  }

  return {
    simulator,
    folder: scratch.path,
    url,
    env,
    settings: (yaml) => writeFileSync(file, yaml),
    start(args = [], more = {}) {
      const one = startCli(['--config', file, 'start', ...args], {
        cwd: scratch.path,
        ...more,
        env: { ...env, ...more.env },
      });
      running.push(one);
      return one;
    },
    query: <T extends Row>(sql: string) =>
      asking((database) => database.session((session) => session.query<T>(sql))),
    differences: () => asking((database) => differences(database, schemas, simulator.organization, streams)),
    async [Symbol.asyncDispose]() {
      await Promise.all(running.map((one) => one[Symbol.asyncDispose]()));
      await test?.close();
      await simulator.close();
      scratch[Symbol.dispose]();
    },
  };
}

/** Pairs of runs of one command that overlapped, by the run book. */
export const OVERLAPS = `
  select a.run_id as first, b.run_id as second from sigma_sync.runs a
    join sigma_sync.runs b on b.command = a.command and b.run_id <> a.run_id and b.started_at >= a.started_at
     and b.started_at < coalesce(a.finished_at, a.started_at)`;

/** Locks, transactions and staging tables of ours that nobody needs once no run is under way. */
export const LEFT_OVERS = `
  select 'lock' as what, l.pid::text as which from pg_locks l
   where l.locktype = 'advisory' and l.database = (select oid from pg_database where datname = current_database())
  union all select 'transaction', pid::text from pg_stat_activity
   where datname = current_database() and state like 'idle in transaction%'
  union all select 'staging', tablename::text from pg_tables where tablename like 'staging\\_%'`;

/** Lines that somebody should look at. */
export function warnings({ log }: RunningCli): string[] {
  return log.flatMap(({ level, event }) => (level === 'warn' || level === 'error' ? [event] : []));
}
