/** Alerts of several organizations in one process: what their services want looked at is looked at together. */

import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Database } from '../../core/database/database.ts';
import { describeError } from '../../core/errors.ts';
import { EventBus } from '../../core/events/bus.ts';
import { logEvents } from '../../core/logging/log-events.ts';
import type { Logger } from '../../core/logging/logger.ts';
import type { Clock } from '../../sigma/clock.ts';
import type { AlertsMember } from '../alerts/many/channels.ts';
import { openManyAlerts } from '../alerts/many/many-alerts.ts';
import { watchOutageOfMany } from '../alerts/many/outage-of-many.ts';
import type { Alerts } from '../alerts/open-alerts.ts';

/** Interval of rounds, in milliseconds. */
const ROUND_MS = 10_000;
/** Receivers are looked at after so long: another process may have written into the books of its organizations. */
const TELL_AT_LEAST_MS = 60_000;

/** Options of `alertsInProcess`. */
export interface InProcessAlertsOptions {
  /** The organizations of this process now. */
  readonly members: () => readonly AlertsMember[];
  readonly database: () => Promise<Database>;
  readonly logger: Logger;
  readonly redact: (text: string) => string;
  readonly clock: Clock;
}

export type InProcessAlerts = ReturnType<typeof alertsInProcess>;

/** Opens the alerts of several organizations; nothing is read or sent yet. */
export function alertsInProcess({ members, database, logger, redact, clock }: InProcessAlertsOptions) {
  const events = new EventBus();
  const stopLog = logEvents(events, logger, { stateSchema: 'sigma_<organization>_sync' });
  const holder = `${hostname()}:${process.pid}:${randomBytes(4).toString('hex')}`;
  const alerts = openManyAlerts({ members, database, holder, events, redact });
  const outage = watchOutageOfMany({ members, post: alerts.post, events, redact, clock });
  const wanted = new Set<string>();
  let tellAt = 0;
  let underWay: Promise<void> = Promise.resolve();

  async function lookAndTell(): Promise<void> {
    const now = new Date(clock.now());
    const names = new Set(wanted);
    wanted.clear();
    if (names.size > 0) {
      const found = await alerts.look(names, now);
      if ([...found.values()].some(({ raised, settled }) => raised.length + settled.length > 0)) tellAt = 0;
    }
    if (tellAt > now.getTime() || !(await alerts.leads())) return;
    const next = await alerts.tell(now);
    tellAt = Math.min(next?.getTime() ?? Number.POSITIVE_INFINITY, now.getTime() + TELL_AT_LEAST_MS);
  }

  /** Looks at what was asked for, and tells what is due. It never throws. */
  const round = (): Promise<void> => {
    underWay = underWay
      .then(lookAndTell)
      .catch((error: unknown) =>
        events.emit('chore.failed', { chore: 'alerts', error: redact(describeError(error)) }),
      );
    return underWay;
  };
  const quietly = (): void => {
    if (wanted.size > 0) void round();
  };
  let timer: NodeJS.Timeout | undefined;
  return {
    /** The alerts of one organization, as its service wants them. */
    of: (name: string): Alerts => ({
      check: async () => void wanted.add(name),
      unreachable: outage.begin,
      reachable: outage.end,
      close: async () => undefined,
    }),
    round,
    /** Makes rounds from now on. */
    begin(): void {
      timer = setInterval(quietly, ROUND_MS);
    },
    /** To be called while the database is open. */
    async close(): Promise<void> {
      clearInterval(timer);
      outage.close();
      await underWay;
      await alerts.close();
      stopLog();
    },
  };
}
