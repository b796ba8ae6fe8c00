/** The parts of a service: its files share them, and each does one thing with them. */
import type { EventBus } from '../../core/events/bus.ts';
import type { Clock } from '../../sigma/clock.ts';
import type { ServiceControl } from '../web/service-control.ts';
import type { SettingsInForce } from './accept-settings.ts';
import type { Chores } from './chores.ts';
import type { Connection } from './connection.ts';
import type { Leadership } from './leadership.ts';
import type { Records } from './records.ts';
import type { Runner } from './runner.ts';

export interface Parts {
  /** Name of this process: host, process id, a random part. */
  readonly instance: string;
  readonly events: EventBus;
  readonly clock: Clock;
  /** False: only what somebody asks for is run. */
  readonly runsSchedules: boolean;
  /** Aborted once the process is to end. */
  readonly stop: AbortController;
  readonly connection: Connection;
  readonly leadership: Leadership;
  readonly records: Records;
  readonly runner: Runner;
  readonly chores: Chores;
  /** Takes one of the places for jobs that all services of the process share; undefined where none is free. */
  readonly takeSlot: () => (() => void) | undefined;
  /** Jobs that were stopped because another process has the lease. */
  readonly handedOver: Set<string>;
  /** Settings in force; others after a reload. */
  inForce: SettingsInForce;
}

/** The role of this process now. */
export function roleOf({ runsSchedules, leadership }: Parts): ServiceControl['role'] {
  if (!runsSchedules) return 'page';
  return leadership.lease === undefined ? 'standby' : 'leader';
}

/** The time by the clock of the service. */
export function timeOf({ clock }: Pick<Parts, 'clock'>): Date {
  return new Date(clock.now());
}
