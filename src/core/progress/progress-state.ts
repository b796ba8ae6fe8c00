/** State of the progress display: counts per stream, added up from the events of a run. No I/O. */
import type { EventName, Events } from '../events/bus.ts';

/** One stream's line. */
export type StreamProgress = ReturnType<typeof waiting>;

/** The whole display. Times are milliseconds. */
export type ProgressState = ReturnType<typeof initialState>;

/** Span over which the request rate is measured. */
const RATE_SECONDS = 10;

/** @param now milliseconds since the epoch */
export function initialState(now: number) {
  return {
    streams: new Map<string, StreamProgress>(),
    startedAt: now,
    /** The time the display is rendered for. */
    now,
    requests: 0,
    retries: 0,
    throttles: 0,
    throttledMs: 0,
    /** Requests by second since the epoch, of the last `RATE_SECONDS`. */
    recent: new Map<number, number>(),
  };
}

function waiting(name: string) {
  return {
    name,
    phase: 'waiting' as 'waiting' | 'running' | 'finished',
    /** Status it finished with, e.g. `complete`. */
    status: undefined as string | undefined,
    /** Milliseconds since the epoch; undefined while waiting. */
    startedAt: undefined as number | undefined,
    /** Partitions that are due; undefined until planned. */
    planned: undefined as number | undefined,
    committed: 0,
    failed: 0,
    skipped: 0,
    pages: 0,
    /** Bytes of an export, whose partitions are windows; undefined for a stream. */
    bytes: undefined as number | undefined,
    rows: 0,
    inserted: 0,
    updated: 0,
    deleted: 0,
  };
}

type Reducers = { readonly [N in EventName]?: (state: ProgressState, fields: Events[N]) => void };

const REDUCERS: Reducers = {
  'run.started': (state, { streams }) => {
    // A scheduled process shows one run after the other.
    Object.assign(state, { startedAt: state.now, requests: 0, retries: 0, throttles: 0, throttledMs: 0 });
    state.streams.clear();
    state.recent.clear();
    for (const name of streams) streamOf(state, name);
  },
  'stream.started': (state, { stream }) => {
    Object.assign(streamOf(state, stream), { phase: 'running', startedAt: state.now });
  },
  'stream.planned': (state, { stream, partitions }) => {
    streamOf(state, stream).planned = partitions;
  },
  'page.read': (state, { stream, rows }) => {
    const line = streamOf(state, stream);
    line.pages++;
    line.rows += rows;
  },
  'batch.committed': (state, { stream, partitions, inserted, updated }) => {
    const line = streamOf(state, stream);
    line.committed += partitions;
    line.inserted += inserted;
    line.updated += updated;
  },
  'partition.failed': (state, { stream }) => {
    streamOf(state, stream).failed++;
  },
  'partition.skipped': (state, { stream }) => {
    streamOf(state, stream).skipped++;
  },
  'stream.finished': (state, { stream, status, read, inserted, updated, deleted }) => {
    const counts = { rows: read, inserted, updated, deleted };
    Object.assign(streamOf(state, stream), { phase: 'finished', status, ...counts });
  },
  'export.started': (state, { export: name, windows }) => {
    const line = exportOf(state, name);
    Object.assign(line, { phase: 'running', startedAt: state.now, planned: windows, bytes: 0 });
  },
  'export.progress': (state, { export: name, bytes }) => {
    exportOf(state, name).bytes = bytes;
  },
  'export.split': (state, { export: name }) => {
    const line = exportOf(state, name);
    line.planned = (line.planned ?? 0) + 1;
  },
  'export.window': (state, { export: name, rows, inserted, updated }) => {
    const line = exportOf(state, name);
    line.committed++;
    line.rows += rows;
    line.inserted += inserted;
    line.updated += updated;
  },
  'export.finished': (state, { export: name, status, rows, inserted, updated, deleted, bytes }) => {
    const counts = { rows, inserted, updated, deleted, bytes };
    Object.assign(exportOf(state, name), { phase: 'finished', status, ...counts });
  },
  'http.request': (state) => {
    state.requests++;
    const second = Math.floor(state.now / 1000);
    state.recent.set(second, (state.recent.get(second) ?? 0) + 1);
    for (const old of state.recent.keys()) if (old <= second - RATE_SECONDS) state.recent.delete(old);
  },
  'http.retry': (state) => {
    state.retries++;
  },
  'http.throttled': (state, { delayMs }) => {
    state.throttles++;
    state.throttledMs += delayMs;
  },
};

/** Adds one event. `state.now` must be set before. */
export function apply<N extends EventName>(state: ProgressState, name: N, fields: Events[N]): void {
  const reducer = REDUCERS[name] as ((state: ProgressState, fields: Events[N]) => void) | undefined;
  reducer?.(state, fields);
}

/** Requests per second over the last seconds, or since the start where that is less. */
export function requestRate(state: ProgressState): number {
  const since = Math.floor(state.now / 1000) - RATE_SECONDS;
  let count = 0;
  for (const [second, requests] of state.recent) if (second > since) count += requests;
  const seconds = Math.min(RATE_SECONDS, Math.max(1, (state.now - state.startedAt) / 1000));
  return count / seconds;
}

/** Partitions that are settled one way or another; a second listing counts partitions again, so never above the plan. */
export function settledPartitions({ committed, failed, skipped, planned }: StreamProgress): number {
  return Math.min(committed + failed + skipped, planned ?? Number.POSITIVE_INFINITY);
}

function exportOf(state: ProgressState, name: string): StreamProgress {
  return streamOf(state, `export ${name}`);
}

function streamOf(state: ProgressState, name: string): StreamProgress {
  const line = state.streams.get(name) ?? waiting(name);
  state.streams.set(name, line);
  return line;
}
