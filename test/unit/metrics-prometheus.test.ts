/** A real Prometheus, where one is installed, with the example configuration, the rules and the dashboard. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventBus } from '../../src/core/events/bus.ts';
import { type Metrics, openMetrics } from '../../src/operations/metrics/open-metrics.ts';
import { schemasFor } from '../../src/state/schemas.ts';

const DEPLOY = join(import.meta.dirname, '../../deploy');
const TOKEN = 'a-token-of-at-least-16-characters';

const installed = spawnSync('prometheus', ['--version']).status === 0;
if (!installed) console.warn('metrics-prometheus.test.ts is skipped: Prometheus is not installed');

interface Answer {
  readonly status: string;
  readonly data: {
    readonly result?: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value: [number, string];
    }[];
    readonly activeTargets?: readonly { readonly health: string; readonly lastError: string }[];
    readonly groups?: readonly { readonly rules: readonly { readonly health: string }[] }[];
  };
}

describe.skipIf(!installed)('Prometheus', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sigma-sync-prometheus-'));
  let page: Server;
  let metrics: Metrics;
  let prometheus: ChildProcess;
  let output = '';
  let api = '';

  const ask = async (path: string): Promise<Answer> =>
    (await (await fetch(`${api}/api/v1/${path}`)).json()) as Answer;
  const query = (expr: string): Promise<Answer> => ask(`query?query=${encodeURIComponent(expr)}`);

  beforeAll(async () => {
    const events = new EventBus();
    metrics = openMetrics({
      ...{
        events,
        schemas: () => schemasFor('sigma'),
        database: () => Promise.reject(new Error('not here')),
      },
      watched: () => ({
        streams: ['members'],
        exports: ['orders'],
        schedules: ['nightly'],
        targetSeconds: () => 1,
      }),
    });
    for (const status of [200, 200, 429])
      events.emit('http.request', {
        ...{ stream: 'members', method: 'GET', path: '/v2/members?limit=1', status },
        ...{ attempt: 1, durationMs: 5, requestId: undefined },
      });
    page = createServer(async (request, response) => {
      if (request.headers.authorization !== `Bearer ${TOKEN}`) return response.writeHead(401).end();
      const { contentType, body } = await metrics.expose();
      response.writeHead(200, { 'content-type': contentType }).end(body);
    });
    const port = await listen(page);
    const free = createServer();
    const apiPort = await listen(free);
    await new Promise((resolve) => free.close(resolve));
    api = `http://127.0.0.1:${apiPort}`;
    const example = readFileSync(join(DEPLOY, 'prometheus/prometheus.yml'), 'utf8');
    const config = example
      .replace('/etc/prometheus/sigma-sync.token', 'token')
      .replace('127.0.0.1:8080', `127.0.0.1:${port}`)
      .replaceAll('interval: 30s', 'interval: 1s');
    writeFileSync(join(folder, 'prometheus.yml'), config);
    writeFileSync(join(folder, 'token'), `${TOKEN}\n`);
    copyFileSync(join(DEPLOY, 'prometheus/alerts.yml'), join(folder, 'alerts.yml'));
    const flags = [
      '--config.file=prometheus.yml',
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${apiPort}`,
    ];
    prometheus = spawn('prometheus', flags, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    prometheus.stderr?.on('data', (chunk) => {
      output += chunk;
    });
    const health = (): Promise<string | undefined> =>
      ask('targets').then(
        ({ data }) => data.activeTargets?.[0]?.health,
        () => undefined,
      );
    for (let tries = 0; tries < 240 && (await health()) !== 'up'; tries++) await sleep(250);
  }, 90_000);

  afterAll(async () => {
    if (prometheus !== undefined) {
      const gone = new Promise((resolve) => prometheus.once('exit', resolve));
      prometheus.kill('SIGTERM');
      await gone;
    }
    page?.closeAllConnections();
    page?.close();
    metrics?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('scrapes with the token and finds what was counted', async () => {
    const { data } = await query('sum by (endpoint, status) (sigma_sync_requests_total)');
    const found = data.result?.map(({ metric, value }) => [metric['endpoint'], metric['status'], value[1]]);
    expect(found?.sort(), output).toEqual([
      ['/v2/members', '200', '2'],
      ['/v2/members', '429', '1'],
    ]);
    expect((await query('sigma_sync_database_reachable')).data.result?.[0]?.value[1]).toBe('0');
  });

  it('evaluates every rule', async () => {
    const rules = readFileSync(join(DEPLOY, 'prometheus/alerts.yml'), 'utf8').match(/^ +- alert: /gm) ?? [];
    expect(rules.length).toBeGreaterThan(11);
    await expect
      .poll(
        async () =>
          (await ask('rules')).data.groups?.flatMap(({ rules }) => rules.map(({ health }) => health)),
        {
          timeout: 120_000,
        },
      )
      .toEqual(rules.map(() => 'ok'));
  });

  it('answers every panel of the dashboard', async () => {
    const dashboard = JSON.parse(readFileSync(join(DEPLOY, 'grafana/sigma-sync.json'), 'utf8')) as {
      panels: { title: string; targets?: { expr: string }[] }[];
    };
    for (const { title, targets = [] } of dashboard.panels)
      for (const { expr } of targets) {
        const { status } = await query(expr.replaceAll('$__rate_interval', '5m').replaceAll('$job', '.+'));
        expect(status, `${title}: ${expr}`).toBe('success');
      }
  });
});

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
