/** Many organizations on many processes: one plans, others work, and a worker that dies or hangs is replaced. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import { schemasFor } from '../../src/state/schemas.ts';
import { scratchFolder } from '../support/cli.ts';
import { openTestDatabase } from '../support/database.ts';
import { documentedQueueSql } from '../support/documented-sql.ts';
import { startCli } from '../support/start-cli.ts';
import { differences } from '../support/truth.ts';

const NAMES = ['acme', 'beta', 'coral', 'delta'];

/** The query by which the autoscaler of the example decides. */
function scalingQuery(): string {
  const file = join(import.meta.dirname, '../../deploy/kubernetes/overlays/fleet/scaledobject.yaml');
  const [, scaled] = parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS());
  return scaled.spec.triggers[0].metadata.query as string;
}

/** Organizations that take some seconds each, and a settings file for them. */
async function startRig(cwd: string, latencyMs: number) {
  const test = await openTestDatabase({ migrated: false });
  const simulators = await Promise.all(
    NAMES.map((_, seed) =>
      startSimulator({
        organization: { seed, workbooks: 12 + seed, members: 8 + seed },
        clientId: `client-${seed}`,
        clientSecret: `secret-of-${seed}-0123456789`,
        latencyMs,
      }),
    ),
  );
  const entry = (name: string, { url, clientId, clientSecret }: Simulator) => ({
    name,
    sigma: { base_url: url, client_id: clientId, client_secret: clientSecret, concurrency: 2 },
  });
  const settings = (entries: readonly object[]): void =>
    writeFileSync(join(cwd, 'settings.yaml'), stringify({ organizations: entries }));
  settings(simulators.map((simulator, index) => entry(NAMES[index] ?? '', simulator)));
  const cli = (...args: string[]) =>
    startCli(['--config', 'settings.yaml', ...args], {
      ...{ cwd, env: { DATABASE_URL: test.url ?? '', SIGMA_SYNC_PORT: '0' } },
    });
  const rows = (sql: string): Promise<Record<string, unknown>[]> =>
    test.database.session((session) => session.query(sql));
  return {
    ...{ test, simulators, cli, rows },
    /** The organizations whose tables are not their simulator's truth. */
    async wrong(): Promise<string[]> {
      const found = await Promise.all(
        simulators.map(({ organization }, index) =>
          differences(test.database, schemasFor(`sigma_${NAMES[index]}`), organization),
        ),
      );
      return found.flat();
    },
    runs: (status: string): Promise<Record<string, unknown>[]> =>
      rows(
        NAMES.map(
          (name) =>
            `select '${name}' as name, run_id from sigma_${name}_sync.runs where status = '${status}'`,
        ).join(' union all '),
      ).catch(() => []),
    async [Symbol.asyncDispose]() {
      for (const simulator of simulators) await simulator.close();
      await test.close();
    },
  };
}

it('a worker that is killed and one that hangs are replaced within a minute, and nothing is done by two', async () => {
  using folder = scratchFolder();
  await using rig = await startRig(folder.path, 60);
  await using planner = rig.cli('start');
  await planner.event('fleet.planned', {
    matches: ({ firstLoads, schedules }) => firstLoads === NAMES.length && schedules === NAMES.length,
  });

  await using killed = rig.cli('worker', '--concurrency', '1');
  await using halted = rig.cli('worker', '--concurrency', '1');
  const running = [killed, halted].map((worker) => worker.event('run.started'));
  const [first, second] = await Promise.all(running);
  expect(first?.['organization']).not.toBe(second?.['organization']);
  await Promise.all([killed, halted].map((worker) => worker.event('stream.finished')));
  killed.signal('SIGKILL');
  halted.signal('SIGSTOP');
  const stoppedAt = Date.now();

  await using worker = rig.cli('worker', '--concurrency', '2');
  for (const lost of [first, second])
    await worker.event('run.started', {
      matches: ({ organization }) => organization === lost?.['organization'],
      withinMs: 60_000 - (Date.now() - stoppedAt),
    });
  // It wakes up while another worker does its job: its transactions are gone, and the fence keeps it from others.
  halted.signal('SIGCONT');
  await expect.poll(async () => (await rig.runs('complete')).length, { timeout: 120_000 }).toBe(NAMES.length);
  expect(await rig.runs('interrupted')).toHaveLength(2);
  expect(await rig.wrong()).toEqual([]);
  // The planner makes the views a while after the last load.
  await expect
    .poll(
      () => rig.rows('select organization from sigma_all.organization group by 1 order by 1').catch(String),
      {
        timeout: 120_000,
        interval: 500,
      },
    )
    .toEqual(NAMES.map((organization) => ({ organization })));
  expect(await rig.rows('select organization from sigma_all.organization group by 1 order by 1')).toEqual(
    NAMES.map((organization) => ({ organization })),
  );
  const [name = ''] = NAMES;
  const { url } = await planner.event('service.started');
  // The page shows what it read last, and reads the next state meanwhile.
  await expect
    .poll(async () => (await fetch(String(url))).text(), { timeout: 60_000, interval: 1000 })
    .toContain(`${NAMES.length} of ${NAMES.length} fresh`);
  const site = await (await fetch(`${url}/o/${name}/`)).text();
  const [, subject = '', token = ''] =
    /actions\/run"><input type="hidden" name="subject" value="([^"]+)"><input type="hidden" name="token" value="([^"]+)"/.exec(
      site,
    ) ?? [];
  const asked = await fetch(`${url}/o/${name}/actions/run`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: String(url) },
    body: new URLSearchParams({ subject, token }),
  });
  expect([asked.status, asked.headers.get('location')]).toEqual([303, `/o/${name}/?done=run`]);
  await expect
    .poll(async () => (await rig.runs('complete')).length, { timeout: 60_000 })
    .toBe(NAMES.length + 1);
  const documented = documentedQueueSql();
  expect(documented).toHaveLength(3);
  for (const { sql } of documented) await rig.rows(sql);
  // A job ends a moment after its run.
  await expect.poll(() => rig.rows(scalingQuery()), { timeout: 60_000 }).toEqual([{ count: '0' }]);
  const said = [planner, killed, halted, worker].map((one) => one.stderr() + one.stdout()).join('');
  expect(said).not.toMatch(/secret-of-\d/);
  worker.signal('SIGTERM');
  expect((await worker.ended).code).toBe(0);
}, 300_000);
