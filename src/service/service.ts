/**
 * One long-lived process: it keeps the lease, starts what is due, and repeats what failed. Every second it looks at
 * the clock and the records; nothing else drives it, so a clock that jumps, a machine that slept and a database that
 * was away are all the same to it: something is due, or it is not.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { App } from '../app.ts';
import type { Config } from '../config/schema.ts';
import type { Database } from '../database/database.ts';
import { ConfigError, DatabaseError, describeError, InterruptedError, LockedError } from '../errors.ts';
import { EventBus } from '../events/bus.ts';
import { catalogue } from '../extractors/catalogue.ts';
import { type Clock, systemClock } from '../sigma/clock.ts';
import { LEASE_MS, type Lease } from '../state/lease.ts';
import { migrate } from '../state/migrate.ts';
import type { ScheduleRecord } from '../state/schedules.ts';
import { type Chore, type Chores, openChores } from './chores.ts';
import type { RunningJob, ScheduleState, ServiceControl } from './control.ts';
import type { JobOutcome } from './job-run.ts';
import type { Job } from './jobs.ts';
import { type Leadership, openLeadership } from './leadership.ts';
import { openRecords } from './records.ts';
import { type JobOrigin, openRunner, type Runner } from './runner.ts';
import { type Settled, type Shared, settle } from './settled.ts';
import { within } from './within.ts';
import { type DueJob, dueJob, recordAfter, recordAtStart, scheduleState, withinReach } from './timetable.ts';

/** Options of a service. */
export interface ServiceOptions {
  /** Reads the settings; called anew by every reload. @throws ConfigError */
  readonly load: () => Config;
  /** False: only what somebody asks for is run; default true. */
  readonly schedules?: boolean;
  readonly events?: EventBus;
  readonly clock?: Clock;
  readonly cacheDirectory?: string;
}

const TICK_MS = 1000;
/** How long a reload waits for the database that it leaves. */
const GIVE_UP_MS = 5000;
/** A database that is away is not asked every second. */
const UNREACHABLE_TICK_MS = 5000;
/** A database that takes so long for a look at a few records does not answer. */
const ANSWER_MS = 30_000;
/** Who stops waits so long for what may hang: the lease and the records take care of themselves. */
const PATIENCE_MS = 5000;

/** Opens a service: settings are accepted, nothing else has happened yet. @throws ConfigError */
export function openService(options: ServiceOptions): Service {
  return new Service(options);
}

/** See the head of this file. */
export class Service implements ServiceControl {
  readonly instance = `${hostname()}:${process.pid}:${randomBytes(4).toString('hex')}`;
  readonly startedAt: Date;
  readonly events: EventBus;
  readonly #clock: Clock;
  readonly #load: () => Config;
  readonly #shared: Shared;
  readonly #runsSchedules: boolean;
  readonly #stop = new AbortController();
  readonly #leadership: Leadership;
  readonly #runner: Runner;
  readonly #chores: Chores;
  readonly #records = openRecords();
  readonly #secrets: (() => readonly string[])[] = [];
  #settled: Settled;
  /** Jobs that were stopped because another process has the lease. */
  readonly #handedOver = new Set<string>();
  /** A look at the clock that is under way: it may be about to begin a job. */
  #looking: Promise<void> | undefined;
  #migrated: string | undefined;
  #unreachable: { since: Date; error: string } | undefined;
  #refused: string | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: ServiceOptions) {
    this.#clock = options.clock ?? systemClock;
    this.events = options.events ?? new EventBus();
    this.#load = options.load;
    this.#runsSchedules = options.schedules ?? true;
    this.#shared = {
      ...{ events: this.events, clock: this.#clock, cacheDirectory: options.cacheDirectory },
      holder: this.#runsSchedules ? this.instance : undefined,
    };
    this.startedAt = this.#now();
    this.#leadership = openLeadership(this.instance, this.events, () => this.#clock.now());
    this.#runner = openRunner(this.events, () => this.#now());
    this.#settled = settle(options.load(), this.#shared);
    this.#secrets.push(this.#settled.app.secrets);
    this.#chores = openChores(this.events, () => this.#clock.now());
  }

  get app(): App {
    return this.#settled.app;
  }

  get role(): 'leader' | 'standby' | 'page' {
    if (!this.#runsSchedules) return 'page';
    return this.#leadership.lease === undefined ? 'standby' : 'leader';
  }

  get unreachable(): { readonly since: Date; readonly error: string } | undefined {
    return this.#unreachable;
  }

  get refusedConfig(): string | undefined {
    return this.#refused;
  }

  /** Secrets of all settings that were ever in force: a run under way may still use the old ones. */
  secrets(): readonly string[] {
    return this.#secrets.flatMap((of) => of());
  }

  async database(): Promise<Database> {
    return this.#settled.target.open();
  }

  async schedules(): Promise<readonly ScheduleState[]> {
    const { jobs, app } = this.#settled;
    // Whoever does not run them does not know what became of them.
    if (this.role !== 'leader') await this.#records.load(await this.#ready(), app.schemas);
    return jobs.map((job) => scheduleState(job, this.#records.get(job.name), this.#now()));
  }

  running(): readonly RunningJob[] {
    return [...this.#runner.active.values()];
  }

  async trigger(schedule: string): Promise<void> {
    const job = this.#settled.jobs.find(({ name }) => name === schedule);
    if (job === undefined) throw new ConfigError(`There is no schedule "${schedule}".`);
    const refuse = (): void => {
      if (this.#stop.signal.aborted) throw new LockedError('The process is about to end.');
      if (this.#runner.active.has(schedule))
        throw new LockedError(`The schedule "${schedule}" is running already.`);
    };
    refuse();
    await this.#ready();
    // Somebody else may have asked meanwhile, or its turn have come.
    refuse();
    this.#begin(job, { trigger: 'page', schedule });
  }

  cancel(schedule: string): boolean {
    return this.#runner.stop(
      schedule,
      new InterruptedError('Stopped by hand.', { advice: 'What was loaded is kept.' }),
    );
  }

  /** Reads the settings again. Broken ones are refused, and the old ones stay in force. */
  async reload(): Promise<boolean> {
    const before = this.#settled;
    try {
      this.#settled = settle(this.#load(), this.#shared, before);
    } catch (error) {
      this.#refused = this.app.redact(describeError(error));
      this.events.emit('config.refused', { error: this.#refused });
      return false;
    }
    this.#refused = undefined;
    this.#secrets.push(this.#settled.app.secrets);
    const { target, place } = this.#settled;
    if (place !== before.place || target !== before.target) {
      if (this.#leadership.lease !== undefined) this.events.emit('lease.lost', { holder: this.instance });
      this.#records.clear();
      // The old one may be gone for good: nothing of the new one waits long for it.
      const given = this.#giveUp(before).catch(() => undefined);
      this.#leadership.forget();
      await Promise.race([given, this.#clock.sleep(GIVE_UP_MS, this.#stop.signal).catch(() => undefined)]);
      // Runs under way end where they began.
      const under = [...this.#runner.active.values()].map(({ done }) => done);
      if (target !== before.target)
        void Promise.allSettled([...under, given]).then(() => before.target.close());
    }
    this.events.emit('config.reloaded', { file: this.app.config.file });
    return true;
  }

  /**
   * Serves until `stop`; then what is under way is stopped, and the lease given up.
   *
   * @throws LockedError where another process has the embedded database; a server that is away is waited for.
   */
  async serve(): Promise<void> {
    const { signal } = this.#stop;
    await this.database().catch((error: unknown) => {
      if (error instanceof LockedError) throw error;
    });
    while (!signal.aborted) {
      // A connection that is dead but not closed would have it wait for a quarter of an hour.
      if (!(await within(this.tick(), ANSWER_MS, signal)) && !signal.aborted)
        this.#missed(new DatabaseError(`The database did not answer for ${ANSWER_MS / 1000} s.`));
      const ms = this.#unreachable === undefined ? TICK_MS : UNREACHABLE_TICK_MS;
      await this.#clock.sleep(ms, signal).catch(() => undefined);
    }
  }

  /** Runs what is due, each job once, and returns what became of them. @throws LockedError, DatabaseError */
  async once(): Promise<readonly JobOutcome[]> {
    const { signal } = this.#stop;
    const waitUntil = this.#clock.now() + LEASE_MS + 5 * TICK_MS;
    await this.#keepLease();
    // Whoever had it may have died a moment ago.
    while (this.#leadership.lease === undefined && this.#clock.now() < waitUntil) {
      await this.#clock.sleep(TICK_MS, signal);
      this.#leadership.doubt();
      await this.#keepLease();
    }
    if (this.#leadership.lease === undefined)
      throw new LockedError('Another process runs the schedules.', { advice: 'Leave it to that one.' });
    this.#looking = this.#claimAll();
    await this.#looking;
    const begun = [...this.#runner.active.values()].map(({ done }) => done);
    let isDone = false;
    const all = Promise.all(begun).finally(() => {
      isDone = true;
    });
    while (!isDone) {
      await Promise.race([all, this.#clock.sleep(TICK_MS)]);
      if (!signal.aborted)
        await this.#keepLease().then(
          () => this.#reached(),
          (error: unknown) => this.#missed(error),
        );
    }
    // What the run says of its end is to be read by the chores, and by the next process.
    if (signal.aborted) return all;
    await this.#records.flush(await this.database(), this.app.schemas);
    this.#chores.tick();
    await this.#chores.settle();
    return all;
  }

  /** What is done besides, by the process that runs the schedules. */
  addChores(chores: readonly Chore[]): void {
    this.#chores.add(chores);
  }

  /** Has a chore done at the next look at the clock. */
  hurry(chore: string): void {
    this.#chores.hurry(chore);
  }

  /** Stops what is under way, keeps what it did, and lets others take over. */
  async stop(reason: string): Promise<void> {
    this.#stopping ??= this.#stopNow(reason);
    return this.#stopping;
  }

  async #stopNow(reason: string): Promise<void> {
    this.events.emit('service.stopping', { reason });
    this.#stop.abort(new InterruptedError(`Stopped by ${reason}.`));
    // What it is about to begin is begun, and stopped with the rest.
    await within(this.#looking ?? Promise.resolve(), PATIENCE_MS);
    await this.#runner.stopAll(
      new InterruptedError(`Stopped by ${reason}.`, {
        advice: 'What was loaded is kept; the next start goes on from there.',
      }),
    );
    await within(this.#chores.settle(), PATIENCE_MS);
    const { target } = this.#settled;
    // Where the database is away, the lease runs out by itself, and what the records say is running counts as cut off.
    await within(this.#partingWords(), PATIENCE_MS);
    await within(target.close(), PATIENCE_MS);
  }

  async #partingWords(): Promise<void> {
    const { target, app } = this.#settled;
    await this.#records.flush(await target.open(), app.schemas);
    await this.#giveUp(this.#settled);
  }

  /** One look at the clock. It never throws; one that is under way is not joined by another. */
  async tick(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    try {
      if (this.#runsSchedules) await this.#keepLease();
      else await this.#ready();
      if (this.#leadership.lease !== undefined) {
        await this.#records.flush(await this.database(), this.app.schemas);
        await this.#claimAll();
        if (!this.#stop.signal.aborted) this.#chores.tick();
      }
      this.#reached();
    } catch (error) {
      this.#missed(error);
    }
  }

  /** The database, with its tables. @throws DatabaseError */
  async #ready(): Promise<Database> {
    const { target, app, place } = this.#settled;
    const database = await target.open();
    if (this.#migrated !== place) {
      await migrate(database, app.schemas, catalogue, this.events);
      this.#migrated = place;
    }
    return database;
  }

  async #keepLease(): Promise<void> {
    const { schemas } = this.app;
    await this.#leadership.keep(() => this.#ready(), schemas, {
      gained: async (database, lease) => {
        // Another process may have served turns meanwhile; what it began and did not end is begun again.
        this.#records.clear();
        await this.#records.load(database, schemas);
        this.#takeOver(lease);
      },
      lost: () => this.#handOver(),
      enforced: () => this.#unblock(),
    });
  }

  /** What the schedules began here goes on in the process that has the lease now. */
  #handOver(): void {
    for (const { name, trigger } of this.#runner.active.values()) {
      if (trigger !== 'schedule') continue;
      this.#handedOver.add(name);
      this.#runner.stop(name, new InterruptedError('Another process runs the schedules by now.'));
    }
  }

  /** What was in the way is gone. */
  #unblock(): void {
    for (const { name } of this.#settled.jobs) {
      const record = this.#records.get(name);
      if (record?.lastStatus === 'blocked') this.#records.note({ ...record, retryAt: this.#now() });
    }
  }

  #takeOver({ fence }: Lease): void {
    for (const { name } of this.#settled.jobs) {
      const record = this.#records.get(name);
      // What somebody asked this process for does not make up for a turn before it has ended well.
      if (record?.lastStatus !== 'running' || this.#runner.active.get(name)?.trigger === 'schedule') continue;
      const retryAt = this.#now();
      this.#records.note({ ...record, fence, lastStatus: 'interrupted', retryAt, error: CUT_OFF });
    }
  }

  async #giveUp({ target, app }: Settled): Promise<void> {
    if (this.#leadership.lease === undefined) return;
    await this.#leadership.giveUp(target.open, app.schemas);
  }

  #due(): readonly DueJob[] {
    const { jobs, app } = this.#settled;
    const { baseUrl = '' } = app.config.sigma;
    const jitterMs = app.config.service.jitterSeconds * 1000;
    const timetable = { now: this.#now(), jitterMs, salt: `${baseUrl} ${app.schemas.target}` };
    return jobs.flatMap((job) => {
      if (this.#runner.active.has(job.name)) return [];
      const known = this.#records.get(job.name);
      const record = known === undefined ? undefined : withinReach(known, timetable.now);
      if (record !== undefined && record !== known) this.#records.note(record);
      return dueJob(job, record, timetable) ?? [];
    });
  }

  async #claimAll(): Promise<void> {
    for (const due of this.#due()) if (!this.#stop.signal.aborted) await this.#claim(due);
  }

  /** Takes a turn, in the database first, so that no other process does. */
  async #claim({ job, turn, attempt }: DueJob): Promise<void> {
    const { lease } = this.#leadership;
    if (lease === undefined || this.#stop.signal.aborted) return;
    const before = this.#records.get(job.name);
    const record = recordAtStart({ job, turn, attempt }, lease.fence, this.#now());
    if (!(await this.#records.claim(await this.database(), this.app.schemas, record, this.instance))) {
      // The lease went to another process since it was prolonged last: look again at once.
      this.#leadership.doubt();
      return;
    }
    // Somebody asked for it meanwhile: where that run fails, there is still one to come.
    if (this.#runner.active.has(job.name)) {
      this.#records.note({ ...record, lastStatus: 'blocked', retryAt: this.#now() });
      return;
    }
    // One that is in the way for hours is told once.
    if (before?.lastStatus !== 'blocked')
      this.events.emit('schedule.due', { schedule: job.name, turn: turn.toISOString(), attempt });
    const wasBlocked = before?.lastStatus === 'blocked';
    const held = { holder: this.instance, fence: lease.fence };
    this.#begin(job, { trigger: 'schedule', schedule: job.name, lease: held }, wasBlocked, record);
  }

  #begin(job: Job, origin: JobOrigin, wasBlocked = false, claimed?: ScheduleRecord): void {
    const { sync, place } = this.#settled;
    this.#runner.begin(sync, job, origin, (outcome, startedAt) => {
      const { name: schedule } = job;
      const { status, runId } = outcome;
      const error = outcome.error === undefined ? undefined : this.app.redact(outcome.error);
      if (status !== 'blocked' || !wasBlocked)
        this.events.emit('schedule.finished', { schedule, status, runId, error });
      const before = this.#records.get(schedule);
      const isHandedOver = this.#handedOver.delete(schedule);
      // Without a record or the lease, what becomes of the schedule is another process's to say.
      if (before === undefined || this.role !== 'leader') return;
      // Records of another database say nothing of this run; where it is the same by another name, they do.
      const isSame = claimed?.lastStartedAt?.getTime() === before.lastStartedAt?.getTime();
      if (place !== this.#settled.place && !(claimed !== undefined && isSame)) return;
      const isStopping = this.#stop.signal.aborted || isHandedOver;
      const { trigger } = origin;
      const ended = { schedule, trigger, startedAt, outcome: { ...outcome, error }, isStopping };
      const record = recordAfter(before, ended, this.#now());
      this.#records.note(record);
      const { attempts, retryAt } = record;
      if (outcome.retry !== 'later' || retryAt === undefined) return;
      const delayMs = retryAt.getTime() - this.#clock.now();
      this.events.emit('schedule.retry', {
        schedule,
        attempt: attempts + 1,
        delayMs,
        error: error ?? status,
      });
    });
  }

  #missed(error: unknown): void {
    const text = this.app.redact(describeError(error));
    if (this.#unreachable === undefined) this.events.emit('service.unreachable', { error: text });
    this.#unreachable = { since: this.#unreachable?.since ?? this.#now(), error: text };
  }

  #reached(): void {
    if (this.#unreachable === undefined) return;
    const afterMs = this.#clock.now() - this.#unreachable.since.getTime();
    this.#unreachable = undefined;
    this.events.emit('service.recovered', { afterMs });
  }

  #now(): Date {
    return new Date(this.#clock.now());
  }
}

const CUT_OFF = 'The process that ran it ended before the run did.';
