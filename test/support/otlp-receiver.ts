/** A collector of traces: takes OTLP over HTTP as JSON, and keeps what came. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as it came over the wire. */
export interface ReceivedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly kind: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly {
    readonly name: string;
    readonly attributes: Readonly<Record<string, unknown>>;
  }[];
  /** 2 is an error. */
  readonly status: { readonly code?: number; readonly message?: string };
}

/** See {@link startOtlpReceiver}. */
export interface OtlpReceiver extends AsyncDisposable {
  readonly url: string;
  readonly spans: ReceivedSpan[];
  readonly resources: Readonly<Record<string, unknown>>[];
  /** Everything that came, as text. */
  readonly bodies: string[];
  readonly paths: string[];
  readonly headers: IncomingHttpHeaders[];
  /** Answer of the requests to come; undefined = none, ever. */
  status: number | undefined;
}

interface WireAttribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface WireSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly WireAttribute[];
  readonly events?: readonly { readonly name: string; readonly attributes: readonly WireAttribute[] }[];
  readonly status: { readonly code?: number; readonly message?: string };
}

interface WireTraces {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly WireAttribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[];
  }[];
}

/** Starts one on a port of its own, or on `port`. */
export async function startOtlpReceiver(port = 0): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const resources: Readonly<Record<string, unknown>>[] = [];
  const bodies: string[] = [];
  const paths: string[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      if (receiver.status === undefined) return;
      if (receiver.status === 200) {
        bodies.push(body);
        paths.push(request.url ?? '');
        headers.push(request.headers);
        for (const { resource, scopeSpans } of (JSON.parse(body) as WireTraces).resourceSpans) {
          resources.push(valuesOf(resource.attributes));
          spans.push(...scopeSpans.flatMap((scope) => scope.spans.map(received)));
        }
      }
      response.writeHead(receiver.status, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const receiver: OtlpReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ spans, resources, bodies, paths, headers, status: 200 },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  return receiver;
}

function received(span: WireSpan): ReceivedSpan {
  const { name, traceId, spanId, kind, status, events = [] } = span;
  return {
    ...{ name, traceId, spanId, kind, status },
    parentSpanId: span.parentSpanId === '' ? undefined : span.parentSpanId,
    startMs: Number(BigInt(span.startTimeUnixNano) / 1_000_000n),
    endMs: Number(BigInt(span.endTimeUnixNano) / 1_000_000n),
    attributes: valuesOf(span.attributes),
    events: events.map((event) => ({ name: event.name, attributes: valuesOf(event.attributes) })),
  };
}

function valuesOf(attributes: readonly WireAttribute[]): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => {
      const [[kind, inner] = ['', undefined]] = Object.entries(value);
      return [key, kind === 'intValue' ? Number(inner) : inner];
    }),
  );
}
