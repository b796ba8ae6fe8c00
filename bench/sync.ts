/** Speed of a sync, first, unchanged and 1 % changed, over PostgreSQL and PGlite, and the parts of its time. */
import { writeFileSync } from 'node:fs';
import buildIfStale from '../test/support/setup-e2e.ts';
import { openWorks, syncWhole } from './support/engine.ts';
import { benchmark, on, text, unless, whole } from './support/flags.ts';
import { Meter, metered, STATEMENTS } from './support/meter.ts';
import { type Figures, fixed, note, percent, print, printMachine, printTable } from './support/output.ts';
import { PARTS, type Profile, startProfile } from './support/profile.ts';
import { type SimulatorProcess, startSimulatorProcess } from './support/simulated.ts';
import { openTargets, type Target, type TargetKind } from './support/target.ts';

const flags = benchmark(
  'sync',
  'First load, unchanged and 1 %-changed run of a simulated organization, and where the time goes.',
  '--workbooks 10000 --only postgres --profile',
  {
    workbooks: whole('workbooks', 2000, { least: 100 }),
    elements: whole('elements of all workbooks together', 6000, { least: 0 }),
    members: whole('members', 500),
    teams: whole('teams', 60, { least: 0 }),
    grants: whole('direct grants', 20_000, { least: 0 }),
    latency: whole('delay of every answer of the simulator', 0, { least: 0, most: 60_000, unit: 'ms' }),
    only: text('postgres or pglite; default both', 'kind'),
    log: unless('leave the change log out, to see what it costs'),
    profile: on('write a .cpuprofile of each phase and show the functions that take the most time'),
  },
);

const CONCURRENCY = 8;

interface Phase {
  readonly database: string;
  readonly name: string;
  readonly meter: Meter;
  readonly seconds: number;
  readonly rows: number;
  readonly changed: number;
  readonly simulatorCpu: number | undefined;
  readonly profile: Profile;
}

/** Runs the three phases against one database. */
async function measure(target: Target, simulator: SimulatorProcess, label: string): Promise<Phase[]> {
  await using works = await openWorks(target, simulator);
  const { app, database, client } = works;
  let meter = new Meter();
  const engine = {
    ...app.engine(database, client),
    database: metered(database, () => meter),
    history: { isLogged: () => flags.log, retentionMonths: 25 },
  };
  const phases: Phase[] = [];
  for (const name of ['first load', 'unchanged', '1 % changed']) {
    if (name === '1 % changed') await changeOnePercent(simulator);
    meter = new Meter();
    const stop = meter.listen(app.events);
    const stopProfile = await startProfile();
    const cpuBefore = simulator.cpu();
    const started = performance.now();
    const report = await syncWhole(engine);
    const seconds = (performance.now() - started) / 1000;
    const cpuAfter = simulator.cpu();
    const profile = await stopProfile();
    stop();
    const sum = (pick: (stream: (typeof report.streams)[number]) => number): number =>
      report.streams.reduce((total, stream) => total + pick(stream), 0);
    const rows = sum(({ read }) => read);
    const changed = sum((stream) => stream.inserted + stream.updated + stream.deleted);
    const simulatorCpu = cpuBefore === undefined || cpuAfter === undefined ? undefined : cpuAfter - cpuBefore;
    phases.push({ database: label, name, meter, seconds, rows, changed, simulatorCpu, profile });
    note(`${label}, ${name}: ${fixed(seconds)} s`);
  }
  return phases;
}

/** A new version of 1 % of the workbooks and another permission in 1 % of the grants. */
async function changeOnePercent(simulator: SimulatorProcess): Promise<void> {
  for (let i = 0; i < flags.workbooks / 100; i++) await simulator.mutate({ op: 'publishVersion' });
  for (let i = 0; i < flags.grants / 100; i++) await simulator.mutate({ op: 'changePermission' });
}

function speed({ database, name, meter, seconds, rows, changed }: Phase, first: Phase | undefined): Figures {
  return {
    database,
    run: name,
    seconds: fixed(seconds, 2),
    'of first': first === undefined ? '' : percent(seconds, first.seconds),
    requests: meter.requests,
    'requests/s': Math.round(meter.requests / seconds),
    read: rows,
    'rows/s': Math.round(rows / seconds),
    changed,
  };
}

/** Shares of the wall time; they overlap, because everything goes on side by side. */
function waiting({ database, name, meter, seconds, profile, simulatorCpu }: Phase): Figures {
  return {
    database,
    run: name,
    'thread busy': percent(profile.busy, 1),
    'simulator busy': simulatorCpu === undefined ? '' : percent(simulatorCpu, seconds),
    'database busy': percent(meter.databaseSeconds, seconds),
    [`requests under way (of ${CONCURRENCY})`]: fixed(meter.httpSeconds / seconds),
    'ms per request': fixed((1000 * meter.httpSeconds) / meter.requests),
    'ms per commit': fixed((1000 * meter.commitSeconds) / meter.commits),
  };
}

function byShare<K extends string>(phase: Phase, kinds: readonly K[], share: (kind: K) => string): Figures {
  return {
    database: phase.database,
    run: phase.name,
    ...Object.fromEntries(kinds.map((kind) => [kind, share(kind)])),
  };
}

function printProfile({ database, name, profile }: Phase): void {
  const path = `sync-${database}-${name.replace(/\W+/g, '-')}.cpuprofile`;
  writeFileSync(path, profile.json);
  print(`\n${database}, ${name}: ${path}\n`);
  printTable(
    profile.top.map((spot) => ({ self: percent(spot.share, 1), function: spot.name, where: spot.place })),
  );
}

const kinds = (['postgres', 'pglite'] as const satisfies readonly TargetKind[]).filter(
  (kind) => flags.only === undefined || flags.only === kind,
);
if (kinds.length === 0) throw new Error('--only must be postgres or pglite');
buildIfStale();
const phases: Phase[] = [];
const labels: string[] = [];
for (const kind of kinds) {
  await using targets = await openTargets(kind);
  await using target = await targets.open();
  const { workbooks, elements, members, teams, grants, latency } = flags;
  const sizes = { seed: 1, workbooks, elements, members, teams, grants };
  await using simulator = await startSimulatorProcess(sizes, { latencyMs: latency });
  phases.push(...(await measure(target, simulator, kind)));
  labels.push(targets.label);
}
printMachine(labels.join(', '));
const firstOf = (phase: Phase): Phase | undefined =>
  phases.find((other) => other.database === phase.database);
printTable(phases.map((phase) => speed(phase, firstOf(phase))));
print('\nShares of the wall time; they overlap.\n');
printTable(phases.map(waiting));
print("\nShares of the main thread's busy time.\n");
printTable(
  phases.map((phase) => byShare(phase, PARTS, (part) => percent(phase.profile.parts.get(part) ?? 0, 1))),
);
print('\nSeconds in statements; streams run side by side, so the sum can exceed the wall time.\n');
printTable(
  phases.map((phase) =>
    byShare(phase, STATEMENTS, (kind) => fixed(phase.meter.statements.get(kind) ?? 0, 2)),
  ),
);
if (flags.profile === true) for (const phase of phases) printProfile(phase);
