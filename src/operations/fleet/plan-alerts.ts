/** Alerts of many organizations whose jobs are in the queue: one of the planners looks, and tells the receivers. */

import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { FleetConfig } from '../../config/fleet.ts';
import { describeError } from '../../core/errors.ts';
import { EventBus } from '../../core/events/bus.ts';
import { logEvents } from '../../core/logging/log-events.ts';
import { type Logger, withFields } from '../../core/logging/logger.ts';
import { type Fleet, openFleet } from '../../fleet/open-fleet.ts';
import type { Clock } from '../../sigma/clock.ts';
import { changesOfRuns } from '../alerts/many/books.ts';
import { type ManyAlerts, openManyAlerts } from '../alerts/many/many-alerts.ts';
import { watchOutageOfMany } from '../alerts/many/outage-of-many.ts';
import { queueNews, queueRecords } from './queue-records.ts';

/** Interval of rounds, in milliseconds. The lease lasts longer, so that a planner keeps it. */
export const ROUND_MS = 10_000;
/** An organization of which nothing is heard is looked at after so long; certificates expire without a run. */
const LOOK_AT_LEAST_MS = 3_600_000;
/** Organizations that are looked at between two questions for the lease. */
const MOST_AT_ONCE = 50;
/** Receivers are looked at after so long, whatever is known of the books: somebody else may have written into them. */
const TELL_AT_LEAST_MS = 600_000;

/** Options of `planAlerts`. */
export interface PlanAlertsOptions {
  readonly config: FleetConfig;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Default: opened with the settings. */
  readonly fleet?: Fleet;
}

export type PlannedAlerts = ReturnType<typeof planAlerts>;

/** Memory of one organization: it only saves looks. */
interface Seen {
  /** Changes of its runs and its jobs at the last look. */
  readonly news: string;
  readonly lookAt: number;
}

/** Opens the alerts of a planner; `round` is to be called every `ROUND_MS`. */
export function planAlerts({ config, logger, clock, ...given }: PlanAlertsOptions) {
  const fleet = given.fleet ?? openFleet({ config });
  const { members, database, redact } = fleet;
  const events = new EventBus();
  const stops = [
    logEvents(events, logger, { stateSchema: `${config.base.database.schema}_<organization>_sync` }),
    ...members.map(({ name, app }) =>
      logEvents(app.events, withFields(logger, { organization: name }), { stateSchema: app.schemas.state }),
    ),
  ];
  const holder = `${hostname()}:${process.pid}:${randomBytes(4).toString('hex')}`;
  const alerts: ManyAlerts = openManyAlerts({
    ...{ members: () => members, database, holder, events, redact, exportsAlone: true },
  });
  const outage = watchOutageOfMany({ members: () => members, post: alerts.post, events, redact, clock });
  let seen = new Map<string, Seen>();
  let isLeader = false;
  let tellAt = 0;
  let lastError: string | undefined;

  /** Organizations to look at: their runs or jobs changed, or time has come. */
  async function candidates(now: number): Promise<ReadonlyMap<string, string>> {
    const target = await database();
    const changes = await target.session((session) =>
      changesOfRuns(
        session,
        members.map(({ app }) => app.schemas),
      ),
    );
    const jobs = await target.session((session) => queueNews(session, config.queue));
    return new Map(
      members.flatMap(({ name, app }): [string, string][] => {
        const count = changes.get(app.schemas.state);
        // Nothing was ever loaded.
        if (count === undefined) return [];
        const news = `${count}, ${jobs.get(name) ?? 'no job'}`;
        const last = seen.get(name);
        return last === undefined || last.news !== news || last.lookAt <= now ? [[name, news]] : [];
      }),
    );
  }

  /** @param due organizations, with what is new of each */
  async function lookAt(due: readonly (readonly [name: string, news: string])[], at: Date): Promise<void> {
    const names = due.map(([name]) => name);
    const target = await database();
    const records = await target.session((session) => queueRecords(session, config.queue, names));
    const served = new Map([...records].map(([name, one]) => [name, one.served]));
    const found = await alerts.look(new Set(names), at, served);
    for (const [name, news] of due) {
      const looked = found.get(name);
      const isAtWork = records.get(name)?.isAtWork === true;
      const staleAt = looked?.staleAt?.getTime() ?? Number.POSITIVE_INFINITY;
      const next = isAtWork ? 0 : Math.min(staleAt, at.getTime() + LOOK_AT_LEAST_MS);
      seen.set(name, { news, lookAt: next });
      if (looked !== undefined && looked.raised.length + looked.settled.length > 0) tellAt = 0;
    }
  }

  async function lookAndTell(): Promise<void> {
    const at = new Date(clock.now());
    const wasLeader = isLeader;
    isLeader = await alerts.leads();
    if (!isLeader) return;
    // Another planner may have changed the books meanwhile.
    if (!wasLeader) [seen, tellAt] = [new Map(), 0];
    const due = [...(await candidates(at.getTime()))];
    for (let i = 0; i < due.length; i += MOST_AT_ONCE) {
      await lookAt(due.slice(i, i + MOST_AT_ONCE), at);
      // A look at all organizations may take longer than the lease lasts.
      isLeader = await alerts.leads();
      if (!isLeader) return;
    }
    if (tellAt > at.getTime()) return;
    const next = await alerts.tell(at);
    tellAt = Math.min(next?.getTime() ?? Number.POSITIVE_INFINITY, at.getTime() + TELL_AT_LEAST_MS);
  }

  return {
    /** Looks, if this planner is the one that does, and tells what is due. It never throws. */
    async round(): Promise<void> {
      try {
        await lookAndTell();
        lastError = undefined;
        await outage.end();
      } catch (error) {
        const text = redact(describeError(error));
        // A database that is away for hours is reported once.
        if (text !== lastError) events.emit('chore.failed', { chore: 'alerts', error: text });
        lastError = text;
        if (isLeader) await outage.begin(error);
      }
    },
    /** Lets another planner look. */
    async close(): Promise<void> {
      outage.close();
      await alerts.close();
      for (const stop of stops) stop();
      if (given.fleet === undefined) await fleet.close();
    },
  };
}

/** Makes rounds until the signal aborts; other settings are in force with the next round. It never throws. */
export async function keepAlerting(
  { logger, clock }: Pick<PlanAlertsOptions, 'logger' | 'clock'>,
  config: () => FleetConfig,
  signal: AbortSignal,
): Promise<void> {
  let [inForce, alerts] = [config(), planAlerts({ config: config(), logger, clock })];
  while (!signal.aborted) {
    if (config() !== inForce) {
      await alerts.close();
      [inForce, alerts] = [config(), planAlerts({ config: config(), logger, clock })];
    }
    await alerts.round();
    await clock.sleep(ROUND_MS, signal).catch(() => undefined);
  }
  await alerts.close();
}
