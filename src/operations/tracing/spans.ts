/** Turns events into spans: a run, its streams and exports, their requests. Loaded only where traces are wanted. */
import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { EventBus, EventName, Events } from '../../core/events/bus.ts';
import { endpointOf } from '../../extractors/endpoint.ts';

/** A span under way, and the context of its children. */
interface Open {
  readonly span: Span;
  readonly context: Context;
}

/** A run under way. Exports are kept as their requests call them, `export orders`. */
interface OpenRun extends Open {
  readonly streams: Map<string, Open>;
}

/** Traces from now on until the returned function is called, which ends what is under way. */
export function traceEvents(events: EventBus, tracer: Tracer, redact: (text: string) => string): () => void {
  const runs = new Map<string, OpenRun>();
  /** A text of an error names the path it came from; what is asked for there is nobody's business. */
  const clean = (text: string): string => redact(text.replace(/(\/v\d[^\s?,)"']*)\?[^\s,)"']*/g, '$1'));

  function open(name: string, attributes: Attributes, parent: Context): Open {
    const span = tracer.startSpan(name, { attributes: defined(attributes) }, parent);
    return { span, context: trace.setSpan(parent, span) };
  }

  function end({ span }: Open, attributes: Attributes, error: string | undefined): void {
    span.setAttributes(defined(attributes));
    if (error !== undefined) {
      span.recordException({ name: 'Error', message: clean(error) });
      span.setStatus({ code: SpanStatusCode.ERROR, message: clean(error) });
    }
    span.end();
  }

  function openStream(run: OpenRun | undefined, name: string, attributes: Attributes): void {
    run?.streams.set(
      name,
      open(name.startsWith('export ') ? name : `stream ${name}`, attributes, run.context),
    );
  }

  function endStream(
    run: OpenRun | undefined,
    name: string,
    attributes: Attributes,
    error: string | undefined,
  ): void {
    const stream = run?.streams.get(name);
    // A stream that was skipped ends without ever having begun.
    if (stream === undefined) return;
    run?.streams.delete(name);
    end(stream, attributes, error);
  }

  function request(run: OpenRun | undefined, fields: Events['http.request']): void {
    const { stream, method, path, status, attempt, durationMs, requestId } = fields;
    const template = endpointOf(path);
    const now = Date.now();
    const attributes: Attributes = {
      'http.request.method': method,
      'url.template': template,
      'http.response.status_code': status,
      // Of the first attempt there is none.
      'http.request.resend_count': attempt > 1 ? attempt - 1 : undefined,
      'sigma_sync.stream': stream,
      'sigma_sync.attempt': attempt,
      'sigma_sync.request_id': requestId === undefined ? undefined : redact(requestId),
    };
    const parent = run?.streams.get(stream ?? '')?.context ?? run?.context ?? ROOT_CONTEXT;
    const span = tracer.startSpan(
      `${method} ${template}`,
      { kind: SpanKind.CLIENT, attributes: defined(attributes), startTime: new Date(now - durationMs) },
      parent,
    );
    if (status === undefined || status >= 400) {
      span.setAttributes({ 'error.type': status === undefined ? 'no answer' : String(status) });
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end(new Date(now));
  }

  /** What happened to a stream, as an event of its span. */
  function note(run: OpenRun | undefined, name: EventName, stream: string, attributes: Attributes): void {
    run?.streams.get(stream)?.span.addEvent(name, defined(attributes));
  }

  const handlers: { readonly [N in EventName]?: (fields: Events[N], run: OpenRun | undefined) => void } = {
    'run.started': ({ runId, command, trigger, schedule, full, resumedFrom }) => {
      const attributes = {
        'sigma_sync.run_id': runId,
        'sigma_sync.command': command,
        'sigma_sync.trigger': trigger,
        'sigma_sync.schedule': schedule,
        'sigma_sync.full': full,
        'sigma_sync.resumed_from': resumedFrom,
      };
      runs.set(runId, { ...open(`run ${command}`, attributes, ROOT_CONTEXT), streams: new Map() });
    },
    'run.finished': ({ runId, status }) => {
      const run = runs.get(runId);
      if (run === undefined) return;
      runs.delete(runId);
      for (const stream of run.streams.values()) end(stream, {}, undefined);
      end(run, { 'sigma_sync.status': status }, status === 'failed' ? 'The run failed.' : undefined);
    },
    'stream.started': ({ stream }, run) => openStream(run, stream, { 'sigma_sync.stream': stream }),
    'stream.finished': ({ stream, error, ...counts }, run) => endStream(run, stream, prefixed(counts), error),
    'export.started': ({ export: name, ...fields }, run) =>
      openStream(run, `export ${name}`, prefixed({ export: name, ...fields })),
    'export.finished': ({ export: name, error, durationMs: _, ...counts }, run) =>
      endStream(run, `export ${name}`, prefixed(counts), error),
    'http.request': (fields, run) => request(run, fields),
    'partition.failed': ({ stream, partition, error, requestId }, run) =>
      note(run, 'partition.failed', stream, { partition, error: clean(error), request_id: requestId }),
    'deletion.guarded': ({ stream, rows, of }, run) => note(run, 'deletion.guarded', stream, { rows, of }),
    'schema.drift': ({ stream, field, expected, received, count }, run) =>
      note(run, 'schema.drift', stream, { field, expected, received, count }),
  };

  const stop = events.onAny((name, fields, { runId }) => {
    const handle = handlers[name] as
      | ((fields: Events[EventName], run: OpenRun | undefined) => void)
      | undefined;
    handle?.(fields, runId === undefined ? undefined : runs.get(runId));
  });
  return () => {
    stop();
    for (const run of runs.values()) {
      for (const stream of run.streams.values()) end(stream, {}, undefined);
      end(run, {}, undefined);
    }
    runs.clear();
  };
}

/** `partitionsFailed` → `sigma_sync.partitions_failed`. */
function prefixed(fields: Readonly<Record<string, string | number | undefined>>): Attributes {
  const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [`sigma_sync.${snake(name)}`, value]),
  );
}

function defined(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
