/** Several simulated organizations and one database, by way of a settings file as a user has it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Simulator } from '../../simulator/server.ts';
import { startSimulator } from '../../simulator/server.ts';
import type { FleetConfig } from '../../src/config/fleet.ts';
import { loadFleet } from '../../src/config/load-config.ts';
import type { Database } from '../../src/core/database/database.ts';
import { type Fleet, openFleet } from '../../src/fleet/open-fleet.ts';
import { openTestDatabase } from './database.ts';

/** See {@link startFleetRig}. */
export interface FleetRig extends AsyncDisposable {
  readonly cwd: string;
  readonly env: Record<string, string>;
  readonly database: () => Promise<Database>;
  readonly simulators: Readonly<Record<string, Simulator>>;
  /** An entry of the list, with the credentials of the simulator of that name. */
  entry(name: string, more?: Record<string, unknown>): Record<string, unknown>;
  /** Writes the settings file. */
  settings(entries: readonly Record<string, unknown>[], more?: Record<string, unknown>): FleetConfig;
  /** Opens the organizations of these settings for the length of `work`. */
  open<T>(config: FleetConfig, work: (fleet: Fleet) => Promise<T>): Promise<T>;
  /** Asks the database. */
  rows(sql: string): Promise<Record<string, unknown>[]>;
}

/** Starts a simulator for each name, each with an organization of its own, and a database without our tables. */
export async function startFleetRig(names: readonly string[]): Promise<FleetRig> {
  const cwd = mkdtempSync(join(tmpdir(), 'sigma-sync-fleet-'));
  const test = await openTestDatabase({ migrated: false });
  const started = await Promise.all(
    names.map((_, index) =>
      startSimulator({
        organization: { seed: 40 + index, workbooks: 4 + index, members: 6 + index },
        clientId: `client-${index}`,
        clientSecret: `secret-of-${index}-0123456789`,
      }),
    ),
  );
  const simulators = Object.fromEntries(names.map((name, index) => [name, started[index] as Simulator]));
  const env: Record<string, string> =
    test.url === undefined ? { SIGMA_SYNC_DIRECTORY: join(cwd, 'db') } : { DATABASE_URL: test.url };
  const open: FleetRig['open'] = async (config, work) => {
    const fleet = openFleet({ config, database: async () => test.database });
    try {
      return await work(fleet);
    } finally {
      await fleet.close();
    }
  };
  return {
    ...{ cwd, env, simulators, open },
    database: async () => test.database,
    entry(name, more = {}) {
      const { url, clientId, clientSecret } = simulators[name] ?? {};
      return { name, sigma: { base_url: url, client_id: clientId, client_secret: clientSecret }, ...more };
    },
    settings(entries, more = {}) {
      writeFileSync(
        join(cwd, 'settings.yaml'),
        stringify({ ...more, ...(entries.length === 0 ? {} : { organizations: entries }) }),
      );
      return loadFleet({ cwd, env, file: 'settings.yaml' });
    },
    rows: (sql) => test.database.session((session) => session.query(sql)),
    async [Symbol.asyncDispose]() {
      for (const simulator of started) await simulator.close();
      await test.close();
      rmSync(cwd, { recursive: true, force: true });
    },
  };
}
