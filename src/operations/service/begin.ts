/** Begins jobs: due jobs in their turn, requested ones at once. Also records their ends. */
import type { ScheduleRecord } from '../../state/schedule-book.ts';
import type { JobOutcome } from './job-run.ts';
import type { Work } from './jobs.ts';
import type { JobOrigin } from './runner.ts';
import { type Parts, roleOf, timeOf } from './service-parts.ts';
import { type DueJob, dueJob, recordAfter, recordAtStart, withinReach } from './timetable.ts';

/** Known facts about a job that begins. */
interface Beginning {
  readonly job: Work;
  readonly origin: JobOrigin;
  /** Another run was in its way before, and the log said so. */
  readonly wasBlocked: boolean;
  /** Its record, where it took a turn. */
  readonly claimed?: ScheduleRecord;
  /** Database and schema that it was begun with. */
  readonly place: string;
}

/** Begins what is due, as long as the lease is held. @throws DatabaseError */
export async function claimAll(parts: Parts): Promise<void> {
  for (const due of dueJobs(parts)) {
    const free = parts.stop.signal.aborted ? undefined : parts.takeSlot();
    // Jobs that are due now are due at the next look, too.
    if (free === undefined) return;
    try {
      await claim(parts, due);
    } finally {
      const job = parts.runner.active.get(due.job.name);
      if (job === undefined) free();
      else void job.done.then(free);
    }
  }
}

function dueJobs(parts: Parts): readonly DueJob[] {
  const { records, runner } = parts;
  const { jobs, app } = parts.inForce;
  const { baseUrl = '' } = app.config.sigma;
  const jitterMs = app.config.service.jitterSeconds * 1000;
  const { spread } = parts.inForce;
  const timetable = { now: timeOf(parts), jitterMs, salt: `${baseUrl} ${app.schemas.target}`, spread };
  return jobs.flatMap((job) => {
    if (runner.active.has(job.name)) return [];
    const known = records.get(job.name);
    const record = known === undefined ? undefined : withinReach(known, timetable.now);
    if (record !== undefined && record !== known) records.note(record);
    return dueJob(job, record, timetable) ?? [];
  });
}

/** Takes a turn, in the database first, so that no other process does. */
async function claim(parts: Parts, { job, turn, attempt }: DueJob): Promise<void> {
  const { leadership, records, runner, connection, instance } = parts;
  const { lease } = leadership;
  if (lease === undefined || parts.stop.signal.aborted) return;
  const wasBlocked = records.get(job.name)?.lastStatus === 'blocked';
  const record = recordAtStart({ job, turn, attempt }, lease.fence, timeOf(parts));
  const database = await connection.open();
  if (!(await records.claim(database, parts.inForce.app.schemas, record, instance))) {
    // The lease went to another process since it was prolonged last: look again at once.
    leadership.doubt();
    return;
  }
  // Somebody asked for it meanwhile: where that run fails, there is still one to come.
  if (runner.active.has(job.name)) {
    records.note({ ...record, lastStatus: 'blocked', retryAt: timeOf(parts) });
    return;
  }
  // A run that is in the way for hours is reported once.
  if (!wasBlocked)
    parts.events.emit('schedule.due', { schedule: job.name, turn: turn.toISOString(), attempt });
  const held = { holder: instance, fence: lease.fence };
  const origin: JobOrigin = { trigger: 'schedule', schedule: job.name, lease: held };
  begin(parts, { job, origin, wasBlocked, claimed: record, place: parts.inForce.place });
}

/** Begins something because somebody asked for it. @param schedule the schedule that it is of */
export function beginAsked(parts: Parts, job: Work, schedule?: string): void {
  const origin: JobOrigin = { trigger: 'page', schedule };
  begin(parts, { job, origin, wasBlocked: false, place: parts.inForce.place });
}

function begin(parts: Parts, beginning: Beginning): void {
  const { job, origin } = beginning;
  parts.runner.begin(parts.inForce.sync, job, origin, (outcome, startedAt) =>
    ended(parts, beginning, outcome, startedAt),
  );
}

function ended(parts: Parts, beginning: Beginning, outcome: JobOutcome, startedAt: Date): void {
  const { events, records } = parts;
  const { origin, wasBlocked, claimed, place } = beginning;
  const { name: schedule } = beginning.job;
  const { status, runId } = outcome;
  const error = outcome.error === undefined ? undefined : parts.inForce.app.redact(outcome.error);
  if (status !== 'blocked' || !wasBlocked)
    events.emit('schedule.finished', { schedule, status, runId, error });
  const before = records.get(schedule);
  const isHandedOver = parts.handedOver.delete(schedule);
  // Without a record or the lease, what becomes of the schedule is another process's to say.
  if (before === undefined || roleOf(parts) !== 'leader') return;
  // Records of another database say nothing of this run; where it is the same by another name, they do.
  const isSame = claimed?.lastStartedAt?.getTime() === before.lastStartedAt?.getTime();
  if (place !== parts.inForce.place && !(claimed !== undefined && isSame)) return;
  const isStopping = parts.stop.signal.aborted || isHandedOver;
  const { trigger } = origin;
  const end = { schedule, trigger, startedAt, outcome: { ...outcome, error }, isStopping };
  const record = recordAfter(before, end, timeOf(parts));
  records.note(record);
  const { attempts, retryAt } = record;
  if (outcome.retry !== 'later' || retryAt === undefined) return;
  const delayMs = retryAt.getTime() - parts.clock.now();
  events.emit('schedule.retry', { schedule, attempt: attempts + 1, delayMs, error: error ?? status });
}
