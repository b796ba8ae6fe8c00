/** OpenTelemetry traces of runs, sent by OTLP over HTTP. Nothing of it is loaded where no endpoint is set. */
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { EventBus } from '../../core/events/bus.ts';
import { version } from '../../core/version.ts';
import { within } from '../../core/within.ts';

export interface TracingOptions {
  /** The application's bus: it hears those of single runs, too. */
  readonly events: EventBus;
  /** `telemetry.traces_endpoint`: the collector; `/v1/traces` is appended where it is not there. */
  readonly endpoint: string;
  /** Takes secrets out of the texts of errors. */
  readonly redact: (text: string) => string;
  /** Name of this process, where several report to one collector. */
  readonly instance?: string;
  /** Organization of the runs, if there are several. */
  readonly organization?: string | undefined;
  /** Milliseconds for which `flush` and `close` wait for the collector; default 3 s. */
  readonly patienceMs?: number;
  /** Milliseconds for which spans are gathered before they are sent; default 2 s. */
  readonly delayMs?: number;
}

/** Traces that are being sent. No method throws, or waits longer than `patienceMs`. */
export interface Tracing {
  /** Traces what this bus tells, too, as runs of an organization, until the returned function is called. */
  follow(events: EventBus, organization: string): () => void;
  /** Sends what has ended. */
  flush(): Promise<void>;
  /** Stops listening, sends what has ended, and lets go. */
  close(): Promise<void>;
}

/** Spans that wait to be sent; what comes on top while the collector is slow or gone is dropped. */
const MOST_WAITING = 4096;
const BATCH = 512;
/** One attempt to deliver a batch, repetitions included. */
const EXPORT_MS = 5_000;
const PATIENCE_MS = 3_000;
const DELAY_MS = 2_000;
/** Longer texts are cut. */
const LONGEST_VALUE = 1_000;

/**
 * Traces from now on: a span for each run, below it one for each stream or export, below those one for each request.
 * A collector that is down is logged once (`traces.failed`), and slows nothing down.
 *
 * @example
 * const { tracesEndpoint: endpoint } = app.config.telemetry;
 * const tracing = endpoint === undefined ? undefined : await openTracing({ ...app, endpoint });
 */
export async function openTracing(options: TracingOptions): Promise<Tracing> {
  const { events, endpoint, redact, instance, organization } = options;
  const { patienceMs = PATIENCE_MS, delayMs = DELAY_MS } = options;
  const [
    { BatchSpanProcessor, TracerProvider },
    { OTLPTraceExporter },
    { resourceFromAttributes },
    { traceEvents },
  ] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
    import('./spans.ts'),
  ]);
  const exporter = telling(
    new OTLPTraceExporter({ url: tracesUrl(endpoint), timeoutMillis: EXPORT_MS }),
    (error) => events.emit('traces.failed', { error: redact(error) }),
  );
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': 'sigma-sync',
      'service.version': version,
      ...(instance === undefined ? {} : { 'service.instance.id': instance }),
    }),
    spanLimits: { attributeValueLengthLimit: LONGEST_VALUE },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        maxQueueSize: MOST_WAITING,
        maxExportBatchSize: BATCH,
        scheduledDelayMillis: delayMs,
      }),
    ],
  });
  const tracer = provider.getTracer('sigma-sync', version);
  const stop = traceEvents(events, { tracer, redact, organization });
  return {
    follow: (bus, name) => traceEvents(bus, { tracer, redact, organization: name }),
    flush: async () => void (await within(provider.forceFlush(), patienceMs)),
    async close() {
      stop();
      await within(provider.shutdown(), patienceMs);
    },
  };
}

/** The address for traces: the variable that names a collector names its root. */
export function tracesUrl(endpoint: string): string {
  const url = new URL(endpoint);
  if (!url.pathname.endsWith('/v1/traces')) url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/traces`;
  return url.href;
}

/**
 * An exporter that never fails: it reports the first batch it can't deliver, and then none until one was delivered.
 */
function telling(exporter: SpanExporter, tell: (error: string) => void): SpanExporter {
  let isFailing = false;
  return {
    export(spans: ReadableSpan[], done) {
      exporter.export(spans, ({ code, error }) => {
        // 0 is success.
        if (code !== 0 && !isFailing)
          tell(error?.message || error?.name || 'The collector did not take them.');
        isFailing = code !== 0;
        done({ code: 0 });
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  };
}
