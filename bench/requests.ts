/**
 * The requests of a night. The simulator counts them; nothing here is estimated. The slow cycle is shown apart: its
 * share of a night, and the interval that gives it.
 */
import type { RunReport } from '../src/state/run-types.ts';
import type { SyncEngine } from '../src/sync/sync-engine.ts';
import buildIfStale from '../test/support/setup-e2e.ts';
import { type Moment, runBoth } from './support/against.ts';
import { openWorks, syncWhole } from './support/engine.ts';
import { benchmark, text, whole } from './support/flags.ts';
import { type Figures, fixed, note, print, printMachine, printTable } from './support/output.ts';
import { type SimulatorProcess, startSimulatorProcess } from './support/simulated.ts';
import { openTargets } from './support/target.ts';

const flags = benchmark(
  'requests',
  'Requests of a full run and of nightly ones, by stream, as the simulator counted them.',
  '--workbooks 1000 --elements 10000 --members 200 --grants 20000',
  {
    workbooks: whole('workbooks', 10_000, { least: 100 }),
    elements: whole('elements of all workbooks together', 100_000, { least: 0 }),
    members: whole('members', 2000),
    teams: whole('teams', 100, { least: 0 }),
    grants: whole('direct grants', 200_000, { least: 0 }),
    reports: whole('reports', 1000, { least: 0 }),
    dataModels: whole('data models', 300, { least: 0 }),
    against: text(
      'a checkout of another version with its node_modules: both read one simulator in turn',
      'path',
    ),
    refreshDays: whole('interval of the slow cycle', 7, { most: 366 }),
  },
);

const DAY_MS = 86_400_000;
/** No turn of the slow cycle comes up within a night. */
const NEVER_MS = 36_500 * DAY_MS;

interface Night {
  readonly name: string;
  readonly requests: number;
  readonly seconds: number;
  readonly report: RunReport;
}

async function run(engine: SyncEngine, simulator: SimulatorProcess, name: string): Promise<Night> {
  await simulator.resetCounters();
  const started = performance.now();
  const report = await syncWhole(engine);
  const seconds = (performance.now() - started) / 1000;
  const { requests } = await simulator.counters();
  note(`${name}: ${requests} requests, ${fixed(seconds)} s`);
  return { name, requests, seconds, report };
}

/** Two builds: all requests for the streams that both read, those of the others apart. */
function printComparison(moments: readonly Moment[]): void {
  const names = moments.flatMap(({ before, now }) => [...before.streams.keys(), ...now.streams.keys()]);
  const both = new Set(
    names.filter((name) =>
      moments.every(({ before, now }) => before.streams.has(name) && now.streams.has(name)),
    ),
  );
  const apart = ({ streams }: Moment['now']): number =>
    [...streams].reduce((sum, [name, requests]) => sum + (both.has(name) ? 0 : requests), 0);
  printTable(
    moments.map(({ name, before, now }): Figures => {
      const [then, here] = [before.requests - apart(before), now.requests - apart(now)];
      return {
        run: name,
        before: then,
        now: here,
        ratio: fixed(here / then, 3),
        'other streams': apart(now),
      };
    }),
  );
  print('\nBy stream: before / now\n');
  printTable(
    [...new Set(names)].map(
      (stream): Figures => ({
        stream,
        ...Object.fromEntries(
          moments.map(({ name, before, now }) => [
            name,
            `${before.streams.get(stream) ?? '-'} / ${now.streams.get(stream) ?? '-'}`,
          ]),
        ),
      }),
    ),
  );
}

buildIfStale();
await using targets = await openTargets('postgres');
const { refreshDays, against, ...sizes } = flags;
if (against !== undefined) {
  printMachine(targets.label);
  printComparison(await runBoth(against, targets, { seed: 1, ...sizes }));
  await targets[Symbol.asyncDispose]();
  process.exit();
}
await using target = await targets.open();
await using simulator = await startSimulatorProcess({ seed: 1, ...sizes });
await using works = await openWorks(target, simulator);
const { app, database, client } = works;
const { now: epoch } = await simulator.counters();
const at = (day: number, refreshMs: number): SyncEngine => ({
  ...app.engine(database, client),
  now: () => new Date(epoch + day * DAY_MS),
  refreshMs: () => refreshMs,
});
const nights = [
  await run(at(0, NEVER_MS), simulator, 'full'),
  await run(at(0.5, NEVER_MS), simulator, 'unchanged'),
];
for (let i = 0; i < flags.workbooks / 100; i++) await simulator.mutate({ op: 'publishVersion' });
nights.push(
  await run(at(1, NEVER_MS), simulator, '1 % changed'),
  await run(at(1.001, NEVER_MS), simulator, 'unchanged again'),
  await run(at(1.002, refreshDays * DAY_MS), simulator, 'unchanged, with the slow cycle'),
);

const [full, , changed, base, slow] = nights;
if (full === undefined || changed === undefined || base === undefined || slow === undefined)
  throw new Error('a night is missing');
const share = (requests: number): string => `${((100 * requests) / full.requests).toFixed(2)} %`;
printMachine(targets.label);
printTable(
  nights.map(
    ({ name, requests, seconds }): Figures => ({
      run: name,
      requests,
      'of full': share(requests),
      seconds: fixed(seconds),
    }),
  ),
);
const cycle = slow.requests - base.requests;
print(
  `\nA night with 1 % of the workbooks changed: ${changed.requests} requests, ${share(changed.requests)} of a full run.`,
);
print(
  `The slow cycle adds ${cycle} a night, ${share(cycle)}: everything without a signal once in ${refreshDays} days.`,
);
print('\nBy stream\n');
printTable(
  full.report.streams.map(({ name, requests }): Figures => {
    const of = (night: Night): number =>
      night.report.streams.find((stream) => stream.name === name)?.requests ?? 0;
    return { stream: name, full: requests, '1 % changed': of(changed), 'slow cycle': of(slow) - of(base) };
  }),
);
