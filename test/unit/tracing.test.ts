import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { EventBus, type Events } from '../../src/core/events/bus.ts';
import { redact } from '../../src/core/logging/redact.ts';
import { openTracing, type Tracing, tracesUrl } from '../../src/operations/tracing/open-tracing.ts';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '../support/otlp-receiver.ts';

const CANARY = 'canary-5ecret';

async function open(
  endpoint: string,
  options: { events?: EventBus; delayMs?: number; patienceMs?: number } = {},
): Promise<Tracing & { events: EventBus; failures: string[] }> {
  const events = options.events ?? new EventBus();
  const failures: string[] = [];
  events.on('traces.failed', ({ error }) => failures.push(error));
  const tracing = await openTracing({
    ...{ endpoint, delayMs: 20, instance: 'host-1' },
    ...options,
    events,
    redact: (text) => redact(text, [CANARY]),
  });
  return { ...tracing, events, failures };
}

const started = (runId: string, command = 'sync'): Events['run.started'] => ({
  ...{ runId, command, trigger: 'schedule', schedule: 'nightly' },
  ...{ streams: ['members'], full: false, resumedFrom: undefined },
});
const finished = (stream: string, error?: string): Events['stream.finished'] => ({
  ...{
    stream,
    status: error === undefined ? 'complete' : 'failed',
    mode: 'full',
    partitions: 2,
    partitionsFailed: 1,
  },
  ...{ requests: 3, read: 4, inserted: 5, updated: 6, unchanged: 7, deleted: 8, error },
});
const request = (changes: Partial<Events['http.request']> = {}): Events['http.request'] => ({
  ...{ stream: 'members', method: 'GET', path: '/v2/members', status: 200 },
  ...{ attempt: 1, durationMs: 250, requestId: 'req-1', ...changes },
});

function only(receiver: OtlpReceiver, name: string): ReceivedSpan {
  const found = receiver.spans.filter((span) => span.name === name);
  expect(found, name).toHaveLength(1);
  return found[0] as ReceivedSpan;
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('a run', () => {
  it('is a span with streams, exports and their requests below it', async () => {
    await using receiver = await startOtlpReceiver();
    const tracing = await open(receiver.url);
    const bus = tracing.events.child();
    bus.emit('run.started', started('run-1'));
    bus.emit('http.request', request({ stream: undefined, method: 'POST', path: '/v2/auth/token' }));
    bus.emit('stream.started', { stream: 'members' });
    bus.emit('http.request', request({ path: `/v2/members?limit=1000&page=${CANARY}` }));
    bus.emit('http.request', request({ path: '/v2/workbooks/w1/pages', status: 503, attempt: 3 }));
    bus.emit('http.request', request({ status: undefined, requestId: undefined }));
    bus.emit('stream.finished', finished('members'));
    bus.emit('stream.finished', finished('never begun'));
    bus.emit('run.finished', { runId: 'run-1', status: 'partial', durationMs: 1 });
    bus.emit('run.started', { ...started('run-2', 'export'), schedule: undefined });
    bus.emit('export.started', { export: 'orders', table: 't', mode: 'append', windows: 1 });
    bus.emit(
      'http.request',
      request({ stream: 'export orders', method: 'POST', path: '/v2/workbooks/w/export' }),
    );
    bus.emit('run.finished', { runId: 'run-2', status: 'interrupted', durationMs: 1 });
    await tracing.close();

    expect(receiver.paths.every((path) => path === '/v1/traces')).toBe(true);
    expect(receiver.resources[0]).toMatchObject({
      'service.name': 'sigma-sync',
      'service.instance.id': 'host-1',
    });
    const run = only(receiver, 'run sync');
    expect(run.parentSpanId).toBeUndefined();
    expect(run.attributes).toEqual({
      'sigma_sync.run_id': 'run-1',
      'sigma_sync.command': 'sync',
      'sigma_sync.trigger': 'schedule',
      'sigma_sync.schedule': 'nightly',
      'sigma_sync.full': false,
      'sigma_sync.status': 'partial',
    });
    const stream = only(receiver, 'stream members');
    expect([stream.parentSpanId, stream.traceId]).toEqual([run.spanId, run.traceId]);
    expect(stream.attributes).toMatchObject({ 'sigma_sync.partitions_failed': 1, 'sigma_sync.inserted': 5 });
    const token = only(receiver, 'POST /v2/auth/token');
    expect(token.parentSpanId).toBe(run.spanId);
    const retried = only(receiver, 'GET /v2/workbooks/{id}/pages');
    expect(retried).toMatchObject({ parentSpanId: stream.spanId, traceId: run.traceId, kind: 3 });
    expect(retried.status.code).toBe(2);
    expect(retried.attributes).toEqual({
      'http.request.method': 'GET',
      'url.template': '/v2/workbooks/{id}/pages',
      'http.response.status_code': 503,
      'http.request.resend_count': 2,
      'sigma_sync.stream': 'members',
      'sigma_sync.attempt': 3,
      'sigma_sync.request_id': 'req-1',
      'error.type': '503',
    });
    expect(retried.endMs - retried.startMs).toBe(250);
    const pages = receiver.spans.filter(({ name }) => name === 'GET /v2/members');
    expect(pages.map(({ attributes }) => attributes['error.type'])).toEqual([undefined, 'no answer']);
    const exports = only(receiver, 'run export');
    expect(exports.traceId).not.toBe(run.traceId);
    const exported = only(receiver, 'export orders');
    expect(exported.parentSpanId).toBe(exports.spanId);
    expect(only(receiver, 'POST /v2/workbooks/{id}/export').parentSpanId).toBe(exported.spanId);
    expect(receiver.spans.map(({ name }) => name)).not.toContain('stream never begun');
    expect(receiver.bodies.join()).not.toContain(CANARY);
    expect(tracing.failures).toEqual([]);
  });

  it('has its errors, without secrets and without what was asked for', async () => {
    await using receiver = await startOtlpReceiver();
    const tracing = await open(receiver.url);
    const { events } = tracing;
    const error = `Sigma answered 500: ${CANARY} (GET /v2/members?limit=9&page=next-page, status 500) Bearer abcdef`;
    events.emit('run.started', started('r'));
    events.emit('stream.started', { stream: 'members' });
    events.emit('partition.failed', { stream: 'members', partition: 'p7', error, requestId: 'req-9' });
    events.emit('http.request', request({ requestId: `x${CANARY}`.padEnd(5000, 'y') }));
    events.emit('stream.finished', finished('members', error));
    events.emit('run.finished', { runId: 'r', status: 'failed', durationMs: 1 });
    await tracing.close();
    const stream = only(receiver, 'stream members');
    expect(stream.status).toMatchObject({
      code: 2,
      message: 'Sigma answered 500: [redacted] (GET /v2/members, status 500) Bearer [redacted]',
    });
    expect(stream.events.map(({ name }) => name)).toEqual(['partition.failed', 'exception']);
    expect(stream.events[0]?.attributes).toMatchObject({ partition: 'p7', request_id: 'req-9' });
    expect(only(receiver, 'run sync').status.code).toBe(2);
    expect(String(only(receiver, 'GET /v2/members').attributes['sigma_sync.request_id'])).toHaveLength(1000);
    expect(receiver.bodies.join()).not.toMatch(/canary|next-page|abcdef/);
  });

  it('does not mix with another that is under way, and ends with the process', async () => {
    await using receiver = await startOtlpReceiver();
    const tracing = await open(receiver.url);
    const [one, other] = [tracing.events.child(), tracing.events.child()];
    one.emit('run.started', started('a'));
    other.emit('run.started', started('b', 'backfill'));
    for (const bus of [one, other]) bus.emit('stream.started', { stream: 'members' });
    one.emit('http.request', request());
    other.emit('http.request', request({ path: '/v2/teams' }));
    await tracing.close();
    const traceOf = (name: string): string => only(receiver, name).traceId;
    expect(traceOf('GET /v2/members')).toBe(traceOf('run sync'));
    expect(traceOf('GET /v2/teams')).toBe(traceOf('run backfill'));
    expect(receiver.spans).toHaveLength(6);
  });
});

describe('a collector', () => {
  it('that is down is told once, slows nothing down, and is told again after it was up', async () => {
    const events = new EventBus();
    let receiver = await startOtlpReceiver();
    const { url } = receiver;
    const port = Number(new URL(url).port);
    await receiver[Symbol.asyncDispose]();
    const tracing = await open(url, { events, patienceMs: 200 });
    events.emit('run.started', started('r'));
    const began = performance.now();
    // Far more than the queue holds.
    for (let i = 0; i < 20_000; i++) events.emit('http.request', request());
    expect(performance.now() - began).toBeLessThan(60_000);
    await expect.poll(() => tracing.failures, { timeout: 20_000 }).toHaveLength(1);
    expect(tracing.failures[0]).toMatch(/ECONNREFUSED|refused/i);
    const closing = performance.now();
    await tracing.flush();
    expect(performance.now() - closing).toBeLessThan(8_000);
    expect(tracing.failures).toHaveLength(1);

    receiver = await startOtlpReceiver(port);
    try {
      await sleep(50);
      events.emit('http.request', request());
      await expect.poll(() => receiver.spans.length, { timeout: 20_000 }).toBeGreaterThan(0);
      receiver.status = 400;
      events.emit('http.request', request());
      await expect.poll(() => tracing.failures.length, { timeout: 20_000 }).toBe(2);
    } finally {
      await tracing.close();
      await receiver[Symbol.asyncDispose]();
    }
  }, 60_000);

  it('that never answers keeps nobody from ending', async () => {
    await using receiver = await startOtlpReceiver();
    receiver.status = undefined;
    const tracing = await open(receiver.url, { patienceMs: 100 });
    tracing.events.emit('http.request', request());
    const began = performance.now();
    await tracing.flush();
    await tracing.close();
    expect(performance.now() - began).toBeLessThan(8_000);
  });

  it('gets the headers of OTEL_EXPORTER_OTLP_HEADERS', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'authorization=Bearer%20collector-token');
    await using receiver = await startOtlpReceiver();
    const tracing = await open(`${receiver.url}/`);
    tracing.events.emit('http.request', request());
    await tracing.close();
    expect(receiver.headers[0]?.authorization).toBe('Bearer collector-token');
  });
});

it('finds the address for traces', () => {
  expect(tracesUrl('http://localhost:4318')).toBe('http://localhost:4318/v1/traces');
  expect(tracesUrl('https://otlp.example.com/otlp/')).toBe('https://otlp.example.com/otlp/v1/traces');
  expect(tracesUrl('http://localhost:4318/v1/traces')).toBe('http://localhost:4318/v1/traces');
});

it('is not loaded by whoever does not open it', () => {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    await import('./src/operations/tracing/open-tracing.ts');
    process.stdout.write(JSON.stringify(loaded.filter((url) => url.includes('opentelemetry') || url.includes('spans'))));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: join(import.meta.dirname, '../..'),
    encoding: 'utf8',
  });
  expect(stdout, stderr).toBe('[]');
});
