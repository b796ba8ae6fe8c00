/** A planner as the pages of one organization see it: what somebody asks for becomes a job of the queue. */
import type { PgBoss } from 'pg-boss';
import { ConfigError, LockedError } from '../../core/errors.ts';
import { bookName } from '../../exports/decide/definition.ts';
import { exportsNamed } from '../../exports/select-exports.ts';
import { lastOfEach } from '../../state/read/runs.ts';
import { isMigrated } from '../../state/read/status.ts';
import { compileJobs } from '../service/jobs.ts';
import type { ScheduleState, ServiceControl } from '../web/service-control.ts';
import type { Task } from '../web/task.ts';
import { type JobData, PRIORITY, QUEUE, sendOptions } from './queue.ts';

/** Runs that are older than so many days say nothing of a schedule. */
const DAYS = 90;
const DAY_MS = 86_400_000;

/** @param service the service of the organization, which runs nothing itself */
export function plannerControl(
  service: ServiceControl,
  organization: string,
  boss: Pick<PgBoss, 'send'>,
): ServiceControl {
  const send = async (job: string): Promise<void> => {
    const data: JobData = { organization, job };
    if ((await boss.send(QUEUE, data, sendOptions(data, PRIORITY.byHand))) === null)
      throw new LockedError(`"${job}" is in the queue already: it waits, waits for a retry, or runs.`);
  };
  return {
    ...{ instance: service.instance, startedAt: service.startedAt, role: 'planner' },
    get app() {
      return service.app;
    },
    get unreachable() {
      return service.unreachable;
    },
    get refusedConfig() {
      return service.refusedConfig;
    },
    database: () => service.database(),
    schedules: async () => withLastRuns(await service.schedules(), service),
    running: () => [],
    ended: () => undefined,
    async trigger(schedule) {
      if (!compileJobs(service.app).some(({ name }) => name === schedule))
        throw new ConfigError(`There is no schedule "${schedule}".`);
      await send(schedule);
    },
    async ask(task) {
      if (task.kind !== 'export' || task.from !== undefined || task.to !== undefined)
        throw new ConfigError('Workers run schedules and exports, and this is neither.', {
          advice: `Run "sigma-sync --organization ${organization} ${commandOf(task)}".`,
        });
      const [definition] = exportsNamed(service.app.exports, [task.export]);
      if (definition !== undefined) await send(bookName(definition));
    },
    cancel: () => false,
  };
}

/** The command that does the same. */
function commandOf(task: Task): string {
  if (task.kind === 'sync') return `sync ${task.stream}${task.acceptsDeletions ? ' --accept-deletions' : ''}`;
  if (task.kind === 'refresh') return 'analytics refresh';
  const [from, to] = [task.from, task.to].map((at) => at?.toISOString());
  const range = [from === undefined ? '' : ` --from ${from}`, to === undefined ? '' : ` --to ${to}`].join('');
  return `exports run ${task.export}${range}`;
}

/** Schedules with their last runs from the run book: workers keep no record of turns. */
async function withLastRuns(
  schedules: readonly ScheduleState[],
  service: ServiceControl,
): Promise<readonly ScheduleState[]> {
  const { app } = service;
  const opened = await service.database();
  if (!(await isMigrated(opened, app.schemas))) return schedules;
  const since = new Date(app.clock.now() - DAYS * DAY_MS);
  const runs = await opened.session((session) => lastOfEach(session, app.schemas, { since, each: 1 }));
  return schedules.map((state) => {
    // Exports that follow a sync have its schedule, too.
    const run = runs.find(
      ({ schedule, command }) =>
        schedule === state.name && (command === 'export') === state.name.startsWith('export '),
    );
    if (run === undefined) return state;
    const { runId, status, startedAt, error } = run;
    return {
      ...state,
      ...{ lastRunId: runId, lastStatus: status, lastStartedAt: startedAt.toISOString() },
      ...{ lastFinishedAt: null, error: error === null ? null : app.redact(error) },
    };
  });
}
