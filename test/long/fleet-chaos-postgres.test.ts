/**
 * Many organizations in chaos: workers and planners are killed and halted at random, the database restarts, and a tenth of
 * the credentials is revoked for a while. In the end every table is right, and no organization was loaded by two at once.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { beforeAll, expect, it } from 'vitest';
import { startSimulator } from '../../simulator/server.ts';
import { Random } from '../../simulator/store/random.ts';
import { openPostgres } from '../../src/core/database/postgres.ts';
import { schemasFor } from '../../src/state/schemas.ts';
import { scratchFolder } from '../support/cli.ts';
import { startPrivatePostgres } from '../support/postgres-server.ts';
import { CORE } from '../support/rig.ts';
import build from '../support/setup-e2e.ts';
import { type RunningCli, startCli } from '../support/start-cli.ts';
import { differences } from '../support/truth.ts';

const ORGANIZATIONS = 10;
const WORKERS = 3;
const STEPS = 8;
const STEP_MS = 5000;
/** Beyond the patience of the queue, so that a halted worker has lost its job by then. */
const HALTED_MS = 30_000;
const NAMES = Array.from({ length: ORGANIZATIONS }, (_, i) => `tenant_${i}`);
const secretOf = (i: number): string => `secret-of-${i}-0123456789`;

beforeAll(build);

it('every table is right in the end, and no organization was loaded by two at once', async () => {
  const [seed = 1] = fc.sample(fc.integer({ min: 1, max: 1_000_000 }), 1);
  console.log(`chaos of seed ${seed}`);
  const random = new Random(seed, 'chaos');
  using folder = scratchFolder();
  await using server = await startPrivatePostgres({ settings: ['max_connections=250'] });
  await using simulators = new AsyncDisposableStack();
  const fleet = await Promise.all(
    NAMES.map(async (_, i) =>
      simulators.use(
        await startSimulator({
          organization: { seed: seed + i, workbooks: 4 + (i % 3), members: 5 },
          ...{ clientId: `client-${i}`, clientSecret: secretOf(i), latencyMs: 20 },
        }),
      ),
    ),
  );
  const settings = {
    database: { connections: 6 },
    sync: { streams: CORE.map(({ name }) => name) },
    analytics: { enabled: false },
    service: { jitter_seconds: 0 },
    schedules: [{ name: 'often', cron: '* * * * *', full: true }],
    organizations: fleet.map(({ url, clientId, clientSecret }, i) => ({
      name: NAMES[i],
      sigma: { base_url: url, client_id: clientId, client_secret: clientSecret },
    })),
  };
  writeFileSync(join(folder.path, 'settings.yaml'), stringify(settings));

  await using processes = new AsyncDisposableStack();
  const killed = new Set<RunningCli>();
  const ofItself: string[] = [];
  let isOver = false;
  const start = (...args: string[]): RunningCli => {
    const env = { DATABASE_URL: server.url };
    const child = processes.use(startCli(['--config', 'settings.yaml', ...args], { cwd: folder.path, env }));
    void child.ended.then(({ code, stderr }) => {
      if (!killed.has(child) && !isOver)
        ofItself.push(`${args[0]} ended with ${code}: ${stderr.slice(-500)}`);
    });
    return child;
  };
  const kinds = { planner: () => start('start'), worker: () => start('worker', '--concurrency', '2') };
  const alive = {
    planner: [kinds.planner(), kinds.planner()],
    worker: Array.from({ length: WORKERS }, kinds.worker),
  };
  const database = openPostgres({ url: server.url });
  processes.defer(() => database.close());
  const rows = (sql: string): Promise<Record<string, unknown>[]> =>
    database.session((session) => session.query(sql));

  await alive.planner[0]?.event('fleet.planned', { withinMs: 60_000 });
  fleet[0]?.rotateSecret('another-secret-0123456789');
  const twice: unknown[] = [];
  const watching = watch(async () => {
    const sql = `select group_id from sigma_jobs.job where name = 'runs' and state = 'active' group by 1 having count(*) > 1`;
    twice.push(...(await rows(sql).catch(() => [])));
  });
  const halted: Promise<void>[] = [];
  for (let step = 0; step < STEPS; step++) {
    await sleep(STEP_MS);
    for (const { organization } of fleet) organization.mutate(1);
    if (step === STEPS / 2) {
      await server.stop();
      await sleep(2000);
      await server.start();
      continue;
    }
    const kind = random.next() < 0.25 ? 'planner' : 'worker';
    const victim = alive[kind].splice(random.below(alive[kind].length), 1)[0];
    alive[kind].push(kinds[kind]());
    if (victim === undefined) continue;
    if (random.next() < 0.5) {
      killed.add(victim);
      victim.signal('SIGKILL');
    } else {
      victim.signal('SIGSTOP');
      halted.push(sleep(HALTED_MS).then(() => victim.signal('SIGCONT')));
    }
  }
  fleet[0]?.rotateSecret(secretOf(0));
  await Promise.all(halted);
  const calmAt = new Date().toISOString();

  await expect
    .poll(() => rows(unread(calmAt)).catch(String), { timeout: 150_000, interval: 1000 })
    .toEqual([]);
  await watching.stop();
  isOver = true;
  const wrong = await Promise.all(
    fleet.map(({ organization }, i) =>
      differences(database, schemasFor(`sigma_${NAMES[i]}`), organization, CORE),
    ),
  );
  expect(wrong.flat()).toEqual([]);
  expect(twice).toEqual([]);
  expect(await rows(overlapping())).toEqual([]);
  expect(ofItself).toEqual([]);
  const [jobs] = await rows(`select count(*)::integer as taken from sigma_jobs.job where retry_count > 0`);
  expect(jobs?.['taken']).toBeGreaterThan(0);
}, 330_000);

/** Organizations without a run that began after this moment and is complete. */
function unread(after: string): string {
  const each = NAMES.map(
    (name) => `select '${name}' as name where not exists (
      select from sigma_${name}_sync.runs where status = 'complete' and started_at > '${after}')`,
  );
  return each.join(' union all ');
}

/** Runs that changed rows after another run of the organization had begun, by the change log. */
function overlapping(): string {
  const each = NAMES.map(
    (name) => `select '${name}' as name, a.run_id, b.run_id as later, count(*)::integer as changes
      from sigma_${name}_sync.runs a join sigma_${name}_sync.runs b on b.started_at > a.started_at
      join sigma_${name}_sync.changes c on c.run_id = a.run_id
     where c.changed_at > b.started_at group by 2, 3`,
  );
  return each.join(' union all ');
}

/** Does something twice a second until it is stopped. */
function watch(look: () => Promise<void>) {
  let isDone = false;
  const done = (async () => {
    while (!isDone) {
      await look();
      await sleep(500);
    }
  })();
  return {
    stop: async (): Promise<void> => {
      isDone = true;
      await done;
    },
  };
}
