/** The part of the serving process that the page may see and use. */
import type { App } from '../../app.ts';
import type { Database } from '../../core/database/database.ts';
import type { ProgressState } from '../../core/progress/progress-state.ts';
import type { EndedTask, Task } from './task.ts';

/** A schedule, and what became of its last turn. Times are ISO 8601. */
export interface ScheduleState {
  /** Its name; of an export that has a schedule of its own, `export` and its name. */
  readonly name: string;
  readonly cron: string;
  readonly timeZone: string;
  /** The streams and exports it runs, in a few words. */
  readonly what: string;
  /** Null where it has none within the next year. */
  readonly nextTurn: string | null;
  /** Last turn that it was run for; null where it never was. */
  readonly servedTurn: string | null;
  /** `running`, how the last run ended, `blocked` where another run held the lock, or null. */
  readonly lastStatus: string | null;
  readonly lastRunId: string | null;
  readonly lastStartedAt: string | null;
  readonly lastFinishedAt: string | null;
  /** Runs that failed since the turn; the next is at `retryAt`. */
  readonly attempts: number;
  readonly retryAt: string | null;
  readonly error: string | null;
}

/** A run under way in this process. */
export interface RunningJob {
  /** Name of the schedule. */
  readonly name: string;
  readonly trigger: 'schedule' | 'page';
  readonly startedAt: Date;
  /** Undefined until the run is written down. */
  readonly runId: string | undefined;
  /** True once somebody asked it to stop. */
  readonly stopping: boolean;
  readonly progress: ProgressState;
}

/** The process, as the page sees it. Getters give what is in force now. */
export interface ServiceControl {
  /** Name of this process: host, process id, a random part. */
  readonly instance: string;
  readonly startedAt: Date;
  /** Settings and what is made of them; another one after a reload. */
  readonly app: App;
  /** Runs schedules itself, waits to take over, leaves runs to workers, or only serves the page. */
  readonly role: 'leader' | 'standby' | 'planner' | 'page';
  /** Since when the database could not be reached, and why; undefined while it can. */
  readonly unreachable: { readonly since: Date; readonly error: string } | undefined;
  /** Why the settings that were loaded last were refused; undefined where they are in force. */
  readonly refusedConfig: string | undefined;
  /** @throws DatabaseError, LockedError */
  database(): Promise<Database>;
  /** @throws DatabaseError */
  schedules(): Promise<readonly ScheduleState[]>;
  running(): readonly RunningJob[];
  /** The end of the last task of that name in this process; undefined if there was none, or long ago. */
  ended(name: string): EndedTask | undefined;
  /**
   * Runs a schedule now; resolves once it has begun or is next in line.
   *
   * @throws ConfigError where there is none of that name; LockedError where it is running or waiting already.
   */
  trigger(schedule: string): Promise<void>;
  /**
   * Begins a task; resolves once it has begun or is next in line.
   *
   * @throws ConfigError where it can't be; LockedError where it is running or waiting already; DatabaseError
   */
  ask(task: Task): Promise<void>;
  /** Asks the running job of that schedule to stop; false where there is none. */
  cancel(schedule: string): boolean;
}
