/** Repeated values in the example of Kubernetes agree, and its settings are settings. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { loadFleet } from '../../src/config/load-config.ts';
import { placesOf } from '../../src/fleet/places.ts';
import { PATIENCE_MS } from '../../src/operations/fleet/fleet-process.ts';

const FOLDER = join(import.meta.dirname, '../../deploy/kubernetes/overlays/fleet');
const read = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');
const documents = (name: string) =>
  parseAllDocuments(read(name)).map((document) => document.toJS({ mapAsMap: false }));

const [worker] = documents('worker.yaml');
const [planner] = documents('planner.yaml');
const [authentication, scaled] = documents('scaledobject.yaml');
const container = (deployment: typeof worker) => deployment.spec.template.spec.containers[0];

it('a pod has longer to end than a worker waits for its runs', () => {
  for (const { spec } of [worker, planner])
    expect(spec.template.spec.terminationGracePeriodSeconds * 1000).toBeGreaterThan(PATIENCE_MS);
});

it('the autoscaler reckons with what one worker takes', () => {
  expect(scaled.spec.scaleTargetRef.name).toBe(worker.metadata.name);
  const [trigger] = scaled.spec.triggers;
  expect(container(worker).args).toEqual(['worker', '--concurrency', trigger.metadata.targetQueryValue]);
  expect(trigger.authenticationRef.name).toBe(authentication.metadata.name);
  expect(container(planner).args).toEqual(['start']);
});

it('what its probes and Prometheus ask is what the processes listen on', () => {
  for (const [deployment, variable] of [
    [planner, 'SIGMA_SYNC_PORT'],
    [worker, 'SIGMA_SYNC_WORKER_PORT'],
  ] as const) {
    const { env, ports, livenessProbe, readinessProbe, startupProbe } = container(deployment);
    const set = Object.fromEntries(
      env.map(({ name, value }: { name: string; value: string }) => [name, value]),
    );
    expect(set).toMatchObject({ SIGMA_SYNC_HOST: '0.0.0.0', [variable]: String(ports[0].containerPort) });
    expect(deployment.spec.template.metadata.annotations['prometheus.io/port']).toBe(set[variable]);
    expect([startupProbe, livenessProbe].map(({ httpGet }) => httpGet)).toEqual([
      { path: '/healthz', port: ports[0].name },
      { path: '/healthz', port: ports[0].name },
    ]);
    expect(readinessProbe.httpGet).toEqual({ path: '/readyz', port: ports[0].name });
    // A restart of the database must not restart everything else.
    expect(livenessProbe.periodSeconds * livenessProbe.failureThreshold).toBeGreaterThanOrEqual(300);
    const folder = mkdtempSync(join(tmpdir(), 'sigma-sync-fleet-env-'));
    try {
      const token = join(folder, 'page-token');
      writeFileSync(token, 'a-token-of-16-characters');
      writeFileSync(join(folder, 'settings.yaml'), 'sigma: {region: aws-eu}\n');
      const changed = { ...set, SIGMA_SYNC_TOKEN_FILE: token };
      const { service } = loadFleet({ cwd: folder, env: changed, file: 'settings.yaml' }).base;
      expect(service).toMatchObject({ host: '0.0.0.0', token: 'a-token-of-16-characters' });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
});

it('its settings are those of several organizations, with secrets from files of the Secret', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sigma-sync-fleet-deploy-'));
  try {
    const secrets: string[] = [];
    const yaml = read('sigma-sync.yaml').replaceAll(
      /\/run\/secrets\/sigma-sync\/([\w-]+)/g,
      (_, name: string) => {
        secrets.push(name);
        const file = join(folder, name);
        writeFileSync(file, name === 'database-url' ? 'postgres://user:word@host/base' : `the ${name} of it`);
        return file;
      },
    );
    writeFileSync(join(folder, 'settings.yaml'), yaml);
    const fleet = loadFleet({ cwd: folder, env: {}, file: 'settings.yaml' });
    expect(placesOf(fleet).map(({ name }) => name)).toEqual(['acme', 'globex']);
    expect(secrets).toEqual(['database-url', 'acme-client-secret', 'globex-client-secret']);
    expect(scaled.spec.triggers[0].metadata.query).toContain(`${fleet.queue}.job`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
