/**
 * The share of the allowed rate that a sync uses while it fans out over the children of workbooks: between the first
 * and the last request for a child, work is always planned, so the rate is the limit.
 */
import { catalogue } from '../src/extractors/catalogue.ts';
import buildIfStale from '../test/support/setup-e2e.ts';
import { openWorks, syncWhole } from './support/engine.ts';
import { benchmark, whole } from './support/flags.ts';
import { fixed, printMachine, printTable } from './support/output.ts';
import { startSimulatorProcess } from './support/simulated.ts';
import { openTargets } from './support/target.ts';

const flags = benchmark(
  'pacing',
  'Utilisation of the configured rate during fan-out, over several rates.',
  '--workbooks 200 --latency 80',
  {
    workbooks: whole('workbooks', 150, { least: 20 }),
    latency: whole('delay of every answer of the simulator', 50, { least: 0, most: 60_000, unit: 'ms' }),
  },
);

const ROOTS = new Set(catalogue.filter(({ partitions }) => partitions === undefined).map(({ name }) => name));

buildIfStale();
await using targets = await openTargets('postgres');
const rows = [];
for (const perMinute of [600, 1200, 3000, 6000]) {
  await using target = await targets.open();
  await using simulator = await startSimulatorProcess(
    { seed: 1, workbooks: flags.workbooks, members: 40, teams: 8, grants: 300 },
    { latencyMs: flags.latency },
  );
  const pace = { requestsPerMinute: perMinute, concurrency: 16 };
  await using works = await openWorks(target, simulator, pace);
  const { app, database, client } = works;
  const times: number[] = [];
  app.events.on('http.request', ({ stream }) => {
    if (stream !== undefined && !ROOTS.has(stream)) times.push(performance.now());
  });
  // At the slower rates a part of the streams is enough.
  const some = ['workbook_pages', 'workbook_elements', 'workbook_controls', 'workbook_queries'];
  const names = new Set(perMinute <= 1200 ? some.slice(0, 2) : some);
  const streams = catalogue.filter(({ name, partitions }) => partitions === undefined || names.has(name));
  await syncWhole(app.engine(database, client), streams);
  const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000;
  const rate = (times.length - 1) / seconds;
  rows.push({
    'requests a minute': perMinute,
    'child requests': times.length,
    seconds: fixed(seconds),
    'of the rate': `${fixed((100 * rate) / (perMinute / 60))} %`,
  });
}
printMachine(targets.label);
printTable(rows);
