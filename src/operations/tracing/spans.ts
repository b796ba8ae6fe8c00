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

/** How the spans of a bus are made. */
export interface SpanOptions {
  readonly tracer: Tracer;
  readonly redact: (text: string) => string;
  /** Organization of the runs, if there are several. */
  readonly organization?: string | undefined;
}

/** Traces from now on until the returned function is called, which ends what is under way. */
export function traceEvents(events: EventBus, { tracer, redact, organization }: SpanOptions): () => void {
  const runs = new Map<string, OpenRun>();
  const spans = new Spans(tracer, redact);

  function endStream(run: OpenRun | undefined, name: string, attributes: Attributes, error?: string): void {
    const stream = run?.streams.get(name);
    // A stream that was skipped ends without ever having begun.
    if (stream === undefined) return;
    run?.streams.delete(name);
    spans.end(stream, attributes, error);
  }

  function endRun(run: OpenRun, attributes: Attributes, error?: string): void {
    for (const stream of run.streams.values()) spans.end(stream);
    spans.end(run, attributes, error);
  }

  const handlers: { readonly [N in EventName]?: (fields: Events[N], run: OpenRun | undefined) => void } = {
    'run.started': ({ runId, command, trigger, schedule, full, resumedFrom }) => {
      const attributes = prefixed({ organization, runId, command, trigger, schedule, full, resumedFrom });
      runs.set(runId, { ...spans.open(`run ${command}`, attributes, ROOT_CONTEXT), streams: new Map() });
    },
    'run.finished': ({ runId, status }) => {
      const run = runs.get(runId);
      if (run === undefined) return;
      runs.delete(runId);
      endRun(run, prefixed({ status }), status === 'failed' ? 'The run failed.' : undefined);
    },
    'stream.started': ({ stream }, run) =>
      run?.streams.set(stream, spans.open(`stream ${stream}`, prefixed({ stream }), run.context)),
    'stream.finished': ({ stream, error, ...counts }, run) => endStream(run, stream, prefixed(counts), error),
    'export.started': (fields, run) => {
      const name = `export ${fields.export}`;
      run?.streams.set(name, spans.open(name, prefixed(fields), run.context));
    },
    'export.finished': ({ export: name, error, durationMs: _, ...counts }, run) =>
      endStream(run, `export ${name}`, prefixed(counts), error),
    'http.request': (fields, run) => {
      const parent = run?.streams.get(fields.stream ?? '') ?? run;
      spans.request(fields, parent?.context ?? ROOT_CONTEXT);
    },
    'partition.failed': ({ stream, partition, error, requestId: request_id }, run) =>
      note('partition.failed', run?.streams.get(stream), {
        partition,
        error: spans.clean(error),
        request_id,
      }),
    'deletion.guarded': ({ stream, rows, of }, run) =>
      note('deletion.guarded', run?.streams.get(stream), { rows, of }),
    'schema.drift': ({ stream, field, expected, received, count }, run) =>
      note('schema.drift', run?.streams.get(stream), { field, expected, received, count }),
  };

  const stop = events.onAny((name, fields, { runId }) => {
    const handle = handlers[name] as
      | ((fields: Events[EventName], run: OpenRun | undefined) => void)
      | undefined;
    handle?.(fields, runId === undefined ? undefined : runs.get(runId));
  });
  return () => {
    stop();
    for (const run of runs.values()) endRun(run, {});
    runs.clear();
  };
}

/** Opens and ends the spans of a tracer. Their errors hold no secrets. */
class Spans {
  readonly #tracer: Tracer;
  readonly #redact: (text: string) => string;

  constructor(tracer: Tracer, redact: (text: string) => string) {
    this.#tracer = tracer;
    this.#redact = redact;
  }

  /** A text of an error names the path it came from; what is asked for there is nobody's business. */
  clean(text: string): string {
    return this.#redact(text.replace(/(\/v\d[^\s?,)"']*)\?[^\s,)"']*/g, '$1'));
  }

  open(name: string, attributes: Attributes, parent: Context): Open {
    const span = this.#tracer.startSpan(name, { attributes: defined(attributes) }, parent);
    return { span, context: trace.setSpan(parent, span) };
  }

  end({ span }: Open, attributes: Attributes = {}, error?: string): void {
    span.setAttributes(defined(attributes));
    if (error !== undefined) {
      span.recordException({ name: 'Error', message: this.clean(error) });
      span.setStatus({ code: SpanStatusCode.ERROR, message: this.clean(error) });
    }
    span.end();
  }

  /** A span of a request; the request is reported when it is over. */
  request(fields: Events['http.request'], parent: Context): void {
    const { stream, method, path, status, attempt, durationMs, requestId } = fields;
    const template = endpointOf(path);
    const now = Date.now();
    const attributes = defined({
      'http.request.method': method,
      'url.template': template,
      'http.response.status_code': status,
      // The first attempt has no such count.
      'http.request.resend_count': attempt > 1 ? attempt - 1 : undefined,
      'sigma_sync.stream': stream,
      'sigma_sync.attempt': attempt,
      'sigma_sync.request_id': requestId === undefined ? undefined : this.#redact(requestId),
    });
    const span = this.#tracer.startSpan(
      `${method} ${template}`,
      { kind: SpanKind.CLIENT, attributes, startTime: new Date(now - durationMs) },
      parent,
    );
    if (status === undefined || status >= 400) {
      span.setAttributes({ 'error.type': status === undefined ? 'no answer' : String(status) });
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end(new Date(now));
  }
}

/** Adds an event to the span of a stream. */
function note(name: EventName, stream: Open | undefined, attributes: Attributes): void {
  stream?.span.addEvent(name, defined(attributes));
}

/** `partitionsFailed` → `sigma_sync.partitions_failed`. */
function prefixed(fields: Readonly<Record<string, string | number | boolean | undefined>>): Attributes {
  const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [`sigma_sync.${snake(name)}`, value]),
  );
}

function defined(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
