/** A service with its own clock, against the simulator and a database of the project's kind. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../simulator/server.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { EventBus, type EventName, type Events } from '../../src/core/events/bus.ts';
import { openService, type Service } from '../../src/operations/service/service.ts';
import { systemClock } from '../../src/sigma/clock.ts';
import { schemasFor } from '../../src/state/schemas.ts';
import { envFor, scratchFolder } from './cli.ts';
import { openTestDatabase, type TestDatabase } from './database.ts';

/** See {@link startServiceRig}. */
export interface ServiceRig extends AsyncDisposable {
  readonly simulator: Simulator;
  /** Undefined where the database is a folder. */
  readonly test: TestDatabase | undefined;
  readonly folder: string;
  /** Milliseconds since 1970; move it as you like. */
  readonly clock: { at: number };
  /** Opens a service of these settings (YAML). */
  open(options?: { readonly schedules?: boolean; readonly env?: Readonly<Record<string, string>> }): Service;
  /** Writes the settings. */
  settings(yaml: string): void;
  /** One look at the clock, and the end of what it began. */
  turn(service: Service): Promise<void>;
  /** Every event so far, of all services. */
  readonly seen: { readonly name: EventName; readonly fields: Events[EventName] }[];
  /** Fields of all events of a name. */
  all<N extends EventName>(name: N): Events[N][];
}

/** Settings of a small nightly job. */
export const NIGHTLY = `
sync: { resume_within_hours: 6 }
service: { jitter_seconds: 0, port: 0 }
schedules:
  - { name: nightly, cron: "0 2 * * *", streams: [team_members] }
`;

/** Starts simulator and database; services are opened by the test. */
export async function startServiceRig(
  options: SimulatorOptions & { readonly database?: boolean } = {},
): Promise<ServiceRig> {
  const simulator = await startSimulator({ organization: { members: 20, workbooks: 5 }, ...options });
  const scratch = scratchFolder();
  const opened = await openTestDatabase({ migrated: false });
  // A service opens its database itself: of the embedded ones, a folder.
  const test = opened.url === undefined ? undefined : opened;
  if (test === undefined) await opened.close();
  const clock = { at: Date.UTC(2026, 10, 24, 12) };
  const file = join(scratch.path, 'settings.yaml');
  const services: Service[] = [];
  let tokenAt = Number.NEGATIVE_INFINITY;
  const seen: ServiceRig['seen'] = [];
  const rig: ServiceRig = {
    simulator,
    test,
    folder: scratch.path,
    clock,
    seen,
    all: (name) =>
      seen.flatMap((event) => (event.name === name ? [event.fields as Events[typeof name]] : [])),
    settings: (yaml) => writeFileSync(file, yaml),
    open({ schedules = true, env = {} } = {}) {
      const events = new EventBus();
      events.onAny((name, fields) => seen.push({ name, fields }));
      events.on('http.request', ({ path }) => {
        if (path === '/v2/auth/token') tokenAt = performance.now();
      });
      const service = openService({
        load() {
          const { SIGMA_CLIENT_SECRET, ...others } = envFor(simulator, test?.url);
          const secret = 'SIGMA_CLIENT_SECRET_FILE' in env ? {} : { SIGMA_CLIENT_SECRET };
          return loadConfig({ cwd: scratch.path, file, env: { ...others, ...secret, ...env } });
        },
        events,
        schedules,
        // Waits are short, whatever the time.
        clock: {
          ...systemClock,
          now: () => clock.at,
          sleep: (ms, signal) => systemClock.sleep(ms / 200, signal),
        },
        cacheDirectory: scratch.path,
      });
      services.push(service);
      return service;
    },
    async turn(service) {
      // The API gives a token a second by its own clock, whatever ours says.
      await systemClock.sleep(Math.max(0, tokenAt + 1100 - performance.now()));
      await service.tick();
      while (service.running().length > 0) await systemClock.sleep(10);
      await service.tick();
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(services.map((service) => service.stop('the end of the test')));
      await opened.close();
      await simulator.close();
      scratch[Symbol.dispose]();
    },
  };
  rig.settings(NIGHTLY);
  return rig;
}

export const schemas = schemasFor('sigma');
