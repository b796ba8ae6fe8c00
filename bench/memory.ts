/** Peak resident memory of `sync` for a small and a large organization: it should not follow the size. */
import buildIfStale from '../test/support/setup-e2e.ts';
import { benchmark, on, whole } from './support/flags.ts';
import { type Memory, runCliWell } from './support/node-child.ts';
import { type Figures, fixed, mib, note, printMachine, printTable } from './support/output.ts';
import { type Sizes, startSimulatorProcess } from './support/simulated.ts';
import { openTargets, type TargetKind, type Targets } from './support/target.ts';

const flags = benchmark(
  'memory',
  'Peak resident memory of "sigma-sync sync" for two sizes of an organization, first load and unchanged second run.',
  '--small 2000 --large 20000 --heap',
  {
    small: whole('workbooks of the small organization', 5000),
    large: whole('workbooks of the large organization', 50_000),
    repeat: whole('measure each so often and take the median', 1, { most: 100 }),
    heap: on('also what lives through full collections: retention apart from the growth of the heap'),
    maxOldSpace: whole('bound the heap of the sync', undefined, { least: 16, unit: 'MiB' }),
    pglite: on('load into the embedded database, which counts as memory of the sync'),
  },
);

/** Members, teams and grants in proportion, to the limits of a large organization. */
function sizesFor(workbooks: number): Sizes {
  const members = Math.min(2000, Math.max(10, Math.round(workbooks / 10)));
  return { seed: 1, workbooks, members, teams: Math.ceil(members / 10), grants: members * 50 };
}

interface Measured {
  readonly sizes: Sizes;
  readonly first: Memory;
  readonly second: Memory;
  readonly seconds: readonly number[];
}

async function measure(targets: Targets, sizes: Sizes): Promise<Measured> {
  await using target = await targets.open();
  await using simulator = await startSimulatorProcess(sizes);
  const env = { ...simulator.env, ...target.env, SIGMA_SYNC_LOG_LEVEL: 'warn' };
  const runs: { memory: Memory; seconds: number }[] = [];
  for (const title of ['first load', 'unchanged']) {
    const { memory, seconds } = await runCliWell(['sync', '--json'], {
      cwd: target.folder,
      env,
      measure: flags.heap === true ? 'heap' : 'peak',
      nodeFlags: flags.maxOldSpace === undefined ? [] : [`--max-old-space-size=${flags.maxOldSpace}`],
    });
    if (memory === undefined) throw new Error('the sync did not report its memory');
    note(`${sizes.workbooks} workbooks, ${title}: ${mib(memory.peak)} MiB in ${fixed(seconds)} s`);
    runs.push({ memory, seconds });
  }
  const [first, second] = runs;
  if (first === undefined || second === undefined) throw new Error('a run is missing');
  return { sizes, first: first.memory, second: second.memory, seconds: runs.map((run) => run.seconds) };
}

/** The measurement with the median peak of the first load. */
function median(measured: readonly Measured[]): Measured {
  const sorted = measured.toSorted((a, b) => a.first.peak - b.first.peak);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  if (middle === undefined) throw new Error('nothing was measured');
  return middle;
}

function row(run: string, pick: (measured: Measured) => Memory, small: Measured, large: Measured): Figures {
  const [a, b] = [pick(small), pick(large)];
  const live = a.live === undefined || b.live === undefined ? undefined : [a.live, b.live, b.live / a.live];
  return {
    run,
    [`${small.sizes.workbooks} workbooks, MiB`]: mib(a.peak),
    [`${large.sizes.workbooks} workbooks, MiB`]: mib(b.peak),
    ratio: fixed(b.peak / a.peak, 2),
    ...(live === undefined
      ? {}
      : {
          'live heap, MiB': `${mib(live[0] ?? 0)} → ${mib(live[1] ?? 0)}`,
          'live ratio': fixed(live[2] ?? 0, 2),
        }),
  };
}

buildIfStale();
const kind: TargetKind = flags.pglite === true ? 'pglite' : 'postgres';
await using targets = await openTargets(kind);
const measured: { small: Measured[]; large: Measured[] } = { small: [], large: [] };
// In turn, so that what else goes on on the machine meets both alike.
for (let i = 0; i < flags.repeat; i++) {
  measured.small.push(await measure(targets, sizesFor(flags.small)));
  measured.large.push(await measure(targets, sizesFor(flags.large)));
}
const [small, large] = [median(measured.small), median(measured.large)];
printMachine(targets.label);
printTable([
  row('first load', ({ first }) => first, small, large),
  row('unchanged', ({ second }) => second, small, large),
]);
