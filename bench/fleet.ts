/**
 * Many organizations: how much more several workers do than one, how long it takes to plan a thousand organizations, and what
 * the processes cost while there is nothing to do. Whole processes, and simulators in processes of their own.
 */
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadFleet } from '../src/config/load-config.ts';
import { openPostgres } from '../src/core/database/postgres.ts';
import { openFleet } from '../src/fleet/open-fleet.ts';
import { placesOf } from '../src/fleet/places.ts';
import { newcomersOf, plan } from '../src/operations/fleet/plan.ts';
import { openQueue } from '../src/operations/fleet/queue.ts';
import { readOrganizations } from '../src/operations/metrics/fleet-figures.ts';
import { openFleetMetrics } from '../src/operations/metrics/open-fleet-metrics.ts';
import buildIfStale from '../test/support/setup-e2e.ts';
import type { RunningCli } from '../test/support/start-cli.ts';
import { benchmark, unless, whole } from './support/flags.ts';
import { cpuSeconds } from './support/node-child.ts';
import { type Figures, fixed, note, percent, print, printMachine, printTable } from './support/output.ts';
import {
  machineSeconds,
  nameOf,
  type SimulatedFleet,
  startFleetCli,
  startSimulatedFleet,
  writeFleet,
} from './support/simulated-fleet.ts';
import { openTargets, type Target, type Targets } from './support/target.ts';
import { median } from './support/timing.ts';

const flags = benchmark(
  'fleet',
  'First loads of many organizations by one worker and by several; the planning of a thousand; the cost of idle processes.',
  '--organizations 16 --workbooks 50 --idle-seconds 20',
  {
    organizations: whole('organizations', 100, { least: 2, most: 1000 }),
    workbooks: whole('workbooks of each', 100),
    workers: whole('workers that are measured against one', 4, { least: 2, most: 32 }),
    concurrency: whole('organizations that a worker works on at once', 1, { most: 64 }),
    requests: whole('requests of an organization under way at once (`sigma.concurrency`)', 4, { most: 64 }),
    latency: whole('time of an answer in milliseconds', 50, { least: 0, unit: 'ms' }),
    simulators: whole('processes of simulators', 2, { most: 16 }),
    rounds: whole('rounds of one worker and of several, in turn', 1, { most: 20 }),
    planned: whole('organizations that are planned', 1000, { most: 10_000 }),
    idleSeconds: whole('seconds of looking at idle processes', 60),
    loads: unless('leave the first loads out'),
  },
);

/** Longest time for one organization: on a busy machine, too. */
const PATIENCE_MS = 600_000;
/** An idle process is looked at once its start is over. */
const SETTLE_MS = 10_000;
/** Scrapes that are timed; the first one also computes the limits of the settings. */
const SCRAPES = 5;

/** Time and processor time of some workers for all organizations. */
interface Taken {
  readonly seconds: number;
  readonly workerCpu: number;
  readonly simulatorCpu: number;
  /** Share of the machine's processors that were at work, for any process. */
  readonly busy: number;
  readonly machine: number;
}

const timeOf = (line: { readonly time: string } | undefined): number => Date.parse(line?.time ?? '');

/** Has so many workers load all organizations into an empty database. @throws Error where one of them fails */
async function load(targets: Targets, fleet: SimulatedFleet, workers: number): Promise<Taken> {
  await using target = await targets.open();
  writeFleet(target, fleet.places, flags.requests);
  await using planner = startFleetCli(target, 'start');
  await planner.event('fleet.planned', { withinMs: PATIENCE_MS });
  planner.signal('SIGTERM');
  await planner.ended;
  const started = Array.from({ length: workers }, () =>
    startFleetCli(target, 'worker', '--concurrency', String(flags.concurrency)),
  );
  try {
    await Promise.all(started.map((worker) => worker.event('run.started', { withinMs: PATIENCE_MS })));
    const before = { simulators: fleet.cpu(), machine: machineSeconds() };
    await untilLoaded(started, fleet.places.length);
    const after = machineSeconds();
    const all = after.all - before.machine.all;
    const workerCpu = started.reduce((sum, { pid }) => sum + (cpuSeconds(pid) ?? Number.NaN), 0);
    const begun = Math.min(...started.map((worker) => timeOf(worker.all('run.started')[0])));
    const ended = Math.max(...started.map((worker) => timeOf(worker.all('run.finished').at(-1))));
    return {
      seconds: (ended - begun) / 1000,
      ...{ workerCpu, simulatorCpu: fleet.cpu() - before.simulators },
      ...{ busy: (after.busy - before.machine.busy) / all, machine: after.busy - before.machine.busy },
    };
  } finally {
    for (const worker of started) await worker[Symbol.asyncDispose]();
  }
}

/** @throws Error with the line of a run that was not complete */
async function untilLoaded(workers: readonly RunningCli[], organizations: number): Promise<void> {
  for (;;) {
    const ended = workers.flatMap((worker) => worker.all('run.finished'));
    const unwell = ended.find(({ status }) => status !== 'complete');
    if (unwell !== undefined) throw new Error(`a run failed: ${JSON.stringify(unwell)}`);
    if (ended.length >= organizations) return;
    await sleep(200);
  }
}

async function measureLoads(targets: Targets): Promise<void> {
  const { organizations, workbooks, latency: latencyMs, simulators: processes, workers } = flags;
  await using fleet = await startSimulatedFleet({ organizations, workbooks, latencyMs, processes });
  const sides = [1, workers].map((count) => ({ count, taken: [] as Taken[] }));
  for (let round = 0; round < flags.rounds; round++) {
    for (const { count, taken } of sides) {
      const one = await load(targets, fleet, count);
      taken.push(one);
      note(`${count} workers: ${fixed(one.seconds)} s, load ${fixed(loadavg()[0] ?? Number.NaN)}`);
    }
  }
  const of = (taken: readonly Taken[], key: keyof Taken): number => median(taken.map((one) => one[key]));
  const alone = of(sides[0]?.taken ?? [], 'seconds');
  printTable(
    sides.map(({ count, taken }): Figures => {
      const seconds = of(taken, 'seconds');
      return {
        workers: count,
        seconds: fixed(seconds),
        'organizations a minute': fixed((60 * organizations) / seconds),
        throughput: `${fixed(alone / seconds, 2)} ×`,
        'CPU s each, workers': fixed(of(taken, 'workerCpu') / organizations, 2),
        simulators: fixed(of(taken, 'simulatorCpu') / organizations, 2),
        'whole machine': fixed(of(taken, 'machine') / organizations, 2),
        'processors busy': percent(of(taken, 'busy'), 1),
      };
    }),
  );
  print();
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
await using planned = await targets.open();
await measurePlans(planned);
await measureIdle(targets, planned);
await measureScrape(planned);
