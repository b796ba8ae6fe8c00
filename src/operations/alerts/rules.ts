/** Rules that find conditions in the state of the database. Pure: state in, findings out. */
import { createHash } from 'node:crypto';
import { stamp } from '../../core/words.ts';
import { type Outage, outageFact } from '../../state/read/outage.ts';
import type { Condition, Findings } from './condition.ts';
import { isMended } from './mended.ts';

/** The last outcome of a stream or an export that is to be fresh. */
export interface Watched {
  /** `stream` or `export`, and its name. */
  readonly subject: string;
  /** `never` where no run has tried it. */
  readonly status: string;
  readonly lastSuccess: Date | undefined;
  /** The first try, if none ever succeeded. */
  readonly firstTried: Date | undefined;
  readonly runId: string | undefined;
  readonly error: string | undefined;
  /** Most age of its last success, in milliseconds. */
  readonly limitMs: number;
  /** Last turn of its schedules that was given time to be served; undefined where the age alone counts. */
  readonly lastTurn: Date | undefined;
  readonly lastAttempt?: Date | undefined;
  /** Names of the schedules that run it. */
  readonly coveredBy?: readonly string[];
}

/** A part of a run that did not end well. */
export interface Part {
  readonly name: string;
  readonly status: string;
  readonly error: string | undefined;
}

/** A finished run that was not interrupted. */
export interface FinishedRun {
  readonly runId: string;
  readonly command: string;
  readonly schedule: string | undefined;
  readonly status: string;
  readonly startedAt: Date;
  readonly error: string | undefined;
  readonly parts: readonly Part[];
}

/** The outcome of a schedule's last turn. */
export interface Served {
  readonly status: string | undefined;
  readonly attempts: number;
  readonly retryAt: Date | undefined;
  readonly startedAt: Date | undefined;
  readonly runId: string | undefined;
  readonly error: string | undefined;
  /** The end of its turn, where that is known. */
  readonly endedAt?: Date | undefined;
}

/** Something that changed its shape. */
export interface DriftNote {
  readonly subject: string;
  readonly detail: string;
  readonly runId: string;
  readonly at: Date;
}

/** A certificate that is in use. */
export interface Certificate {
  readonly id: string;
  /** `signing` or `encryption`, where Sigma says so. */
  readonly purpose: string | undefined;
  readonly provider: string;
  readonly notAfter: Date;
}

/** Input of the rules. */
export interface Evidence {
  readonly now: Date;
  /** Since when somebody is watching: what was never tried can't be late before. */
  readonly since: Date;
  readonly watched: readonly Watched[];
  /** Every schedule of the settings; undefined where it was never served. */
  readonly schedules: ReadonlyMap<string, Served | undefined>;
  /** The latest of each command and schedule, the newest first. */
  readonly runs: readonly FinishedRun[];
  readonly drift: readonly DriftNote[];
  /** Undefined where none are synced. */
  readonly certificates?: readonly Certificate[] | undefined;
  /** Time before a certificate's end at which it is reported. */
  readonly certificateMs?: number | undefined;
  /** The cause that keeps all streams from being synced; undefined without one. */
  readonly outage?: Outage | undefined;
}

/** Runs in a row that must fail before one by hand is worth an alert: the person who began it saw the first. */
const FAILED_BY_HAND = 2;
/** Runs in a row that left something out. One or two are made up for by the next. */
const PARTIAL_IN_A_ROW = 3;
/** A run that is retried is reported after so many attempts, even if another one is to come. */
const ATTEMPTS = 3;

/** The conditions, and the subjects that nothing can be said about yet. */
export function findingsOf(evidence: Evidence): Findings {
  const conditions: Condition[] = [];
  const held = new Set<string>();
  for (const verdict of [
    ...[...evidence.schedules].map(([name, served]) => scheduleVerdict(name, served, evidence)),
    ...['sync', 'export', 'backfill'].map((command) => commandVerdict(command, evidence)),
    ...evidence.watched.flatMap((one) => [guardVerdict(one), stalenessVerdict(one, evidence)]),
    ...evidence.drift.map(driftOf),
    ...(evidence.certificates ?? []).map((one) => expiryVerdict(one, evidence)),
  ]) {
    if (typeof verdict === 'string') held.add(verdict);
    else if (verdict !== undefined) conditions.push(verdict);
  }
  return evidence.outage === undefined ? { conditions, held } : toldOnce(conditions, held);
}

/**
 * A cause that keeps all streams is reported once, as the failure of their runs; no stream counts as stale beside it.
 */
function toldOnce(conditions: readonly Condition[], held: ReadonlySet<string>): Findings {
  const isTold = conditions.some(
    ({ key }) => key.startsWith('failure:schedule:') || key === 'failure:runs:sync',
  );
  const isFollowing = ({ kind, subject }: Condition): boolean =>
    isTold && kind === 'staleness' && subject.startsWith('stream ');
  return {
    conditions: conditions.filter((condition) => !isFollowing(condition)),
    held: new Set([...held, ...conditions.filter(isFollowing).map(({ key }) => key)]),
  };
}

/** A condition, the key that is left as it is, or undefined where all is well. */
type Verdict = Condition | string | undefined;

function scheduleVerdict(name: string, served: Served | undefined, evidence: Evidence): Verdict {
  const { runs: all, outage, watched } = evidence;
  const subject = name.startsWith('export ') ? name : `schedule ${name}`;
  const key = `failure:schedule:${name}`;
  const runs = all.filter(({ schedule }) => schedule === name);
  const [last] = runs;
  const status = served?.status ?? last?.status;
  if (status === undefined || status === 'complete' || isMended(name, served, evidence)) return undefined;
  const condition = (fact: string): Condition => {
    // Streams and exports are runs of their own; those of the turn tell together what went wrong.
    const since = served?.startedAt?.getTime() ?? last?.startedAt.getTime() ?? 0;
    const ofTurn = runs.filter((run) => run.startedAt.getTime() >= since && run.status !== 'complete');
    const why = served?.error ?? reasonOf(ofTurn);
    const runId = ofTurn[0]?.runId ?? served?.runId ?? last?.runId;
    const isOutage =
      outage !== undefined && status === 'failed' && runs.some((run) => run.runId === outage.runId);
    const told = isOutage ? outageFact(outage, watched.filter(isStream).length) : fact;
    return { key, kind: 'failure', subject, detail: withReason(told, isOutage ? outage.error : why), runId };
  };
  if (status === 'failed') {
    if (served?.retryAt === undefined) return condition('The run failed.');
    if (served.attempts >= ATTEMPTS) {
      return condition('The run keeps failing and is retried.');
    }
    return key;
  }
  const commands = [...new Set(runs.map(({ command }) => command))];
  const inARow = (command: string): number =>
    bad(trailing(runs.filter((run) => run.command === command))).length;
  if (status === 'partial' && commands.some((command) => inARow(command) >= PARTIAL_IN_A_ROW)) {
    return condition(`The last ${PARTIAL_IN_A_ROW} runs were partial.`);
  }
  // Under way, blocked, cut off, or partial once: whether it works is not known yet.
  return key;
}

/** Runs that no schedule began, by hand or from cron. */
function commandVerdict(command: string, { runs: all }: Evidence): Verdict {
  const key = `failure:runs:${command}`;
  const runs = all.filter((run) => run.command === command);
  const own = runs.filter(({ schedule }) => schedule === undefined);
  const failing = bad(trailing(own));
  const [last] = failing;
  // A run that a schedule began shows as well that it works again.
  const isMended = runs.some((run) => run.status === 'complete' && run.startedAt > (last?.startedAt ?? 0));
  if (last === undefined || isMended) return undefined;
  const failed = failing.findIndex(({ status }) => status !== 'failed');
  const inARow = failed === -1 ? failing.length : failed;
  if (inARow < FAILED_BY_HAND && failing.length < PARTIAL_IN_A_ROW) return key;
  const fact =
    inARow >= FAILED_BY_HAND
      ? `The last ${FAILED_BY_HAND} runs failed.`
      : `The last ${PARTIAL_IN_A_ROW} runs were partial.`;
  const detail = withReason(fact, reasonOf([last]));
  return { key, kind: 'failure', subject: `runs of ${command}`, detail, runId: last.runId };
}

/** Runs of one command since the last that was complete. */
function trailing(runs: readonly FinishedRun[]): readonly FinishedRun[] {
  const complete = runs.findIndex(({ status }) => status === 'complete');
  return complete === -1 ? runs : runs.slice(0, complete);
}

const bad = (runs: readonly FinishedRun[]): readonly FinishedRun[] =>
  runs.filter(({ status }) => status === 'failed' || status === 'partial');

function guardVerdict({ subject, status, runId, error }: Watched): Verdict {
  const key = `deletion_guard:${subject}`;
  if (status === 'deletion_guard') {
    const fact = 'Too many rows were missing at once, so none was marked as deleted.';
    return { key, kind: 'deletion_guard', subject, detail: withReason(fact, error), runId };
  }
  // A run that could not read the stream knows nothing of what vanished from it.
  return ['complete', 'partial', 'unavailable', 'retired', 'never'].includes(status) ? undefined : key;
}

function stalenessVerdict(one: Watched, { now, since }: Evidence): Verdict {
  const { subject, status, lastSuccess, runId, error, limitMs } = one;
  if (!isStale(one, now, since)) return undefined;
  const wanted = `it should succeed every ${hours(limitMs)}`;
  const fact =
    lastSuccess === undefined
      ? `It was never read completely; ${wanted}.`
      : `Its last success was at ${stamp(lastSuccess)} UTC; ${wanted}.`;
  const why = error ?? (status === 'complete' || status === 'never' ? 'No run has tried since.' : undefined);
  return { key: `staleness:${subject}`, kind: 'staleness', subject, detail: withReason(fact, why), runId };
}

const isStream = ({ subject }: Watched): boolean => subject.startsWith('stream ');

/** True if a stream or an export is older than it may be. A stream that nobody can read is not stale. */
export function isStale(one: Watched, now: Date, since: Date): boolean {
  if (one.status === 'unavailable' || one.status === 'retired') return false;
  const base = one.lastSuccess ?? one.firstTried ?? since;
  if (!isLate(one, base, now)) return false;
  // A weekly schedule is not late before its turn.
  return one.lastSuccess === undefined || one.lastTurn === undefined || one.lastTurn > one.lastSuccess;
}

/** A slow schedule is looked at again after so long: its next turn may be near. */
const SLOW_MS = 10 * 60_000;

/** The time at which the first of them becomes stale, if nothing changes before. */
export function staleAt(watched: readonly Watched[], now: Date, since: Date): Date | undefined {
  const times = watched.flatMap((one) => {
    if (one.status === 'unavailable' || one.status === 'retired' || isStale(one, now, since)) return [];
    const base = one.lastSuccess ?? one.firstTried ?? since;
    return Math.max(base.getTime() + one.limitMs + 1, now.getTime() + (isLate(one, base, now) ? SLOW_MS : 0));
  });
  return times.length === 0 ? undefined : new Date(times.reduce((a, b) => Math.min(a, b)));
}

const isLate = ({ limitMs }: Watched, base: Date, now: Date): boolean =>
  now.getTime() - base.getTime() > limitMs;

/** The same drift has the same key, however often it is seen. */
function driftOf({ subject, detail, runId, at }: DriftNote): Condition {
  const what = detail.replace(/, \d+ times$/, '');
  const hash = createHash('sha256').update(what).digest('hex').slice(0, 16);
  return { key: `drift:${subject}:${hash}`, kind: 'drift', subject, detail: what, runId, seenAt: at };
}

function expiryVerdict(
  { id, purpose, provider, notAfter }: Certificate,
  { now, certificateMs = 0 }: Evidence,
): Verdict {
  if (notAfter.getTime() - now.getTime() > certificateMs) return undefined;
  const what = `The ${purpose === undefined ? '' : `${purpose} `}certificate of the SAML service provider ${provider}`;
  const fact =
    notAfter > now
      ? `${what} expires at ${stamp(notAfter)} UTC. Nobody can sign in with it then.`
      : `${what} expired at ${stamp(notAfter)} UTC. Nobody can sign in with it.`;
  return {
    key: `expiry:${id}`,
    kind: 'expiry',
    subject: `certificate ${id}`,
    detail: fact,
    runId: undefined,
  };
}

const MOST_REASONS = 5;

/** Why runs did not end well: what ended them, else each error once, with the parts that had it. */
function reasonOf(runs: readonly FinishedRun[]): string | undefined {
  const reasons = runs.flatMap(({ error, parts }) => {
    if (error !== undefined) return [error];
    const byError = Map.groupBy(parts, (part) => part.error ?? part.status);
    return [...byError].map(([text, same]) => {
      const names = same.slice(0, MOST_REASONS).map(({ name }) => name);
      const more = same.length > names.length ? ` and ${same.length - names.length} more` : '';
      return `${names.join(', ')}${more}: ${text}`;
    });
  });
  if (reasons.length === 0) return undefined;
  const more = reasons.length > MOST_REASONS ? ` And ${reasons.length - MOST_REASONS} other errors.` : '';
  return `${[...new Set(reasons)].slice(0, MOST_REASONS).join(' ')}${more}`;
}

const withReason = (fact: string, why: string | undefined): string =>
  why === undefined || why === '' ? fact : `${fact}\n${why.replace(/\s+/g, ' ')}`;

const hours = (ms: number): string => {
  const count = Math.round(ms / 360_000) / 10;
  return count === 1 ? 'hour' : `${count} hours`;
};
