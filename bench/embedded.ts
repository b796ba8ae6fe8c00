/** The cost of the embedded database: time and memory of a sync, and how long a page waits beside one. */
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import buildIfStale from '../test/support/setup-e2e.ts';
import { benchmark, text, whole } from './support/flags.ts';
import { cpuSeconds, runCli, start } from './support/node-child.ts';
import { type Figures, fixed, mib, note, printMachine, printTable } from './support/output.ts';
import { type SimulatorProcess, startSimulatorProcess } from './support/simulated.ts';
import { openTargets, type Targets } from './support/target.ts';
import { median } from './support/timing.ts';

const flags = benchmark(
  'embedded',
  'Time and peak memory of a first and an unchanged sync into the embedded database, and the answers of pages beside a first one.',
  '--against ../sigma-sync-0ab4a27 --rounds 5',
  {
    against: text('another checkout, built, that takes turns with this one', 'folder'),
    rounds: whole('rounds, of which the medians are', 3, { most: 100 }),
    workbooks: whole('workbooks', 500),
    port: whole('of the page', 18_099, { most: 65_535 }),
  },
);

/** A build, and what its rounds came to. */
interface Side {
  readonly name: string;
  readonly bin: string | undefined;
  readonly rounds: Round[];
}

/** One process or service; seconds, bytes and milliseconds. */
interface Round {
  readonly first: number;
  readonly firstPeak: number;
  readonly unchanged: number;
  readonly unchangedPeak: number;
  readonly slowestPage: number;
  readonly pages: number;
}

/** Those of an operator, and one that asks no database. */
const PAGES = ['/', '/healthz', '/streams', '/runs', '/workbooks', '/metrics'];

buildIfStale();
await using simulator = await startSimulatorProcess({
  ...{ seed: 42, workbooks: flags.workbooks, members: 40, teams: 8, grants: 600 },
});
await using targets = await openTargets('pglite');
const binOf = (path: string): string => join(resolve(path), 'bin/sigma-sync.js');
const sides: Side[] = [
  ...(flags.against === undefined ? [] : [{ name: 'before', bin: binOf(flags.against), rounds: [] }]),
  { name: 'now', bin: undefined, rounds: [] },
];
const streams = await streamsOfAll(sides);
for (let round = 0; round < flags.rounds; round++) {
  for (const side of sides) {
    side.rounds.push(await play(side, targets, simulator));
    note(`${side.name}: ${JSON.stringify(side.rounds.at(-1))}`);
  }
}

printMachine(targets.label);
const rows = sides.map(({ name, rounds }): Figures & { readonly build: string } => {
  const middle = (pick: (round: Round) => number): number => median(rounds.map(pick));
  return {
    build: name,
    'first sync, s': fixed(
      middle(({ first }) => first),
      2,
    ),
    'its peak, MiB': mib(middle(({ firstPeak }) => firstPeak)),
    'unchanged, s': fixed(
      middle(({ unchanged }) => unchanged),
      2,
    ),
    'its peak, MiB ': mib(middle(({ unchangedPeak }) => unchangedPeak)),
    'slowest page beside a first sync, ms': fixed(
      middle(({ slowestPage }) => slowestPage),
      0,
    ),
    'pages asked': middle(({ pages }) => pages),
  };
});
const [before, now] = rows;
printTable(before === undefined || now === undefined ? rows : [before, now, ratios(before, now)]);

function ratios(before: Figures, now: Figures): Figures {
  const ratio = (key: string): string => fixed(Number(now[key]) / Number(before[key]), 2);
  return Object.fromEntries(Object.keys(now).map((key) => [key, key === 'build' ? 'ratio' : ratio(key)]));
}

/** Names of the streams that all builds have, so that all do the same. */
async function streamsOfAll(builds: readonly Side[]): Promise<string[]> {
  const lists = await Promise.all(
    builds.map(async ({ bin }) => {
      // In a folder of its own, which is its home.
      await using target = await targets.open();
      const { stdout } = await runCli(['streams', '--json'], {
        ...{ cwd: target.folder, env: {} },
        ...(bin === undefined ? {} : { bin }),
      });
      return new Set((JSON.parse(stdout) as { name: string }[]).map(({ name }) => name));
    }),
  );
  const [mine = new Set<string>()] = lists;
  return [...mine].filter((name) => lists.every((list) => list.has(name)));
}

/** A first and an unchanged sync into one folder, and a service that begins with an empty one. */
async function play(side: Side, into: Targets, organization: SimulatorProcess): Promise<Round> {
  await using target = await into.open();
  const sync = async (): Promise<{ seconds: number; peak: number }> => {
    const { code, stderr, seconds, memory } = await runCli(['sync', ...streams], {
      ...{ cwd: target.folder, env: { ...organization.env, ...target.env }, measure: 'peak' },
      ...(side.bin === undefined ? {} : { bin: side.bin }),
    });
    if (code !== 0 || memory === undefined) throw new Error(`${side.name} ended with ${code}: ${stderr}`);
    return { seconds, peak: memory.peak };
  };
  const first = await sync();
  // One token a second.
  await sleep(1100);
  const unchanged = await sync();
  await sleep(1100);
  await using empty = await into.open();
  return {
    first: first.seconds,
    firstPeak: first.peak,
    unchanged: unchanged.seconds,
    unchangedPeak: unchanged.peak,
    ...(await watch(side, { ...organization.env, ...empty.env }, empty.folder)),
  };
}

/** Asks for a page after the other while a service does its first sync. */
async function watch(
  { name, bin }: Side,
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<Pick<Round, 'slowestPage' | 'pages'>> {
  const child = start([], ['--log-format', 'json', 'start'], {
    cwd,
    env: { ...env, SIGMA_SYNC_PORT: String(flags.port) },
    ...(bin === undefined ? {} : { bin }),
  });
  let log = '';
  const onLog = (chunk: Buffer): void => {
    log += chunk.toString();
  };
  child.stdout?.on('data', onLog);
  child.stderr?.on('data', onLog);
  const times: number[] = [];
  // Before that the database is made, once in its life.
  while (!log.includes('"run.started"')) {
    if (child.exitCode !== null) throw new Error(`${name} ended: ${log}`);
    await sleep(10);
  }
  while (!log.includes('"run.finished"')) {
    if (child.exitCode !== null) throw new Error(`${name} ended: ${log}`);
    const page = PAGES[times.length % PAGES.length] ?? '/';
    const begun = performance.now();
    await (await fetch(`http://127.0.0.1:${flags.port}${page}`)).text();
    times.push(performance.now() - begun);
    await sleep(20);
  }
  note(
    `${name}: ${fixed(cpuSeconds(child.pid) ?? Number.NaN)} s of processor, pages: median ${fixed(median(times))} ms`,
  );
  child.kill('SIGTERM');
  await new Promise((done) => child.once('exit', done));
  return { slowestPage: Math.max(...times), pages: times.length };
}
