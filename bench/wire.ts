/**
 * Bytes of a full run on the wire, and its time beside the simulator and over a slow line: an older build, this one
 * without compression, and this one with each coding, alternating.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import buildIfStale from '../test/support/setup-e2e.ts';
import { benchmark, text, whole } from './support/flags.ts';
import { runCliWell } from './support/node-child.ts';
import { type Figures, fixed, note, print, printMachine, printTable } from './support/output.ts';
import { type SimulatorProcess, startSimulatorProcess } from './support/simulated.ts';
import { openSlowLink } from './support/slow-link.ts';
import { openTargets } from './support/target.ts';
import { median } from './support/timing.ts';

const flags = benchmark(
  'wire',
  'Bytes on the wire and time of a full run, compressed and not, beside the simulator and over a slow line.',
  '--against ../older --rounds 3',
  {
    workbooks: whole('workbooks', 200, { least: 10 }),
    elements: whole('elements of all workbooks together', 2000, { least: 0 }),
    members: whole('members', 80),
    teams: whole('teams', 10, { least: 0 }),
    grants: whole('direct grants', 4000, { least: 0 }),
    rounds: whole('rounds, in each of which every side runs once', 5),
    megabits: whole('of the slow line, in a second and each way', 50, { most: 100_000 }),
    roundTrip: whole('of the slow line', 50, { least: 0, most: 10_000, unit: 'ms' }),
    against: text('a checkout of another version, built, with its node_modules', 'path'),
  },
);

/** One of those that are compared. */
interface Side {
  readonly name: string;
  readonly simulator: SimulatorProcess;
  readonly bin: string | undefined;
}

interface Run {
  readonly side: string;
  readonly isSlow: boolean;
  readonly requests: number;
  readonly up: number;
  readonly down: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly simulatorSeconds: number;
}

const { rounds, megabits, roundTrip, against, ...sizes } = flags;
buildIfStale();
const older = against === undefined ? undefined : join(resolve(against), 'bin/sigma-sync.js');
if (older !== undefined && !existsSync(older)) throw new Error(`there is no ${older}`);
await using stack = new AsyncDisposableStack();
const targets = stack.use(await openTargets('postgres'));
const start = async (compress: string): Promise<SimulatorProcess> =>
  stack.use(await startSimulatorProcess({ seed: 1, ...sizes }, { compress }));
const plain = await start('none');
const sides: Side[] = [
  ...(older === undefined ? [] : [{ name: 'older build', simulator: plain, bin: older }]),
  { name: 'plain', simulator: plain, bin: undefined },
];
for (const coding of ['zstd', 'br', 'gzip'])
  sides.push({ name: coding, simulator: await start(coding), bin: undefined });

/** One full run of a side, into a database of its own. */
async function run({ name, simulator, bin }: Side, isSlow: boolean): Promise<Run> {
  await using target = await targets.open();
  const { SIGMA_BASE_URL: url = '' } = simulator.env;
  await using link = isSlow ? await openSlowLink(url, { megabits, roundTripMs: roundTrip }) : undefined;
  await simulator.resetCounters();
  const before = simulator.cpu() ?? Number.NaN;
  const { seconds, memory } = await runCliWell(['sync'], {
    cwd: target.folder,
    env: { ...simulator.env, ...target.env, ...(link === undefined ? {} : { SIGMA_BASE_URL: link.url }) },
    measure: 'peak',
    ...(bin === undefined ? {} : { bin }),
  });
  const simulatorSeconds = (simulator.cpu() ?? Number.NaN) - before;
  const { requests, bytesReceived: up, bytesSent: down } = await simulator.counters();
  const cpuSeconds = memory?.cpuSeconds ?? Number.NaN;
  note(`${name}${isSlow ? ', slow line' : ''}: ${fixed(seconds)} s, ${fixed((up + down) / 1e6, 2)} MB`);
  return { side: name, isSlow, requests, up, down, seconds, cpuSeconds, simulatorSeconds };
}

const runs: Run[] = [];
for (let round = 0; round < rounds; round++)
  for (const isSlow of [false, true]) for (const side of sides) runs.push(await run(side, isSlow));

/** Medians of a side, and what they are of the first side's. */
function figuresOf(name: string, isSlow: boolean, first: string): Figures {
  const of = (side: string, value: (run: Run) => number): number =>
    median(runs.filter((run) => run.side === side && run.isSlow === isSlow).map(value));
  const both = (value: (run: Run) => number, digits: number, unit = 1): [string, string] => [
    fixed(of(name, value) / unit, digits),
    fixed(of(name, value) / of(first, value), 3),
  ];
  const [down, downRatio] = both((run) => run.down, 2, 1e6);
  const [all, allRatio] = both((run) => run.up + run.down, 2, 1e6);
  const [seconds, secondsRatio] = both((run) => run.seconds, 2);
  const [cpu, cpuRatio] = both((run) => run.cpuSeconds, 2);
  return {
    side: name,
    requests: of(name, (run) => run.requests),
    'answers, MB': down,
    'ratio ': downRatio,
    'both ways, MB': all,
    'ratio  ': allRatio,
    seconds,
    'ratio   ': secondsRatio,
    'processor, s': cpu,
    'ratio    ': cpuRatio,
    'simulator, s': fixed(
      of(name, (run) => run.simulatorSeconds),
      2,
    ),
  };
}

printMachine(targets.label);
const first = sides[0]?.name ?? '';
for (const isSlow of [false, true]) {
  print(
    isSlow ? `\n${megabits} Mbit/s each way, ${roundTrip} ms there and back\n` : 'Beside the simulator\n',
  );
  printTable(sides.map(({ name }) => figuresOf(name, isSlow, first)));
}
print(
  '\nBytes as the simulator counts them, heads of requests and answers included. Ratios are to the first line.',
);
