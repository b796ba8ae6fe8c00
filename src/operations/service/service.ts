/**
 * One long-lived process: it keeps the lease, starts what is due, and repeats what failed. Every second it looks at
 * the clock and the records; nothing else drives it, so a clock that jumps, a machine that slept and a database that
 * was away are all the same to it: something is due, or it is not.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { App } from '../../app.ts';
import type { Config } from '../../config/schema.ts';
import type { Database } from '../../core/database/database.ts';
import { ConfigError, describeError, InterruptedError, LockedError } from '../../core/errors.ts';
import { EventBus } from '../../core/events/bus.ts';
import { within } from '../../core/within.ts';
import { type Clock, systemClock } from '../../sigma/clock.ts';
import type { RunningJob, ScheduleState, ServiceControl } from '../web/service-control.ts';
import type { EndedTask, Task } from '../web/task.ts';
import { acceptSettings, type OneOfFleet, type SettingsInForce, type Shared } from './accept-settings.ts';
import { beginAsked } from './begin.ts';
import { type Chore, openChores } from './chores.ts';
import { openConnection } from './connection.ts';
import { giveLeaseUp } from './hand-over.ts';
import type { JobOutcome } from './job-run.ts';
import type { Work } from './jobs.ts';
import { openLeadership } from './leadership.ts';
import { openLoop, type ServiceLoop } from './loop.ts';
import { openRecords } from './records.ts';
import { openRunner } from './runner.ts';
import { type Parts, roleOf, timeOf } from './service-parts.ts';
import { workOf } from './task-work.ts';
import { scheduleState } from './timetable.ts';

export interface ServiceOptions {
  /** Reads the settings; every reload calls it again. @throws ConfigError */
  readonly load: () => Config;
  /** The organization and all others, if there are several. */
  readonly fleet?: Shared['fleet'];
  /** The resources that several services in one process share. */
  readonly lend?: Shared['lend'];
  readonly moreConnections?: number | undefined;
  readonly spreads?: boolean | undefined;
  /** Path of its pages below `service.public_url`, such as `/o/acme`; default: none. */
  readonly pagePath?: string;
  readonly takeSlot?: (() => (() => void) | undefined) | undefined;
  /** False: only what somebody asks for is run; default true. */
  readonly schedules?: boolean;
  readonly events?: EventBus;
  readonly clock?: Clock;
  readonly cacheDirectory?: string;
}

/** Time that a reload waits for the database that it leaves, in milliseconds. */
const GIVE_UP_MS = 5000;
/**
 * Time that a stop waits for work that may hang, in milliseconds: the lease and the records take care of themselves.
 */
const PATIENCE_MS = 5000;

/** Opens a service: settings are accepted, nothing else has happened yet. @throws ConfigError */
export function openService(options: ServiceOptions): Service {
  return new Service(options);
}

/** See the head of this file: the service as command and page handle it. */
export class Service implements ServiceControl {
  readonly instance = `${hostname()}:${process.pid}:${randomBytes(4).toString('hex')}`;
  readonly startedAt: Date;
  readonly events: EventBus;
  /** See `ServiceOptions`. */
  readonly pagePath: string;
  readonly #load: () => Config;
  readonly #shared: Shared;
  readonly #parts: Parts;
  readonly #loop: ServiceLoop;
  readonly #secrets: (() => readonly string[])[] = [];
  #refused: string | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: ServiceOptions) {
    const { clock = systemClock, events = new EventBus(), schedules: runsSchedules = true } = options;
    const { instance } = this;
    this.events = events;
    this.pagePath = options.pagePath ?? '';
    this.#load = options.load;
    const stop = new AbortController();
    this.#shared = {
      ...{ events, clock, cacheDirectory: options.cacheDirectory, signal: stop.signal },
      ...{ fleet: options.fleet, lend: options.lend, moreConnections: options.moreConnections },
      spreads: options.spreads,
      holder: runsSchedules ? instance : undefined,
    };
    this.startedAt = timeOf({ clock });
    const now = (): number => clock.now();
    this.#parts = {
      ...{ instance, events, clock, runsSchedules, stop },
      takeSlot: options.takeSlot ?? (() => () => undefined),
      connection: openConnection(events, clock, () => this.#parts.inForce),
      leadership: openLeadership(instance, events, now),
      records: openRecords(),
      runner: openRunner(events, () => timeOf({ clock })),
      chores: openChores(events, now),
      handedOver: new Set(),
      inForce: acceptSettings(options.load(), this.#shared),
    };
    this.#loop = openLoop(this.#parts);
    this.#secrets.push(this.app.secrets);
  }

  get app(): App {
    return this.#parts.inForce.app;
  }

  /** The organization and all others, if there are several. */
  get fleet(): OneOfFleet | undefined {
    return this.#shared.fleet?.();
  }

  get role(): ServiceControl['role'] {
    return roleOf(this.#parts);
  }

  get unreachable(): ServiceControl['unreachable'] {
    return this.#parts.connection.unreachable;
  }

  get refusedConfig(): string | undefined {
    return this.#refused;
  }

  /** Secrets of all settings that were ever in force: a run under way may still use the old ones. */
  secrets(): readonly string[] {
    return this.#secrets.flatMap((of) => of());
  }

  async database(): Promise<Database> {
    return this.#parts.connection.open();
  }

  async schedules(): Promise<readonly ScheduleState[]> {
    const { records, connection, inForce, runsSchedules } = this.#parts;
    const { jobs, app } = inForce;
    // A process that does not run the schedules does not know their outcomes.
    if (this.role !== 'leader') {
      const database = runsSchedules ? await connection.ready() : await connection.readyToShow();
      if (database !== undefined) await records.load(database, app.schemas);
    }
    return jobs.map((job) => scheduleState(job, records.get(job.name), timeOf(this.#parts)));
  }

  running(): readonly RunningJob[] {
    return [...this.#parts.runner.active.values()];
  }

  ended(name: string): EndedTask | undefined {
    return this.#parts.runner.ended.get(name);
  }

  async trigger(schedule: string): Promise<void> {
    const job = this.#parts.inForce.jobs.find(({ name }) => name === schedule);
    if (job === undefined) throw new ConfigError(`There is no schedule "${schedule}".`);
    await this.#begin(job, schedule);
  }

  async ask(task: Task): Promise<void> {
    await this.#begin(workOf(task, this.app));
  }

  async #begin(work: Work, schedule?: string): Promise<void> {
    const { stop, runner, connection } = this.#parts;
    const refuse = (): void => {
      if (stop.signal.aborted) throw new LockedError('The process is stopping.');
      if (runner.active.has(work.name)) throw new LockedError(`"${work.name}" is already running.`);
    };
    refuse();
    await connection.ready();
    // Somebody else may have asked meanwhile, or its turn have come.
    refuse();
    beginAsked(this.#parts, work, schedule);
  }

  cancel(schedule: string): boolean {
    return this.#parts.runner.stop(
      schedule,
      new InterruptedError('Stopped by hand.', { advice: 'Loaded data is kept.' }),
    );
  }

  /** Reads the settings again. Broken ones are refused, and the old ones stay in force. */
  async reload(): Promise<boolean> {
    const before = this.#parts.inForce;
    try {
      this.#parts.inForce = acceptSettings(this.#load(), this.#shared, before);
    } catch (error) {
      this.#refused = this.app.redact(describeError(error));
      this.events.emit('config.refused', { error: this.#refused });
      return false;
    }
    this.#refused = undefined;
    this.#secrets.push(this.app.secrets);
    const { target, place } = this.#parts.inForce;
    if (place !== before.place || target !== before.target) await this.#leave(before);
    this.events.emit('config.reloaded', { file: this.app.config.file });
    return true;
  }

  /** Leaves the database of the settings before. */
  async #leave(before: SettingsInForce): Promise<void> {
    const { leadership, records, runner, clock, stop, inForce } = this.#parts;
    if (leadership.lease !== undefined) this.events.emit('lease.lost', { holder: this.instance });
    records.clear();
    // The old one may be gone for good: nothing of the new one waits long for it.
    const given = giveLeaseUp(this.#parts, before).catch(() => undefined);
    leadership.forget();
    await Promise.race([given, clock.sleep(GIVE_UP_MS, stop.signal).catch(() => undefined)]);
    // Runs under way end where they began.
    const under = [...runner.active.values()].map(({ done }) => done);
    if (inForce.target !== before.target)
      void Promise.allSettled([...under, given]).then(() => before.target.close());
  }

  /**
   * Serves until `stop`; then what is under way is stopped, and the lease given up.
   *
   * @throws LockedError where another process has the embedded database; DatabaseError where only other settings lead to
   * a database. A server that is away is waited for.
   */
  async serve(): Promise<void> {
    return this.#loop.serve();
  }

  /** Runs what is due, each job once, and returns what became of them. @throws LockedError, DatabaseError */
  async once(): Promise<readonly JobOutcome[]> {
    return this.#loop.once();
  }

  /** One look at the clock. It never throws; one that is under way is not joined by another. */
  async tick(): Promise<void> {
    return this.#loop.tick();
  }

  /** Adds work beside the schedules, for the process that runs them. */
  addChores(chores: readonly Chore[]): void {
    this.#parts.chores.add(chores);
  }

  /** Has a chore done at the next look at the clock. */
  hurry(chore: string): void {
    this.#parts.chores.hurry(chore);
  }

  /** Stops what is under way, keeps what it did, and lets others take over. */
  async stop(reason: string): Promise<void> {
    this.#stopping ??= this.#stopNow(reason);
    return this.#stopping;
  }

  async #stopNow(reason: string): Promise<void> {
    const { stop, runner, chores } = this.#parts;
    this.events.emit('service.stopping', { reason });
    stop.abort(new InterruptedError(`Stopped by ${reason}.`));
    // Jobs that it is about to begin are begun, and stopped with the rest.
    await within(this.#loop.underWay ?? Promise.resolve(), PATIENCE_MS);
    await runner.stopAll(
      new InterruptedError(`Stopped by ${reason}.`, {
        advice: 'Loaded data is kept; the next start resumes the run.',
      }),
    );
    await within(chores.idle(), PATIENCE_MS);
    const { target } = this.#parts.inForce;
    // If the database is away, the lease runs out by itself, and runs that the records call running count as
    // interrupted.
    await within(this.#partingWords(), PATIENCE_MS);
    await within(target.close(), PATIENCE_MS);
  }

  async #partingWords(): Promise<void> {
    const { inForce, records } = this.#parts;
    await records.flush(await inForce.target.open(), inForce.app.schemas);
    await giveLeaseUp(this.#parts, inForce);
  }
}
