/** A process as the page sees it: small, but it runs real syncs when it is asked to. */
import { createTask } from 'node-cron';
import type { App } from '../../src/app.ts';
import { createSync, type Sync } from '../../src/create-sync.ts';
import type { Database } from '../../src/database/database.ts';
import { ConfigError, describeError, LockedError } from '../../src/errors.ts';
import { apply, initialState } from '../../src/progress/state.ts';
import type { RunningJob, ScheduleState, ServiceControl } from '../../src/service/control.ts';

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

type Job = { -readonly [K in keyof RunningJob]: RunningJob[K] };
type Turn = { -readonly [K in keyof ScheduleState]: ScheduleState[K] };

/** A control over the schedules of the settings; only asking for a run begins one. */
export function openControl(options: ControlOptions): TestControl {
  const { app, database } = options;
  const sync: Sync = createSync({ app, database });
  const jobs = new Map<
    string,
    { readonly job: Job; readonly stop: AbortController; readonly end: Promise<void> }
  >();
  const known = new Map<string, Partial<Turn>>();
  const now = (): Date => new Date(app.clock.now());
  let unreachable: ServiceControl['unreachable'];

  async function run(name: string, job: Job, signal: AbortSignal): Promise<void> {
    const schedule = app.config.schedules.find((one) => one.name === name);
    const events = app.events.child();
    const stop = events.onAny((event, fields, { runId }) => {
      Object.assign(job.progress, { now: app.clock.now() });
      apply(job.progress, event, fields);
      job.runId = runId;
    });
    const startedAt = now().toISOString();
    const state = known.get(name) ?? {};
    known.set(name, state);
    try {
      const { report } = await sync.run({
        ...{ signal, events, origin: { trigger: 'page', schedule: name } },
        ...((schedule?.streams.length ?? 0) > 0
          ? { streams: schedule?.streams ?? [] }
          : { exports: app.exports }),
        full: schedule?.full ?? false,
      });
      Object.assign(state, { lastStatus: report.status, lastRunId: report.runId, error: null });
    } catch (error) {
      Object.assign(state, { lastStatus: 'failed', error: app.redact(describeError(error)) });
    }
    Object.assign(state, { lastStartedAt: startedAt, lastFinishedAt: now().toISOString() });
    stop();
    jobs.delete(name);
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
    running: () => [...jobs.values()].map(({ job }) => job),
    async trigger(name) {
      if (!app.config.schedules.some((one) => one.name === name))
        throw new ConfigError(`There is no schedule "${name}".`);
      if (jobs.has(name)) throw new LockedError(`The schedule ${name} is running already.`);
      const stop = new AbortController();
      const job: Job = {
        ...{ name, trigger: 'page', startedAt: now(), runId: undefined, stopping: false },
        progress: initialState(app.clock.now()),
      };
      const end = run(name, job, stop.signal);
      jobs.set(name, { job, stop, end });
    },
    cancel(name) {
      const running = jobs.get(name);
      if (running === undefined) return false;
      running.job.stopping = true;
      running.stop.abort();
      return true;
    },
    async idle() {
      await Promise.all([...jobs.values()].map(({ end }) => end));
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
