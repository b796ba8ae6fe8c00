/** Metrics and health of planners, workers, and many organizations in one process, as whole processes. */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import { scratchFolder } from '../support/cli.ts';
import { openTestDatabase } from '../support/database.ts';
import { seriesOf } from '../support/scrape.ts';
import { type RunningCli, startCli } from '../support/start-cli.ts';

const NAMES = ['acme', 'beta'];
const WAIT = { timeout: 90_000, interval: 500 };

async function startRig(cwd: string, more: object = {}) {
  const test = await openTestDatabase({ migrated: false });
  const simulators = await Promise.all(
    NAMES.map((_, seed) =>
      startSimulator({
        organization: { seed, workbooks: 4, members: 5 },
        clientId: `client-${seed}`,
        clientSecret: `secret-of-${seed}-0123456789`,
      }),
    ),
  );
  const entry = ({ url, clientId, clientSecret }: Simulator, index: number) => ({
    name: NAMES[index],
    sigma: { base_url: url, client_id: clientId, client_secret: clientSecret },
  });
  const settings = {
    service: { port: 0, jitter_seconds: 0, spread_minutes: 0 },
    sync: { streams: ['members', 'workbooks'] },
    analytics: { enabled: false },
    ...more,
    organizations: simulators.map(entry),
  };
  writeFileSync(join(cwd, 'settings.yaml'), stringify(settings));
  return {
    cli: (...args: string[]) =>
      startCli(['--config', 'settings.yaml', ...args], { cwd, env: { DATABASE_URL: test.url ?? '' } }),
    async [Symbol.asyncDispose]() {
      for (const simulator of simulators) await simulator.close();
      await test.close();
    },
  };
}

/** Asks the listener of a process. @param started line of the log that has its address */
async function listenerOf(process: RunningCli, started = 'service.started') {
  const { url } = await process.event(started, {
    matches: (line) => line['url'] !== undefined,
    withinMs: 60_000,
  });
  const ask = async (path: string) => {
    const answer = await fetch(`${url}${path}`);
    return { status: answer.status, body: await answer.text() };
  };
  return { url: String(url), ask, series: async () => seriesOf((await ask('/metrics')).body) };
}

it('a planner and a worker say how they are, and what they did for each organization', async () => {
  const batches: string[] = [];
  const collector = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      batches.push(Buffer.concat(chunks).toString('latin1'));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((done) => collector.listen(0, '127.0.0.1', done));
  const { port } = collector.address() as AddressInfo;
  using folder = scratchFolder();
  await using rig = await startRig(folder.path, {
    telemetry: { traces_endpoint: `http://127.0.0.1:${port}` },
  });
  try {
    await using planner = rig.cli('start');
    const plans = await listenerOf(planner);
    await expect.poll(() => plans.ask('/healthz'), WAIT).toEqual({ status: 200, body: '{"status":"ok"}' });
    await expect
      .poll(async () => (await plans.series()).get('sigma_sync_queue_jobs{state="waiting"}'), WAIT)
      .toBe(2);
    expect((await plans.series()).get('sigma_sync_organization_never_read{organization="acme"}')).toBe(2);
    expect((await plans.series()).get('sigma_sync_queue_processes{kind="worker"}')).toBe(0);

    await using worker = rig.cli('worker', '--port', '0');
    const works = await listenerOf(worker, 'probes.started');
    await expect.poll(() => works.ask('/healthz'), WAIT).toEqual({ status: 200, body: '{"status":"ok"}' });
    for (const name of NAMES)
      await expect.poll(async () => (await works.series()).get(runsOf(name)), WAIT).toBe(1);
    await expect
      .poll(async () => {
        const series = await plans.series();
        return NAMES.map((name) => series.get(`sigma_sync_organization_never_read{organization="${name}"}`));
      }, WAIT)
      .toEqual([0, 0]);
    const series = await plans.series();
    expect(series.get('sigma_sync_organization_last_run_failed{organization="beta"}')).toBe(0);
    expect(series.get('sigma_sync_queue_processes{kind="worker"}')).toBe(1);
    expect(series.get('sigma_sync_database_reachable')).toBe(1);
    expect([...series.keys()].filter((key) => /stream=/.test(key))).toEqual([]);

    // Spans of both organizations reach the collector.
    await expect
      .poll(
        () =>
          NAMES.every((name) =>
            batches.some((batch) => batch.includes('sigma_sync.organization') && batch.includes(name)),
          ),
        WAIT,
      )
      .toBe(true);
    worker.signal('SIGTERM');
    planner.signal('SIGTERM');
    expect((await worker.ended).code).toBe(0);
    expect((await planner.ended).code).toBe(0);
    expect(batches.join('')).not.toContain('secret-of');
  } finally {
    collector.close();
  }
}, 300_000);

const runsOf = (name: string): string =>
  `sigma_sync_runs_total{organization="${name}",command="sync",status="complete"}`;

it('many organizations in one process share one listener; a port that is taken stops nobody', async () => {
  using folder = scratchFolder();
  await using rig = await startRig(folder.path);
  await using fleet = rig.cli('start', '--in-process');
  const { url, ask, series } = await listenerOf(fleet);
  await expect.poll(() => ask('/healthz'), WAIT).toEqual({ status: 200, body: '{"status":"ok"}' });
  for (const name of NAMES) {
    await expect.poll(async () => (await series()).get(runsOf(name)), WAIT).toBe(1);
    await expect
      .poll(
        async () => (await series()).get(`sigma_sync_organization_never_read{organization="${name}"}`),
        WAIT,
      )
      .toBe(0);
    expect((await series()).get(`sigma_sync_service_leader{organization="${name}"}`)).toBe(1);
  }
  expect([...(await series()).keys()].filter((key) => key.includes('queue_jobs'))).toEqual([]);

  await using worker = rig.cli('worker', '--port', new URL(url).port);
  const { error } = await worker.event('probes.failed', { withinMs: 60_000 });
  expect(error).toContain(`port ${new URL(url).port}`);
  worker.signal('SIGTERM');
  expect((await worker.ended).code).toBe(0);
  fleet.signal('SIGTERM');
  expect((await fleet.ended).code).toBe(0);
}, 300_000);
