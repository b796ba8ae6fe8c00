/** Counts what the event bus tells. */
import type { EventBus, EventName, Events } from '../../core/events/bus.ts';
import { areaOf, endpointOf } from '../../extractors/endpoint.ts';
import type { RunStatus } from '../../state/run-types.ts';
import { DETAIL, type PROCESS_METRICS } from './definitions.ts';
import type { Instruments } from './instruments.ts';

/** Instruments of what a process does. */
export type ProcessInstruments = Instruments<typeof PROCESS_METRICS>;

const RUN_STATUSES: readonly RunStatus[] = ['complete', 'partial', 'failed', 'interrupted'];

/** Counts from now on until the returned function is called. @param organization whose events they are, of several */
export function countEvents(events: EventBus, into: ProcessInstruments, organization?: string): () => void {
  /** Runs under way. */
  const running = new Map<string, { readonly command: string; readonly schedule: string }>();
  const of = labelsOf(organization);
  const stops: (() => void)[] = [];
  const on = <N extends EventName>(name: N, listener: (fields: Events[N]) => void): void => {
    stops.push(events.on(name, listener));
  };

  on('http.request', ({ path, method, status, durationMs }) => {
    const endpoint = endpointOf(path);
    into.requests.inc(of({ endpoint, method, status: statusLabel(status) }));
    into.requestSeconds.observe({ area: areaOf(endpoint) }, durationMs / 1000);
  });
  on('http.retry', ({ status }) => into.retries.inc(of({ status: statusLabel(status) })));
  on('http.throttled', ({ lane, delayMs }) => into.throttled.inc(of({ lane }), delayMs / 1000));
  on('token.minted', () => into.tokens.inc(of({})));

  on('page.read', ({ stream, rows }) => into.entries.inc(of({ stream }), rows));
  on('batch.committed', ({ stream, inserted, updated, unchanged }) => {
    into.rows.inc(of({ stream, operation: 'insert' }), inserted);
    into.rows.inc(of({ stream, operation: 'update' }), updated);
    into.rows.inc(of({ stream, operation: 'unchanged' }), unchanged);
  });
  // Only the end of a stream knows of the rows that followed the tombstones of their parents.
  on('stream.finished', ({ stream, deleted }) => into.rows.inc(of({ stream, operation: 'delete' }), deleted));
  on('partition.failed', ({ stream }) => into.partitionFailures.inc(of({ stream })));
  on('entry.rejected', ({ stream }) => into.rejected.inc(of({ stream })));
  on('schema.drift', ({ stream }) => into.drift.inc(of({ stream })));
  on('deletion.guarded', ({ stream }) => into.guard.inc(of({ stream })));

  on('export.window', (fields) => {
    into.exportRows.inc(of({ export: fields.export }), fields.rows);
    into.exportBytes.inc(of({ export: fields.export }), fields.bytes);
  });
  // Only the first rows that were rejected have an event of their own.
  on('export.finished', (fields) => into.exportRejected.inc(of({ export: fields.export }), fields.rejected));
  on('export.drift', (fields) => into.exportDrift.inc(of({ export: fields.export })));

  on('run.started', ({ runId, command, schedule = '' }) => {
    const labels = { command, schedule };
    running.set(runId, labels);
    into.running.inc(of(labels));
    expectRuns(into, labels, of);
  });
  on('run.finished', ({ runId, status, durationMs }) => {
    const labels = running.get(runId);
    // A run that began before we listened.
    if (labels === undefined) return;
    running.delete(runId);
    into.running.dec(of(labels));
    into.runs.inc(of({ ...labels, status }));
    into.runSeconds.observe(of({ command: labels.command }), durationMs / 1000);
    // The last run of an organization may be another worker's.
    if (organization !== undefined) return;
    for (const one of RUN_STATUSES) into.lastRun.set({ ...labels, status: one }, one === status ? 1 : 0);
  });

  on('lease.acquired', () => into.leader.set(of({}), 1));
  on('lease.lost', () => into.leader.set(of({}), 0));
  on('page.served', ({ status }) => into.pages.inc({ status: statusLabel(status) }));

  return () => {
    for (const stop of stops) stop();
    for (const labels of running.values()) into.running.dec(of(labels));
  };
}

/** Labels as an instrument gets them. */
export type Labels = (labels: Readonly<Record<string, string>>) => Record<string, string>;

/** With the organization in the place of details where there are several; else as they are. */
export function labelsOf(organization: string | undefined): Labels {
  if (organization === undefined) return (labels) => labels;
  return (labels) => ({
    organization,
    ...Object.fromEntries(Object.entries(labels).filter(([name]) => !DETAIL.has(name))),
  });
}

/** Counters that are 0 before anything happens: Prometheus does not see an increase from nothing. */
export function expectStream(into: ProcessInstruments, stream: string, of = labelsOf(undefined)): void {
  for (const counter of [into.partitionFailures, into.rejected, into.drift, into.guard])
    counter.inc(of({ stream }), 0);
}

/** As `expectStream`, for an export. */
export function expectExport(into: ProcessInstruments, name: string, of = labelsOf(undefined)): void {
  for (const counter of [into.exportRejected, into.exportDrift]) counter.inc(of({ export: name }), 0);
}

/** As `expectStream`, for runs of a command. */
export function expectRuns(
  into: ProcessInstruments,
  labels: { readonly command: string; readonly schedule: string },
  of = labelsOf(undefined),
): void {
  for (const status of RUN_STATUSES) into.runs.inc(of({ ...labels, status }), 0);
}

/** A status is what a server says: what is none does not get a series of its own. */
function statusLabel(status: number | undefined): string {
  if (status === undefined) return 'none';
  return Number.isInteger(status) && status >= 100 && status <= 599 ? String(status) : 'other';
}
