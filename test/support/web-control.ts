/** A process as the page sees it: small, but it runs real syncs when it is asked to. */
import type { App } from '../../src/app.ts';
import type { Database } from '../../src/core/database/database.ts';
import { ConfigError, describeError, InterruptedError, LockedError } from '../../src/core/errors.ts';
import { compileJobs } from '../../src/operations/service/jobs.ts';
import { openRunner } from '../../src/operations/service/runner.ts';
import { workOf } from '../../src/operations/service/task-work.ts';
import { recordAfter, recordAtStart, scheduleState } from '../../src/operations/service/timetable.ts';
import type { ServiceControl } from '../../src/operations/web/service-control.ts';
import { createSync } from '../../src/runs/create-sync.ts';
import type { Sync } from '../../src/runs/requests.ts';
import type { ScheduleRecord } from '../../src/state/schedule-book.ts';

/** See {@link openControl}. */
export interface TestControl extends ServiceControl {
  /** Resolves when nothing runs any more. */
  idle(): Promise<void>;
}

/** Choices of a test. */
export interface ControlOptions {
  readonly app: App;
  readonly database: () => Promise<Database>;
  readonly role?: ServiceControl['role'];
  readonly refusedConfig?: string;
  /** The settings may change while it runs. */
  readonly appNow?: () => App;
}

/** A control over the schedules of the settings; only asking for a run begins one. */
export function openControl(options: ControlOptions): TestControl {
  const { app, database } = options;
  const sync: Sync = createSync({ app, database });
  const jobs = compileJobs(app);
  const records = new Map<string, ScheduleRecord>();
  const now = (): Date => new Date(app.clock.now());
  const runner = openRunner(app.events, now);
  let unreachable: ServiceControl['unreachable'];

  const control: TestControl = {
    instance: 'test:1:abcd',
    startedAt: now(),
    get app() {
      return options.appNow?.() ?? app;
    },
    role: options.role ?? 'leader',
    get unreachable() {
      return unreachable;
    },
    refusedConfig: options.refusedConfig,
    async database() {
      try {
        const opened = await database();
        unreachable = undefined;
        return opened;
      } catch (error) {
        unreachable ??= { since: now(), error: app.redact(describeError(error)) };
        throw error;
      }
    },
    async schedules() {
      await control.database();
      return jobs.map((job) => scheduleState(job, records.get(job.name), now()));
    },
    running: () => [...runner.active.values()],
    async trigger(name) {
      const job = jobs.find((one) => one.name === name);
      if (job === undefined) throw new ConfigError(`There is no schedule "${name}".`);
      if (runner.active.has(name)) throw new LockedError(`The schedule ${name} is already running.`);
      const trigger = 'page';
      runner.begin(sync, job, { trigger, schedule: name }, ({ error, ...rest }, startedAt) => {
        const outcome = { ...rest, error: error === undefined ? undefined : app.redact(error) };
        const before = recordAtStart({ job, turn: startedAt, attempt: 1 }, '1', startedAt);
        const ended = { schedule: name, trigger, startedAt, outcome, isStopping: false } as const;
        records.set(name, recordAfter(before, ended, now()));
      });
    },
    ended: (name) => runner.ended.get(name),
    async ask(task) {
      const work = workOf(task, control.app);
      if (runner.active.has(work.name)) throw new LockedError(`"${work.name}" is already running.`);
      runner.begin(sync, work, { trigger: 'page' }, () => undefined);
    },
    cancel: (name) => runner.stop(name, new InterruptedError('Stopped by hand.')),
    async idle() {
      await Promise.all([...runner.active.values()].map(({ done }) => done));
    },
  };
  return control;
}
