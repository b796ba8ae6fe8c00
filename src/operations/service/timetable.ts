/** Decides which job is due, and when a failed one is repeated. Pure. */
import { createHash } from 'node:crypto';
import type { Config } from '../../config/schema.ts';
import type { Turns } from '../../core/turns.ts';
import { LONGEST_ABSENCE_MS } from '../../sigma/retry.ts';
import type { ScheduleRecord } from '../../state/schedule-book.ts';
import type { ScheduleState } from '../web/service-control.ts';
import type { JobOutcome } from './job-run.ts';
import type { Job } from './jobs.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A job that is to be run now. */
export interface DueJob {
  readonly job: Job;
  /** Turn that it serves; those before it that were missed are made up for by it. */
  readonly turn: Date;
  /** 1, or more where it failed before, for this turn or for one that this one takes over. */
  readonly attempt: number;
}

/** Input for deciding whether a job is due. */
export interface Timetable {
  readonly now: Date;
  /** Turns are put off by up to so much, each by its own share. */
  readonly jitterMs: number;
  /** Differs between organizations, so that not all of them share their shares. */
  readonly salt: string;
  /** Set if it is one of several organizations. */
  readonly spread?: Spread | undefined;
}

/** Share of an organization in the time over which the scheduled runs of several are spread. */
export interface Spread {
  /** From 0 to 1. */
  readonly share: number;
  /** That time. */
  readonly ms: number;
}

/**
 * The job where it is due: it never ran, a turn came since the last one that it served, or a run that failed is to be
 * repeated.
 */
export function dueJob(
  job: Job,
  record: ScheduleRecord | undefined,
  { now, jitterMs, salt, spread }: Timetable,
): DueJob | undefined {
  const served = record?.servedTurn;
  if (record === undefined || served === undefined) return { job, turn: now, attempt: 1 };
  const turn = job.turns.latest(served, now);
  const late =
    turn === undefined ? 0 : jitterOf(`${salt} ${job.name}`, turn, jitterMs) + spreadMs(job.turns, spread);
  if (turn !== undefined && now.getTime() >= turn.getTime() + late)
    // It takes over what the turn before has yet to repeat: where turns are close, nobody would hear of failures else.
    return { job, turn, attempt: record.retryAt === undefined ? 1 : record.attempts + 1 };
  if (record.retryAt !== undefined && record.retryAt <= now)
    return { job, turn: served, attempt: record.attempts + 1 };
  return undefined;
}

/**
 * The record without what a clock that was ahead wrote into it: turns that are yet to come are to be served again, and
 * nothing is put off until a time that nobody meant. Clocks of two processes differ by less than the hour that is let
 * pass.
 */
export function withinReach(record: ScheduleRecord, now: Date): ScheduleRecord {
  // A failed run may be put off for as long as Sigma wants; the end of that run tells whether the clock meant it.
  const { lastFinishedAt } = record;
  const meant =
    lastFinishedAt !== undefined && lastFinishedAt.getTime() <= now.getTime() + HOUR
      ? lastFinishedAt.getTime() + LONGEST_ABSENCE_MS
      : 0;
  const isAhead = (time: Date | undefined): boolean =>
    time !== undefined &&
    time.getTime() > Math.max(now.getTime() + HOUR, time === record.retryAt ? meant : 0);
  if (!isAhead(record.servedTurn) && !isAhead(record.retryAt)) return record;
  return {
    ...record,
    servedTurn: isAhead(record.servedTurn) ? now : record.servedTurn,
    retryAt: isAhead(record.retryAt) ? now : record.retryAt,
  };
}

/** Minutes over which the turns of several organizations are spread where nothing else is said. */
const SPREAD_MINUTES = 60;

/** The spread of one of so many organizations: its name decides its share. */
export function spreadOf(
  organization: string,
  { spreadMinutes }: Config['service'],
  organizations: number,
): Spread {
  const minutes = spreadMinutes ?? (organizations > 1 ? SPREAD_MINUTES : 0);
  return { share: shareOf(organization), ms: minutes * MINUTE };
}

/** How much later each turn of an organization is. If turns are close, none must wait until the next one comes. */
export function spreadMs(turns: Turns, spread: Spread | undefined): number {
  if (spread === undefined || spread.ms === 0) return 0;
  return Math.floor(spread.share * Math.min(spread.ms, turns.closest() / 2));
}

/** The share of a name, from 0 to 1: the same in every process, and after a restart. */
export function shareOf(name: string): number {
  return createHash('sha256').update(name).digest().readUInt32BE(0) / 2 ** 32;
}

/** The delay of a turn. */
function jitterOf(salt: string, turn: Date, jitterMs: number): number {
  return Math.floor(shareOf(`${salt} ${turn.toISOString()}`) * jitterMs);
}

/** Runs before it is given up; the next turn is the next chance. */
const MOST_ATTEMPTS = 8;

/** Waits before a failed run is repeated, in milliseconds: a minute, two, four, … at most half an hour. */
export function retryDelayMs(attempts: number): number | undefined {
  if (attempts >= MOST_ATTEMPTS) return undefined;
  return Math.min(30 * MINUTE, MINUTE * 2 ** (attempts - 1));
}

/** Another run holds the lock: that ends sooner or later. */
const BLOCKED_RETRY_MS = MINUTE;

/** The record of a schedule whose turn is taken. */
export function recordAtStart({ job, turn, attempt }: DueJob, fence: string, now: Date): ScheduleRecord {
  return {
    ...{ schedule: job.name, servedTurn: turn, attempts: attempt - 1, retryAt: undefined, fence },
    ...{ lastRunId: undefined, lastStatus: 'running', lastStartedAt: now, lastFinishedAt: undefined },
    error: undefined,
  };
}

/** A job that came to an end. */
export interface EndedJob {
  readonly schedule: string;
  readonly trigger: 'schedule' | 'page';
  readonly startedAt: Date;
  readonly outcome: JobOutcome;
  /** The process was asked to stop, and the job with it. */
  readonly isStopping: boolean;
}

/** The record of a schedule after a job of it ended. */
export function recordAfter(before: ScheduleRecord, ended: EndedJob, now: Date): ScheduleRecord {
  const { outcome, trigger, isStopping } = ended;
  const { status, runId, error, retry, notBefore } = outcome;
  const failed = retry === 'later';
  const attempts = failed ? before.attempts + 1 : retry === 'soon' ? before.attempts : 0;
  const delayMs =
    retry === 'soon'
      ? BLOCKED_RETRY_MS
      : failed
        ? retryDelayMs(attempts)
        : // A run that a stop cut off is resumed as soon as a process is there again.
          status === 'interrupted' && isStopping
          ? 0
          : undefined;
  const retryAt =
    delayMs === undefined
      ? undefined
      : new Date(Math.max(now.getTime() + delayMs, failed ? (notBefore?.getTime() ?? 0) : 0));
  // A person who requested a run repeats it by hand; a pending repetition of the schedule stays.
  const isLeft = trigger === 'page' && retry !== 'never';
  return {
    ...before,
    ...(isLeft ? {} : { attempts, retryAt }),
    lastRunId: runId,
    lastStatus: status,
    lastStartedAt: ended.startedAt,
    lastFinishedAt: now,
    error,
  };
}

/** The schedule as the page shows it. */
export function scheduleState(job: Job, record: ScheduleRecord | undefined, now: Date): ScheduleState {
  const text = (date: Date | undefined): string | null => date?.toISOString() ?? null;
  return {
    ...{ name: job.name, cron: job.cron, timeZone: job.timeZone, what: job.what },
    nextTurn: text(job.turns.next(now)),
    servedTurn: text(record?.servedTurn),
    lastStatus: record?.lastStatus ?? null,
    lastRunId: record?.lastRunId ?? null,
    lastStartedAt: text(record?.lastStartedAt),
    lastFinishedAt: text(record?.lastFinishedAt),
    attempts: record?.attempts ?? 0,
    retryAt: text(record?.retryAt),
    error: record?.error ?? null,
  };
}
