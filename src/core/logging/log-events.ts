/** Writes the events of a run to the log, each at its level, with a bound on how many lines a bad night can make. */

import type { EventBus, EventName, Events } from '../events/bus.ts';
import type { LogLevel } from './log-words.ts';
import type { Logger } from './logger.ts';

/** Level of each event; `http.retry`, `http.throttled` and `stream.finished` have more to say below. */
const LEVELS: Readonly<Record<EventName, LogLevel>> = {
  'run.started': 'info',
  'run.finished': 'info',
  'stream.started': 'debug',
  'stream.planned': 'debug',
  'stream.unavailable': 'info',
  'stream.doubted': 'warn',
  'stream.retired': 'warn',
  'stream.returned': 'info',
  'stream.finished': 'info',
  'page.read': 'debug',
  'batch.committed': 'debug',
  'partition.failed': 'warn',
  'partition.skipped': 'debug',
  'entry.rejected': 'warn',
  'entries.hidden': 'debug',
  'schema.drift': 'warn',
  'tombstones.written': 'debug',
  'absence.refuted': 'warn',
  'deletion.guarded': 'warn',
  'api.degraded': 'warn',
  'history.mended': 'warn',
  'privacy.rewritten': 'info',
  'privacy.reread': 'warn',
  'privacy.returned': 'warn',
  'http.request': 'debug',
  'http.retry': 'debug',
  'http.throttled': 'warn',
  'token.minted': 'debug',
  'export.started': 'info',
  'export.progress': 'debug',
  'export.reread': 'warn',
  'export.window': 'debug',
  'export.split': 'info',
  'export.rewound': 'warn',
  'export.drift': 'warn',
  'export.guarded': 'warn',
  'export.warning': 'warn',
  'export.rejected': 'warn',
  'export.finished': 'info',
  'schedule.due': 'info',
  'schedule.finished': 'info',
  'schedule.retry': 'warn',
  'lease.acquired': 'info',
  'lease.lost': 'warn',
  'lease.enforced': 'warn',
  'service.started': 'info',
  'service.stopping': 'info',
  'service.unreachable': 'error',
  'service.recovered': 'info',
  'chore.failed': 'warn',
  'config.reloaded': 'info',
  'config.refused': 'error',
  'analytics.built': 'info',
  'analytics.refreshed': 'debug',
  'analytics.failed': 'warn',
  'analytics.openings': 'warn',
  'alert.raised': 'warn',
  'alert.settled': 'info',
  'alert.sent': 'info',
  'alert.failed': 'warn',
  'retention.applied': 'info',
  'credentials.refused': 'warn',
  'credentials.rotated': 'info',
  'page.served': 'debug',
  'page.failed': 'error',
  'traces.failed': 'warn',
  'simulator.listening': 'info',
  'migration.applied': 'info',
};

/** No warnings, but as many of them as an export has windows. */
const MANY: ReadonlySet<EventName> = new Set(['export.split']);
/** Warnings of one kind per stream and run; the rest is only logged at level debug. */
const MOST_WARNINGS = 20;
/** From this attempt on, a retry is more than the usual hiccup. */
const WARN_FROM_ATTEMPT = 4;
/** The log gives only the number of streams of a run with more than these. */
const MOST_NAMES = 12;
/** The first pause between two lines of throttling; each is twice as long as the one before, up to the longest. */
const THROTTLE_PAUSE_MS = 10_000;
const LONGEST_THROTTLE_PAUSE_MS = 3_600_000;

/** Options of `logEvents`. */
export interface LogEventsOptions {
  /** Clock for the bound on throttling lines; default: the system's. */
  readonly now?: () => Date;
  /** Schema of the table that lists every failure; default `sigma_sync`. */
  readonly stateSchema?: string;
}

/** Logs every event of `bus` until the returned function is called. */
export function logEvents(bus: EventBus, logger: Logger, options: LogEventsOptions = {}): () => void {
  const { now = () => new Date(), stateSchema = 'sigma_sync' } = options;
  const warnings = new Map<string, number>();
  const lanes = new Map<string, { nextAt: number; pauseMs: number; suppressed: number }>();

  /** A line of which there may be many. */
  function bounded(
    level: LogLevel,
    name: EventName,
    fields: Events[EventName],
    runId: string | undefined,
  ): void {
    const stream = 'stream' in fields ? fields.stream : 'export' in fields ? fields.export : undefined;
    // Events of the service itself follow its own limits, for months.
    if (runId === undefined && stream === undefined) {
      logger[level](name, { ...fields });
      return;
    }
    const key = `${runId} ${name} ${stream ?? ''}`;
    const count = (warnings.get(key) ?? 0) + 1;
    warnings.set(key, count);
    if (count <= MOST_WARNINGS) {
      logger[level](name, { ...fields, runId });
      return;
    }
    if (count === MOST_WARNINGS + 1) {
      const see =
        name === 'partition.failed' || name === 'entry.rejected' ? `${stateSchema}.partitions` : undefined;
      logger[level]('log.limited', {
        of: name,
        stream,
        runId,
        after: MOST_WARNINGS,
        note: 'further ones are not logged',
        see,
      });
    }
    logger.debug(name, { ...fields, runId });
  }

  function throttled(fields: Events['http.throttled'], runId: string | undefined): void {
    const time = now().getTime();
    const key = `${runId} ${fields.lane}`;
    const lane = lanes.get(key);
    if (lane !== undefined && time < lane.nextAt) {
      lane.suppressed++;
      return;
    }
    const suppressed = lane?.suppressed || undefined;
    const pauseMs = Math.min((lane?.pauseMs ?? THROTTLE_PAUSE_MS / 2) * 2, LONGEST_THROTTLE_PAUSE_MS);
    lanes.set(key, { nextAt: time + pauseMs, pauseMs, suppressed: 0 });
    logger.warn('http.throttled', { ...fields, suppressed, runId });
  }

  function forget(runId: string | undefined): void {
    for (const counts of [warnings, lanes])
      for (const key of counts.keys()) if (key.startsWith(`${runId} `)) counts.delete(key);
  }

  return bus.onAny((name, fields, { runId }) => {
    const level = levelOf(name, fields);
    if (name === 'http.throttled') throttled(fields as Events['http.throttled'], runId);
    else if (level === 'warn' || MANY.has(name)) bounded(level, name, fields, runId);
    else if (name === 'run.started')
      logger[level](name, { ...fields, streams: named(fields as Events['run.started']) });
    else logger[level](name, { ...fields, runId: 'runId' in fields ? fields.runId : runId });
    // A scheduled process runs many times: each run may warn again. Events before a run count under no id.
    if (name === 'run.finished') forget(runId);
    if (name === 'run.started') forget(undefined);
  });
}

function levelOf(name: EventName, fields: Events[EventName]): LogLevel {
  if (name === 'http.retry' && 'attempt' in fields && fields.attempt >= WARN_FROM_ATTEMPT) return 'warn';
  // Elements do not name their page, as the API of 2026 is.
  if (name === 'api.degraded' && 'isUsual' in fields && fields.isUsual === true) return 'info';
  // A stream that failed should be seen at level warn, too.
  if (name === 'export.finished' && 'error' in fields && fields.error !== undefined) return 'warn';
  if (name === 'stream.finished') return levelOfFinish(fields as Events['stream.finished']);
  return LEVELS[name];
}

/** A line for what changed or went wrong; so many streams of which neither is true would hide it. */
function levelOfFinish(finished: Events['stream.finished']): LogLevel {
  const { error, status, inserted, updated, deleted, parentsGone } = finished;
  if (['unavailable', 'retired', 'skipped'].includes(status)) return 'debug';
  if (error !== undefined || parentsGone !== undefined) return 'warn';
  return inserted + updated + deleted > 0 ? 'info' : 'debug';
}

/** All names are known; a few say what was asked for. */
function named({ streams }: Events['run.started']): readonly string[] | number {
  return streams.length > MOST_NAMES ? streams.length : streams;
}
