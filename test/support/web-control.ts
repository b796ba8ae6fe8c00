/** A process as the page sees it: small, but it runs real syncs when it is asked to. */
import { createTask } from 'node-cron';
import type { App } from '../../src/app.ts';
import { createSync, type Sync } from '../../src/create-sync.ts';
import type { Database } from '../../src/database/database.ts';
import { ConfigError, describeError, InterruptedError, LockedError } from '../../src/errors.ts';
import type { ScheduleState, ServiceControl } from '../../src/service/control.ts';
import type { JobOutcome } from '../../src/service/job-run.ts';
import { compileJobs } from '../../src/service/jobs.ts';
import { openRunner } from '../../src/service/runner.ts';

/** See {@link openControl}. */
export interface TestControl extends ServiceControl {
  /** Resolves when nothing runs any more. */
  idle(): Promise<void>;
}

/** What a test may decide. */
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
  const known = new Map<string, Partial<ScheduleState>>();
  const now = (): Date => new Date(app.clock.now());
  const runner = openRunner(app.events, now);
  let unreachable: ServiceControl['unreachable'];

  function finished(name: string, { status, runId, error }: JobOutcome, startedAt: Date): void {
    known.set(name, {
      lastStatus: status,
      lastRunId: runId ?? null,
      lastStartedAt: startedAt.toISOString(),
      lastFinishedAt: now().toISOString(),
      error: error === undefined ? null : app.redact(error),
    });
  }

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
      return app.config.schedules.map(({ name, cron, timeZone, streams, full }): ScheduleState => {
        const what = streams.length > 0 ? `sync ${streams.join(', ')}` : 'sync, then exports that are due';
        return {
          ...{
            name,
            cron,
            timeZone,
            what: full ? `full ${what}` : what,
            nextTurn: nextTurn(cron, timeZone, app.clock.now()),
          },
          ...{
            servedTurn: null,
            lastStatus: null,
            lastRunId: null,
            lastStartedAt: null,
            lastFinishedAt: null,
          },
          ...{ attempts: 0, retryAt: null, error: null },
          ...known.get(name),
        };
      });
    },
    running: () => [...runner.active.values()],
    async trigger(name) {
      const job = compileJobs(app).find((one) => one.name === name);
      if (job === undefined) throw new ConfigError(`There is no schedule "${name}".`);
      if (runner.active.has(name)) throw new LockedError(`The schedule ${name} is running already.`);
      runner.begin(sync, job, { trigger: 'page', schedule: name }, (outcome, startedAt) =>
        finished(name, outcome, startedAt),
      );
    },
    cancel: (name) => runner.stop(name, new InterruptedError('Stopped by hand.')),
    async idle() {
      await Promise.all([...runner.active.values()].map(({ done }) => done));
    },
  };
  return control;
}

/** The first minute from now on that the expression matches, within eight days. */
function nextTurn(cron: string, timezone: string, now: number): string | null {
  const task = createTask(cron, () => undefined, { timezone });
  try {
    const first = Math.ceil((now + 1) / 60_000) * 60_000;
    for (let minute = first; minute < first + 8 * 86_400_000; minute += 60_000)
      if (task.match(new Date(minute))) return new Date(minute).toISOString();
    return null;
  } finally {
    void task.destroy();
  }
}
