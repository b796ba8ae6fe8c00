/**
 * The event bus: what happens during a run, as typed events with fields. The log, the progress display and the
 * run's counters listen to the same events, so none of them can disagree with the others.
 */

/** Every event and its fields. Names are `noun.verb`; durations are milliseconds. */
export interface Events {
  'run.started': {
    runId: string;
    /** sync, backfill or export. */
    command: string;
    /** cli, schedule, page or api. */
    trigger: string;
    /** Schedule that it serves. */
    schedule: string | undefined;
    streams: readonly string[];
    full: boolean;
    resumedFrom: string | undefined;
  };
  'run.finished': { runId: string; status: string; durationMs: number };
  'stream.started': { stream: string };
  'stream.planned': { stream: string; partitions: number; reason: string };
  /** The credentials may not read it, or the organization's plan lacks it; nothing fails because of that. */
  'stream.unavailable': { stream: string; reason: string };
  /** A listing that was read before is not there: it may be retired, or back with the next run. */
  'stream.doubted': { stream: string; reason: string };
  /** Its endpoint is gone for good; sent once. */
  'stream.retired': { stream: string; reason: string };
  /** A retired endpoint answers again. */
  'stream.returned': { stream: string };
  'stream.finished': {
    stream: string;
    status: string;
    mode: string;
    partitions: number;
    partitionsFailed: number;
    requests: number;
    read: number;
    inserted: number;
    updated: number;
    unchanged: number;
    deleted: number;
    /** Parents that are listed and are not there when asked for; left out where none is. */
    parentsGone?: number;
    error: string | undefined;
  };
  /** A page was read; `rows` is its number of entries. */
  'page.read': { stream: string; partition: string; rows: number };
  /** Rows and the cursor that describes them were committed together. */
  'batch.committed': {
    stream: string;
    partitions: number;
    inserted: number;
    updated: number;
    unchanged: number;
    durationMs: number;
  };
  'partition.failed': { stream: string; partition: string; error: string; requestId: string | undefined };
  'partition.skipped': { stream: string; partition: string; reason: string };
  /** An entry without its key fields was left out of the load. */
  'entry.rejected': {
    stream: string;
    partition: string;
    position: number;
    field: string;
    requestId: string | undefined;
  };
  /** Entries that stand for what the credentials may not read. */
  'entries.hidden': { stream: string; partition: string; count: number };
  /** Fields whose values do not have the declared type: the column is null, the value stays in `_raw`. */
  'schema.drift': { stream: string; field: string; expected: string; received: string; count: number };
  'tombstones.written': { stream: string; rows: number; children: number };
  /** Rows missing from a listing that a direct look found: still there, or hidden from the credentials. */
  'absence.refuted': { stream: string; present: number; hidden: number };
  'deletion.guarded': { stream: string; rows: number; of: number; advice: string };
  /** An endpoint or a parameter was refused and an older or narrower one is used for the rest of the run. */
  'api.degraded': { stream: string; from: string; to: string; reason: string; isUsual?: boolean };
  /**
   * Rows dated in the future by a clock that was ahead are dated to the present now; `until` is the latest of their
   * dates.
   */
  'history.mended': { until: string; rows: number };
  /** Stored rows and entries of the change log were rewritten, because these privacy rules are new or stricter. */
  'privacy.rewritten': { stream: string; rules: readonly string[]; rows: number; changes: number };
  /** The stream is read again, because what these rules cover may be stored as it is now, or by another key. */
  'privacy.reread': { stream: string; rules: readonly string[] };
  /** Members who were forgotten are there again, because Sigma still has them. */
  'privacy.returned': { members: number };
  /** One attempt of one request, whatever became of it. `stream` is undefined for tokens and checks. */
  'http.request': {
    stream: string | undefined;
    method: string;
    path: string;
    status: number | undefined;
    attempt: number;
    durationMs: number;
    requestId: string | undefined;
  };
  'http.retry': {
    stream: string | undefined;
    path: string;
    attempt: number;
    delayMs: number;
    reason: string;
    status: number | undefined;
    /** The endpoint is known to answer so where there is nothing to give. */
    isDoubtful?: true;
  };
  /** A 429 slowed the whole lane down for `delayMs`. */
  'http.throttled': { lane: string; delayMs: number };
  'token.minted': { expiresInS: number; refreshed: boolean };
  'export.started': { export: string; table: string; mode: string; windows: number };
  /** Bytes of an export's data arrived; added up since its start, that of its last reading where it is a file. */
  'export.progress': { export: string; bytes: number };
  /** The download of a file broke off and is read again from its beginning. */
  'export.reread': { export: string; reading: number; error: string };
  /** The rows of a window and its watermark were committed together. */
  'export.window': {
    export: string;
    window: string | undefined;
    rows: number;
    inserted: number;
    updated: number;
    bytes: number;
    durationMs: number;
  };
  /** A window had more rows than an export may have, and was divided. */
  'export.split': { export: string; window: string; rows: number };
  /** The watermark did not hold: the export resumes from `to`; undefined = from the start. */
  'export.rewound': { export: string; watermark: string; to: string | undefined; reason: string };
  /** The columns of an export are not those of the last run. */
  'export.drift': { export: string; change: string; column: string; detail: string };
  /** A replace brought `rows` rows in the place of `of`, which are too few: the old ones were kept. */
  'export.guarded': { export: string; rows: number; of: number; advice: string };
  /** The data of an export may not be what it seems. */
  'export.warning': { export: string; detail: string };
  /** A row could not be stored. `column` is a label. */
  'export.rejected': {
    export: string;
    window: string | undefined;
    row: number;
    column: string | null;
    reason: string;
  };
  'export.finished': {
    export: string;
    status: string;
    windows: number;
    rows: number;
    inserted: number;
    updated: number;
    unchanged: number;
    deleted: number;
    rejected: number;
    bytes: number;
    durationMs: number;
    error: string | undefined;
  };
  /** A schedule has a turn that is yet to be served. `turn` is ISO 8601. */
  'schedule.due': { schedule: string; turn: string; attempt: number };
  /** The job of a schedule is done, or could not be begun. */
  'schedule.finished': {
    schedule: string;
    status: string;
    runId: string | undefined;
    error: string | undefined;
  };
  /** A run that failed is repeated. */
  'schedule.retry': { schedule: string; attempt: number; delayMs: number; error: string };
  'lease.acquired': { holder: string; fence: string };
  /** Another process runs the schedules now. */
  'lease.lost': { holder: string };
  /** Sessions of a process that ran the schedules before, and hangs, were ended in the database: it held locks. */
  'lease.enforced': { holder: string; sessions: number };
  'service.started': { url: string | undefined; schedules: readonly string[] };
  'service.stopping': { reason: string };
  /** The database could not be reached; sent once, until it could again. */
  'service.unreachable': { error: string };
  'service.recovered': { afterMs: number };
  /** A regular task failed, and is tried again the next time. */
  'chore.failed': { chore: string; error: string };
  'config.reloaded': { file: string | undefined };
  /** The new settings are not in force, the old ones are. */
  'config.refused': { error: string };
  'analytics.built': { models: number };
  'analytics.refreshed': { model: string; rows: number; durationMs: number };
  'analytics.failed': { model: string; error: string };
  /** The audit log is configured, and no opening comes from it. */
  'analytics.openings': { problem: string };
  'alert.raised': { kind: string; subject: string; detail: string };
  'alert.settled': { kind: string; subject: string };
  'alert.sent': { receiver: string; kind: string; subject: string };
  'alert.failed': { receiver: string; attempt: number; error: string };
  /** Old records were removed. */
  'retention.applied': { runs: number; events: number; alerts: number; durationMs: number };
  /** Sigma refused the credentials, which somebody rotates: their file is watched for new ones. */
  'credentials.refused': { waitMs: number };
  'credentials.rotated': { secret: string };
  /** A request to the page or one of its endpoints. */
  'page.served': { method: string; path: string; status: number; durationMs: number };
  /** The page could not move to where new settings want it, and is not served. */
  'page.failed': { error: string };
  /** Traces could not be delivered; sent once, until they could again. */
  'traces.failed': { error: string };
  'simulator.listening': { url: string };
  'migration.applied': { name: string };
}

export type EventName = keyof Events;

/** The origin of an event. */
export interface EventContext {
  /** Run that is under way on the bus it was emitted on. */
  readonly runId: string | undefined;
}

type Listener<N extends EventName> = (fields: Events[N], context: EventContext) => void;
type AnyListener = (name: EventName, fields: Events[EventName], context: EventContext) => void;

/** Listeners that were warned of: one that throws does so with every page. */
const warned = new WeakSet<object>();

/**
 * Synchronous, typed publish and subscribe. Listeners only look on: a listener that throws (or rejects) changes
 * nothing, and is reported once, as a warning of the process (`process.on('warning')`).
 */
export class EventBus {
  readonly #listeners = new Map<EventName, Set<(fields: never, context: EventContext) => void>>();
  readonly #any = new Set<AnyListener>();
  #parent: EventBus | undefined;
  #runId: string | undefined;

  /** A bus for one run after the other: what happens on it is heard here, too, and says which run it belongs to. */
  child(): EventBus {
    const child = new EventBus();
    child.#parent = this;
    return child;
  }

  emit<N extends EventName>(name: N, fields: Events[N]): void {
    if (name === 'run.started') this.#runId = (fields as Events['run.started']).runId;
    this.#deliver(name, fields, { runId: this.#runId });
    if (name === 'run.finished') this.#runId = undefined;
  }

  #deliver<N extends EventName>(name: N, fields: Events[N], context: EventContext): void {
    for (const listener of this.#listeners.get(name) ?? [])
      guarded(listener, name, () => (listener as Listener<N>)(fields, context));
    for (const listener of this.#any) guarded(listener, name, () => listener(name, fields, context));
    if (this.#parent !== undefined) this.#parent.#deliver(name, fields, context);
  }

  /** Listens to one event; the returned function stops it. */
  on<N extends EventName>(name: N, listener: Listener<N>): () => void {
    const set = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, set);
    set.add(listener);
    return () => set.delete(listener);
  }

  /** Listens to every event; the returned function stops it. */
  onAny(listener: AnyListener): () => void {
    this.#any.add(listener);
    return () => this.#any.delete(listener);
  }
}

function guarded(listener: object, event: EventName, call: () => unknown): void {
  const warn = (error: unknown): void => {
    if (warned.has(listener)) return;
    warned.add(listener);
    // Its message may hold what no log shows; its kind does not.
    const kind = error instanceof Error ? error.name : typeof error;
    const warning = new Error(`A listener of the event ${event} threw (${kind}); the run continues.`, {
      cause: error,
    });
    warning.name = 'SigmaSyncListenerWarning';
    process.emitWarning(warning);
  };
  try {
    const result = call();
    // An asynchronous listener that rejects would end the process.
    if (result instanceof Promise) result.catch(warn);
  } catch (error) {
    warn(error);
  }
}
