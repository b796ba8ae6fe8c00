/**
 * Many organizations: how much more several workers do than one, how long it takes to plan a thousand organizations, and what
 * the processes cost while there is nothing to do. Whole processes, and simulators in processes of their own.
 */
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadFleet } from '../src/config/load-config.ts';
import type { Database } from '../src/core/database/database.ts';
import { openPostgres } from '../src/core/database/postgres.ts';
import { openFleet } from '../src/fleet/open-fleet.ts';
import { type Place, placesOf } from '../src/fleet/places.ts';
import { refreshViews } from '../src/fleet/views.ts';
import { newcomersOf, plan } from '../src/operations/fleet/plan.ts';
import { openQueue } from '../src/operations/fleet/queue.ts';
import { readOrganizations } from '../src/operations/metrics/fleet-figures.ts';
import { openFleetMetrics } from '../src/operations/metrics/open-fleet-metrics.ts';
import buildIfStale from '../test/support/setup-e2e.ts';
import { benchmark, unless, whole } from './support/flags.ts';
import { loadAll, PATIENCE_MS, type Taken } from './support/fleet-loads.ts';
import { makeOrganizations } from './support/fleet-views.ts';
import { cpuSeconds } from './support/node-child.ts';
import { type Figures, fixed, note, percent, print, printMachine, printTable } from './support/output.ts';
import { nameOf, startFleetCli, startSimulatedFleet, writeFleet } from './support/simulated-fleet.ts';
import { openDatabase, openTargets, type Target, type Targets } from './support/target.ts';
import { median } from './support/timing.ts';

const flags = benchmark(
  'fleet',
  'First loads of many organizations by one worker and by several, and what they take of the database; the views over all; the planning of a thousand; the cost of idle processes.',
  '--organizations 16 --workbooks 50 --idle-seconds 20',
  {
    organizations: whole('organizations', 100, { least: 2, most: 1000 }),
    workbooks: whole('workbooks of each', 100),
    workers: whole('workers that are measured against one', 4, { least: 2, most: 32 }),
    concurrency: whole('organizations that a worker works on at once', 1, { most: 64 }),
    requests: whole('requests of an organization under way at once (`sigma.concurrency`)', 2, { most: 64 }),
    streams: {
      ...{ placeholder: ' <names>', about: 'streams that are synced, or all' },
      fallback: 'members,teams,team_members,files,workbooks,workbook_pages,workbook_sources',
    },
    latency: whole('time of an answer in milliseconds', 50, { least: 0, unit: 'ms' }),
    simulators: whole('processes of simulators', 2, { most: 16 }),
    rounds: whole('rounds of one worker and of several, in turn', 1, { most: 20 }),
    planned: whole('organizations that are planned', 1000, { most: 10_000 }),
    views: whole('organizations for the views over all, 0 for none', 100, { least: 0, most: 1000 }),
    idleSeconds: whole('seconds of looking at idle processes', 60),
    loads: unless('leave the first loads out'),
  },
);

/** An idle process is looked at once its start is over. */
const SETTLE_MS = 10_000;
/** Scrapes that are timed; the first one also computes the limits of the settings. */
const SCRAPES = 5;

async function measureLoads(targets: Targets): Promise<void> {
  const { organizations, workbooks, latency: latencyMs, simulators: processes, workers } = flags;
  await using fleet = await startSimulatedFleet({ organizations, workbooks, latencyMs, processes });
  const sides = [1, workers].map((count) => ({ count, taken: [] as Taken[] }));
  const again: Taken[] = [];
  for (let round = 0; round < flags.rounds; round++) {
    for (const { count, taken } of sides) {
      await using target = await targets.open();
      const { concurrency, requests } = flags;
      const streams = flags.streams === 'all' ? undefined : flags.streams.split(',');
      const sizes = { workers: count, concurrency, requests, streams, again: count > 1 };
      const loaded = await loadAll(target, fleet, sizes);
      taken.push(loaded.first);
      if (loaded.again !== undefined) again.push(loaded.again);
      note(`${count} workers: ${fixed(loaded.first.seconds)} s, load ${fixed(loadavg()[0] ?? Number.NaN)}`);
    }
  }
  const alone = median((sides[0]?.taken ?? []).map(({ seconds }) => seconds));
  printLoads([
    ...sides.map((side) => ({ ...side, what: 'first load', base: alone })),
    { count: workers, taken: again, what: 'unchanged', base: Number.NaN },
  ]);
}

interface Side {
  readonly count: number;
  readonly taken: readonly Taken[];
  readonly what: string;
  /** Seconds that count as once the throughput. */
  readonly base: number;
}

function printLoads(sides: readonly Side[]): void {
  const of = (taken: readonly Taken[], key: keyof Taken): number => median(taken.map((one) => one[key]));
  const each = (taken: readonly Taken[], key: keyof Taken): number => of(taken, key) / flags.organizations;
  printTable(
    sides.map(({ count, taken, what, base }): Figures => {
      const seconds = of(taken, 'seconds');
      return {
        ...{ run: what, workers: count, seconds: fixed(seconds) },
        'organizations a minute': fixed((60 * flags.organizations) / seconds),
        throughput: Number.isNaN(base) ? '' : `${fixed(base / seconds, 2)} ×`,
        'processors busy': percent(of(taken, 'busy'), 1),
      };
    }),
  );
  print('\nOf one organization\n');
  printTable(
    sides.map(
      ({ count, taken, what }): Figures => ({
        ...{ run: what, workers: count, requests: fixed(each(taken, 'requests'), 0) },
        'WAL MB': fixed(each(taken, 'walBytes') / 1e6, 2),
        'CPU s, worker': fixed(each(taken, 'workerCpu'), 2),
        simulator: fixed(each(taken, 'simulatorCpu'), 2),
        'whole machine': fixed(each(taken, 'machine'), 2),
        'connections of a worker': fixed(of(taken, 'connections') / count, 1),
      }),
    ),
  );
  print();
}

/** Times a look at the views over all organizations, and counts the locks of a query on one. */
async function measureViews(targets: Targets): Promise<void> {
  await using target = await targets.open();
  const database = await openDatabase(target);
  const rows: Figures[] = [];
  try {
    let made = 0;
    for (const count of [40, 100, flags.views].filter((one) => one <= flags.views)) {
      const look = async (places: readonly Place[]): Promise<string> => {
        const started = performance.now();
        const { failed } = await refreshViews(async () => database, TOGETHER, places);
        if (failed.length > 0) throw new Error(JSON.stringify(failed[0]));
        return fixed((performance.now() - started) / 1000, 2);
      };
      if (count === made) continue;
      await look(await makeOrganizations(database, made, count - 1));
      const places = await makeOrganizations(database, count - 1, count);
      const newcomer = await look(places);
      await database.session((session) =>
        session.query(`alter table sigma_tenant_0.members add column more_${count} integer`),
      );
      rows.push({
        organizations: count,
        'one more organization, s': newcomer,
        'one table changed, s': await look(places),
        'nothing changed, s': await look(places),
        'locks of a query': await locksOfAQuery(database),
      });
      made = count;
    }
  } finally {
    await database.close();
  }
  print('Views over all organizations\n');
  printTable(rows);
  print();
}

const TOGETHER = 'sigma_all';

async function locksOfAQuery(database: Database): Promise<number> {
  return database.transaction(async (session) => {
    await session.query(`select count(*) from ${TOGETHER}.members`);
    const [row] = await session.query<{ count: number }>(
      `select count(*)::integer as count from pg_locks where pid = pg_backend_pid() and locktype = 'relation'`,
    );
    return row?.count ?? Number.NaN;
  });
}

/** Entries that lead nowhere: only their plan is of interest. */
const nowhere = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    base_url: `http://127.0.0.1:${10_000 + index}`,
    client_id: `client-${index}`,
    client_secret: `secret-of-${index}-0123456789`,
  }));

/** Times each step of the planner in this process, as `runPlanner` takes them. */
async function measurePlans(target: Target): Promise<void> {
  const rows: Figures[] = [];
  const time = async <T>(step: string, work: () => T | Promise<T>): Promise<T> => {
    const [started, before] = [performance.now(), process.cpuUsage()];
    const result = await work();
    const { user, system } = process.cpuUsage(before);
    const seconds = (performance.now() - started) / 1000;
    rows.push({ step, seconds: fixed(seconds, 2), 'CPU s': fixed((user + system) / 1e6, 2) });
    return result;
  };
  writeFleet(target, nowhere(flags.planned));
  const source = { cwd: target.folder, env: target.env, file: 'settings.yaml' };
  const config = await time('settings read', () => loadFleet(source));
  const fleet = await time('organizations opened', () => openFleet({ config }));
  const options = { name: 'bench', plans: false, concurrency: 1, onError: note };
  const boss = await time('queue opened, its tables made', () => openQueue(config, options));
  try {
    const database = await fleet.database();
    const newcomers = await time('newcomers found', () => newcomersOf(database, config));
    const planAll = (names: readonly string[]) => plan({ boss, database }, fleet.members, names);
    const first = await time('planned, all schedules new', () => planAll(newcomers));
    await time('planned again, nothing changed', () => planAll([]));
    const one = fleet.members.filter(({ name }) => name !== nameOf(0));
    await time('planned again, one organization less', () => plan({ boss, database }, one, []));
    if (first.firstLoads.length !== flags.planned) throw new Error('not all first loads were sent');
  } finally {
    await boss.stop({ graceful: false });
    await fleet.close();
  }
  print(`${flags.planned} organizations\n`);
  printTable(rows);
  print();
}

/** Processor time of a process that has nothing to do, in percent of one core. */
async function idle(target: Target, event: string, ...args: readonly string[]): Promise<Figures> {
  await using process = startFleetCli(target, ...args);
  await process.event(event, { withinMs: PATIENCE_MS });
  await sleep(SETTLE_MS);
  const before = cpuSeconds(process.pid) ?? Number.NaN;
  await sleep(flags.idleSeconds * 1000);
  const spent = (cpuSeconds(process.pid) ?? Number.NaN) - before;
  return {
    process: args.join(' '),
    'CPU s': fixed(spent, 2),
    'of a core': `${fixed((100 * spent) / flags.idleSeconds, 2)} %`,
  };
}

/** Tables that a scrape reads, each with a row or two, for every organization. */
const READ_TABLES = (schema: string): string => `
  create table "${schema}".exports (export text primary key, last_status text, last_success_at timestamptz);
  create table "${schema}".alerts (settled_at timestamptz);
  create table "${schema}".table_sizes (day date);
  create table "${schema}".streams (stream text primary key, last_status text, last_success_at timestamptz);
  insert into "${schema}".streams select 'stream ' || n, 'complete', now() from generate_series(1, 70) n;
  create table "${schema}".runs (command text, status text, started_at timestamptz, finished_at timestamptz);
  create index on "${schema}".runs (started_at);
  insert into "${schema}".runs select 'sync', 'complete', now() - n * interval '1 day', now() from generate_series(1, 400) n;
  analyze "${schema}".runs;`;

/** Times what a scrape of a planner reads and writes, with the tables of all organizations there. */
async function measureScrape(target: Target): Promise<void> {
  const config = loadFleet({ cwd: target.folder, env: target.env, file: 'settings.yaml' });
  const database = openPostgres({ url: config.base.database.url ?? '' });
  try {
    for (const { schemas } of placesOf(config)) {
      const sql = `create schema "${schemas.state}"; ${READ_TABLES(schemas.state)}`;
      await database.session((session) => session.query(sql));
    }
    const rows: Figures[] = [];
    for (let round = 0; round < SCRAPES; round++) {
      const [started, before] = [performance.now(), process.cpuUsage()];
      const read = await readOrganizations(database, config, Date.now());
      const readMs = performance.now() - started;
      const metrics = openFleetMetrics({ read: async () => ({ organizations: read }), patienceMs: 60_000 });
      const { body } = await metrics.expose();
      const { user, system } = process.cpuUsage(before);
      rows.push({
        scrape: round + 1,
        'read ms': fixed(readMs),
        'CPU ms, read and written': fixed((user + system) / 1000),
        series: body.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length,
        KiB: fixed(body.length / 1024),
      });
    }
    print(`Scrapes of ${flags.planned} organizations with tables\n`);
    printTable(rows);
    print();
  } finally {
    await database.close();
  }
}

async function measureIdle(targets: Targets, planned: Target): Promise<void> {
  await using target = await targets.open();
  writeFleet(target, nowhere(flags.planned));
  const rows = [
    await idle(target, 'probes.started', 'worker', '--port', '0'),
    await idle(target, 'probes.started', 'worker', '--port', '0', '--concurrency', '16'),
    await idle(planned, 'fleet.planned', 'start'),
  ];
  print(`Idle for ${flags.idleSeconds} s, ${flags.planned} organizations\n`);
  printTable(rows);
}

buildIfStale();
await using targets = await openTargets('postgres');
printMachine(targets.label);
print(
  `Load ${loadavg()
    .map((one) => fixed(one))
    .join(', ')}\n`,
);
if (flags.loads) await measureLoads(targets);
if (flags.views > 0) await measureViews(targets);
await using planned = await targets.open();
await measurePlans(planned);
await measureIdle(targets, planned);
await measureScrape(planned);
