/** Time of the small commands as whole processes, next to `node -e 0` of the same Node and to another build. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import buildIfStale from '../test/support/setup-e2e.ts';
import { benchmark, text, whole } from './support/flags.ts';
import { runCli } from './support/node-child.ts';
import { type Figures, fixed, note, print, printMachine, printTable } from './support/output.ts';
import { startSimulatorProcess } from './support/simulated.ts';
import { openTargets, type Target } from './support/target.ts';
import { median } from './support/timing.ts';

const flags = benchmark(
  'startup',
  'Time of --version, --help, a mistake, streams, status and an unchanged sync, as whole processes.',
  '--against ../sigma-sync-0ab4a27 --rounds 21',
  {
    against: text('another checkout, built, that takes turns with this one', 'folder'),
    rounds: whole('rounds; of the sync a third of them', 15, { most: 1000 }),
    workbooks: whole('workbooks', 100),
  },
);

/** A build with a database of its own. */
interface Side {
  readonly bin?: string;
  readonly target: Target;
}

interface Case {
  readonly name: string;
  readonly args: readonly string[];
  readonly code: number;
  /** Runs of it wait for the token: one a second. */
  readonly asks?: true;
}

const CASES: readonly Case[] = [
  { name: '--version', args: ['--version'], code: 0 },
  { name: '--help', args: ['--help'], code: 0 },
  { name: 'a mistake (`sync --ful`)', args: ['sync', '--ful'], code: 2 },
  { name: 'streams', args: ['streams'], code: 0 },
  { name: 'status', args: ['status'], code: 0 },
  { name: 'sync, unchanged', args: ['sync'], code: 0, asks: true },
];

/** The limit of Sigma, and a little. */
const TOKEN_PAUSE_MS = 1100;

/** Processor seconds of all processes that this one started and that ended; undefined where there is no /proc. */
function spentByChildren(): number | undefined {
  try {
    const fields = readFileSync('/proc/self/stat', 'utf8').replace(/^.*\)/s, 'name').split(' ');
    return (Number(fields[14]) + Number(fields[15])) / 100;
  } catch {
    return undefined;
  }
}

/** The times and costs of the rounds of one command on one side. */
class Taken {
  readonly walls: number[] = [];
  cpu = 0;

  /** Milliseconds; the median. */
  get wall(): number {
    return 1000 * median(this.walls);
  }

  /** Milliseconds; the mean, because the clock of processors ticks every ten. */
  get meanCpu(): number {
    return (1000 * this.cpu) / this.walls.length;
  }
}

buildIfStale();
await using simulator = await startSimulatorProcess({
  ...{ seed: 1, workbooks: flags.workbooks, members: 40, teams: 8, grants: 300 },
});
await using targets = await openTargets('postgres');
await using own = await targets.open();
await using others = await targets.open();
const sides: Side[] = [
  ...(flags.against === undefined
    ? []
    : [{ bin: join(resolve(flags.against), 'bin/sigma-sync.js'), target: others }]),
  { target: own },
];

/** Runs it once. @throws Error where it does not end as it should */
async function once(
  { bin, target }: Side,
  { args, code, asks }: Omit<Case, 'name'>,
  taken?: Taken,
  nodeFlags: readonly string[] = [],
): Promise<void> {
  if (asks === true) await sleep(TOKEN_PAUSE_MS);
  const before = spentByChildren();
  const result = await runCli(args, {
    cwd: target.folder,
    env: { ...simulator.env, ...target.env },
    nodeFlags,
    ...(bin === undefined ? {} : { bin }),
  });
  if (result.code !== code)
    throw new Error(`${args.join(' ')} ended with ${result.code}: ${result.stdout}${result.stderr}`);
  taken?.walls.push(result.seconds);
  if (taken !== undefined) taken.cpu += (spentByChildren() ?? Number.NaN) - (before ?? Number.NaN);
}

for (const side of sides) {
  // The second run reads more than changes, the third does not.
  for (let i = 0; i < 3; i++) await once(side, { args: ['sync'], code: 0, asks: true });
}
const rows: Figures[] = [];
for (const one of CASES) {
  const bare = new Taken();
  const taken = sides.map(() => new Taken());
  const rounds = Math.max(1, one.asks === true ? Math.round(flags.rounds / 3) : flags.rounds);
  for (let round = 0; round < rounds; round++) {
    // With -e, Node runs that and not the file behind it.
    await once({ target: own }, { args: [], code: 0 }, bare, ['-e', '0']);
    for (const [index, side] of sides.entries()) await once(side, one, taken[index]);
  }
  note(`${one.name}: ${rounds} rounds`);
  const [now = bare, before] = taken.reverse();
  rows.push({
    command: one.name,
    'node -e 0': `${fixed(bare.wall, 0)} ms`,
    ...(before === undefined ? {} : { before: `${fixed(before.wall, 0)} ms` }),
    now: `${fixed(now.wall, 0)} ms`,
    '× node': fixed(now.wall / bare.wall),
    ...(before === undefined ? {} : { 'of before': fixed(now.wall / before.wall, 2) }),
    ...(before === undefined ? {} : { 'processor before': `${fixed(before.meanCpu, 0)} ms` }),
    'processor now': `${fixed(now.meanCpu, 0)} ms`,
    '× node, processor': fixed(now.meanCpu / bare.meanCpu),
  });
}
printMachine(targets.label);
printTable(rows);
print();
print('Medians of whole processes; processor time is user and system together, the mean.');
