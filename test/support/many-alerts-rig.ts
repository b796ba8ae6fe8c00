/** Alerts of many organizations: their books in one database, real receivers, and runs that end as a test says. */
import { randomUUID } from 'node:crypto';
import type { FleetConfig } from '../../src/config/fleet.ts';
import type { Database, Session } from '../../src/core/database/database.ts';
import { EventBus } from '../../src/core/events/bus.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { type Fleet, openFleet } from '../../src/fleet/open-fleet.ts';
import { type ManyAlerts, openManyAlerts } from '../../src/operations/alerts/many/many-alerts.ts';
import { migrate } from '../../src/state/migrate.ts';
import { schemasFor } from '../../src/state/schemas.ts';
import { type HookServer, hookServer, type ToldJson } from './alert-receivers.ts';
import { type FleetRig, startFleetRig } from './fleet-rig.ts';

/** The JSON of a message about several organizations, as far as tests read it. */
export interface ToldOfMany extends ToldJson {
  readonly organization: string | null;
  readonly schema: string | null;
  readonly causes: readonly {
    readonly state: string;
    readonly title: string;
    readonly detail: string;
    readonly organizations: readonly string[];
    readonly recovered: readonly string[];
  }[];
}

/** A process that looks and tells. */
export interface AlertingProcess {
  readonly alerts: ManyAlerts;
  /** Looks at all organizations. */
  look(): Promise<void>;
  /** Looks and tells, as the process in charge does; gives what reached the receiver `ops`. */
  round(): Promise<ToldOfMany[]>;
}

/** See {@link startManyAlertsRig}. */
export interface ManyAlertsRig extends AsyncDisposable {
  readonly rig: FleetRig;
  readonly hook: HookServer;
  readonly config: FleetConfig;
  now(): Date;
  advance(minutes: number): void;
  /** A run of the schedule nightly ends: with this error, or well. */
  night(names: readonly string[], error?: string): Promise<void>;
  process(holder: string, wrap?: (database: Database) => Database): AlertingProcess;
  /** The record of the messages that `ops` got about the alerts of an organization. */
  told(name: string): Promise<Record<string, unknown>[]>;
}

/** Opens books for these organizations. @param entries settings of single organizations */
export async function startManyAlertsRig(
  names: readonly string[],
  entries: (hook: HookServer) => Readonly<Record<string, object>> = () => ({}),
  repeatHours = 24,
): Promise<ManyAlertsRig> {
  const rig = await startFleetRig([]);
  const hook = await hookServer();
  const own = entries(hook);
  const config = rig.settings(
    names.map((name) => ({
      name,
      sigma: {
        base_url: 'https://sigma.example',
        client_id: name,
        client_secret: `secret-of-${name}-0123456789`,
      },
      ...own[name],
    })),
    {
      sync: { streams: ['members'] },
      freshness: { hours: 8000 },
      alerts: [{ name: 'ops', kind: 'webhook', url: hook.url, repeat_hours: repeatHours }],
      service: { public_url: 'https://sync.example' },
    },
  );
  const database = await rig.database();
  for (const { config: one } of config.organizations)
    await migrate(database, schemasFor(one.database.schema), catalogue, new EventBus());
  let shift = 0;
  const now = (): Date => new Date(Date.now() + shift);
  const fleets: Fleet[] = [];
  return {
    ...{ rig, hook, config, now },
    advance(minutes) {
      shift += minutes * 60_000;
    },
    async night(some, error) {
      await database.session(async (session) => {
        for (const name of some) await writeRun(session, name, now(), error);
      });
    },
    process(holder, wrap = (one) => one) {
      const fleet = openFleet({ config, database: async () => wrap(database) });
      fleets.push(fleet);
      const alerts = openManyAlerts({
        ...{ members: () => fleet.members, database: fleet.database, holder },
        ...{ events: new EventBus(), redact: fleet.redact, exportsAlone: true, limits: { httpMs: 500 } },
      });
      const look = async (): Promise<void> => void (await alerts.look(new Set(names), now(), new Map()));
      return {
        ...{ alerts, look },
        async round() {
          await look();
          if (await alerts.leads()) await alerts.tell(now());
          return hook.take() as ToldOfMany[];
        },
      };
    },
    told: (name) =>
      rig.rows(
        `select a.subject, m.told_at is not null as told, m.recovery_told_at is not null as recovery, m.attempts
           from sigma_${name}_sync.alerts a left join sigma_${name}_sync.alert_messages m
             on m.alert_id = a.alert_id and m.receiver = 'ops' order by a.alert_id`,
      ),
    async [Symbol.asyncDispose]() {
      for (const fleet of fleets) await fleet.close();
      await hook[Symbol.asyncDispose]();
      await rig[Symbol.asyncDispose]();
    },
  };
}

async function writeRun(session: Session, name: string, at: Date, error: string | undefined): Promise<void> {
  const id = randomUUID();
  await session.query(
    `insert into sigma_${name}_sync.runs
       (run_id, cycle_id, cycle_started_at, command, "full", status, started_at, finished_at, error, trigger, schedule)
     values ($1, $1, $2, 'sync', false, $3, $2, $2, $4, 'schedule', 'nightly')`,
    [id, at, error === undefined ? 'complete' : 'failed', error ?? null],
  );
}
