/** Counts what the event bus tells. */
import type { EventBus, EventName, Events } from '../../core/events/bus.ts';
import { areaOf, endpointOf } from '../../extractors/endpoint.ts';
import type { RunStatus } from '../../state/run-types.ts';
import type { Instruments } from './instruments.ts';

const RUN_STATUSES: readonly RunStatus[] = ['complete', 'partial', 'failed', 'interrupted'];

/** Counts from now on until the returned function is called. */
export function countEvents(events: EventBus, into: Instruments): () => void {
  /** Runs under way. */
  const running = new Map<string, { readonly command: string; readonly schedule: string }>();
  const stops: (() => void)[] = [];
  const on = <N extends EventName>(name: N, listener: (fields: Events[N]) => void): void => {
    stops.push(events.on(name, listener));
  };

  on('http.request', ({ path, method, status, durationMs }) => {
    const endpoint = endpointOf(path);
    into.requests.inc({ endpoint, method, status: statusLabel(status) });
    into.requestSeconds.observe({ area: areaOf(endpoint) }, durationMs / 1000);
  });
  on('http.retry', ({ status }) => into.retries.inc({ status: statusLabel(status) }));
  on('http.throttled', ({ lane, delayMs }) => into.throttled.inc({ lane }, delayMs / 1000));
  on('token.minted', () => into.tokens.inc());

  on('page.read', ({ stream, rows }) => into.entries.inc({ stream }, rows));
  on('batch.committed', ({ stream, inserted, updated, unchanged }) => {
    into.rows.inc({ stream, operation: 'insert' }, inserted);
    into.rows.inc({ stream, operation: 'update' }, updated);
    into.rows.inc({ stream, operation: 'unchanged' }, unchanged);
  });
  // Only the end of a stream knows of the rows that followed the tombstones of their parents.
  on('stream.finished', ({ stream, deleted }) => into.rows.inc({ stream, operation: 'delete' }, deleted));
  on('partition.failed', ({ stream }) => into.partitionFailures.inc({ stream }));
  on('entry.rejected', ({ stream }) => into.rejected.inc({ stream }));
  on('schema.drift', ({ stream }) => into.drift.inc({ stream }));
  on('deletion.guarded', ({ stream }) => into.guard.inc({ stream }));

  on('export.window', (fields) => {
    into.exportRows.inc({ export: fields.export }, fields.rows);
    into.exportBytes.inc({ export: fields.export }, fields.bytes);
  });
  // Only the first rows that were rejected have an event of their own.
  on('export.finished', (fields) => into.exportRejected.inc({ export: fields.export }, fields.rejected));
  on('export.drift', (fields) => into.exportDrift.inc({ export: fields.export }));

  on('run.started', ({ runId, command, schedule = '' }) => {
    const labels = { command, schedule };
    running.set(runId, labels);
    into.running.inc(labels);
    expectRuns(into, command, schedule);
  });
  on('run.finished', ({ runId, status, durationMs }) => {
    const labels = running.get(runId);
    // A run that began before we listened.
    if (labels === undefined) return;
    running.delete(runId);
    into.running.dec(labels);
    into.runs.inc({ ...labels, status });
    into.runSeconds.observe({ command: labels.command }, durationMs / 1000);
    for (const one of RUN_STATUSES) into.lastRun.set({ ...labels, status: one }, one === status ? 1 : 0);
  });

  on('lease.acquired', () => into.leader.set(1));
  on('lease.lost', () => into.leader.set(0));
  on('page.served', ({ status }) => into.pages.inc({ status: statusLabel(status) }));

  return () => {
    for (const stop of stops) stop();
  };
}

/** Counters that are 0 before anything happens: Prometheus does not see an increase from nothing. */
export function expectStream(into: Instruments, stream: string): void {
  for (const counter of [into.partitionFailures, into.rejected, into.drift, into.guard])
    counter.inc({ stream }, 0);
}

/** As `expectStream`, for an export. */
export function expectExport(into: Instruments, name: string): void {
  for (const counter of [into.exportRejected, into.exportDrift]) counter.inc({ export: name }, 0);
}

/** As `expectStream`, for runs of a command. */
export function expectRuns(into: Instruments, command: string, schedule: string): void {
  for (const status of RUN_STATUSES) into.runs.inc({ command, schedule, status }, 0);
}

/** A status is what a server says: what is none does not get a series of its own. */
function statusLabel(status: number | undefined): string {
  if (status === undefined) return 'none';
  return Number.isInteger(status) && status >= 100 && status <= 599 ? String(status) : 'other';
}
