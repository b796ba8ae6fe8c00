/** Traces of real runs: complete where the collector answers, and no trouble where it does not. */
import { expect, it } from 'vitest';
import { openTracing } from '../../src/operations/tracing/open-tracing.ts';
import { startOtlpReceiver } from '../support/otlp-receiver.ts';
import { CORE, startRig } from '../support/rig.ts';

const ORGANIZATION = { seed: 6, workbooks: 40, members: 20, teams: 4, grants: 100 };

it('a sync is one trace: each stream once, each request below its stream, nothing of the credentials', async () => {
  await using receiver = await startOtlpReceiver();
  await using rig = await startRig({ organization: ORGANIZATION });
  const tracing = await openTracing({
    events: rig.events,
    endpoint: receiver.url,
    redact: (text) => text,
    delayMs: 50,
  });
  rig.simulator.faults.inject({ kinds: ['503'], rate: 0.1, seed: 1 });
  const report = await rig.sync();
  await tracing.close();

  const { spans } = receiver;
  const [run, ...others] = spans.filter(({ name }) => name === 'run sync');
  expect(others).toEqual([]);
  expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([run?.traceId]));
  const streams = spans.filter(({ name }) => name.startsWith('stream '));
  expect(streams.map(({ name }) => name).sort()).toEqual(CORE.map(({ name }) => `stream ${name}`).sort());
  expect(new Set(streams.map(({ parentSpanId }) => parentSpanId))).toEqual(new Set([run?.spanId]));
  for (const { name, requests } of report.streams) {
    const stream = streams.find((span) => span.name === `stream ${name}`);
    expect(
      spans.filter(({ parentSpanId }) => parentSpanId === stream?.spanId),
      name,
    ).toHaveLength(requests);
  }
  const requests = spans.filter(({ kind }) => kind === 3);
  expect(requests).toHaveLength(report.requests);
  const failed = requests.filter(({ attributes }) => Number(attributes['http.response.status_code']) >= 429);
  expect(failed).toHaveLength(report.retries);
  expect(requests.filter(({ attributes }) => attributes['url.template'] === 'other')).toEqual([]);
  for (const secret of [
    rig.simulator.clientId,
    rig.simulator.clientSecret,
    'Bearer',
    '?limit',
    'skipPermissionCheck',
  ])
    expect(receiver.bodies.join()).not.toContain(secret);
});

it('a sync goes on as ever while the collector hangs', async () => {
  await using receiver = await startOtlpReceiver();
  receiver.status = undefined;
  await using rig = await startRig({ organization: ORGANIZATION });
  const failures: string[] = [];
  rig.events.on('traces.failed', ({ error }) => failures.push(error));
  const tracing = await openTracing({
    ...{ events: rig.events, endpoint: receiver.url, redact: (text: string) => text },
    ...{ delayMs: 1, patienceMs: 50 },
  });
  await rig.sync();
  expect(await rig.differences()).toEqual([]);
  await tracing.close();
  await expect.poll(() => failures.length, { timeout: 15_000 }).toBe(1);
});
