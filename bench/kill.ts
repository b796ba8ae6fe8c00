/** Kills a sync at random moments, under faults, until it is done; many times: nothing may be lost or done twice. */
import buildIfStale from '../test/support/setup-e2e.ts';
import { benchmark, on, share, whole } from './support/flags.ts';
import { playRound, type RoundResult } from './support/kill-round.ts';
import { fixed, note, percent, print, printMachine, printTable } from './support/output.ts';
import { openTargets } from './support/target.ts';

const flags = benchmark(
  'kill',
  'Loads an organization with SIGKILLs at random moments and faults in the answers, again and again until done.',
  '--rounds 50 --seed 100 --pglite',
  {
    rounds: whole('organizations, each into an empty database', 20),
    seed: whole('of the first round; each round has its own organization, faults and kills', 1, { least: 0 }),
    workbooks: whole('workbooks of each organization', 500),
    faults: share('share of the requests that are made to fail', 0.1),
    latency: whole('delay of every answer', 5, { least: 0, most: 60_000, unit: 'ms' }),
    earliest: whole('first moment of a kill (default 350; PGlite 1300)', undefined, { least: 0, unit: 'ms' }),
    latest: whole('last moment of a kill (default 3000; PGlite 4500)', undefined, { unit: 'ms' }),
    mostRuns: whole('give a round up after so many runs', 60),
    pglite: on('load into the embedded database'),
    threads: whole('also end the thread of the embedded database after at most so long', undefined, {
      unit: 'ms',
    }),
  },
);

buildIfStale();
const pglite = flags.pglite === true;
await using targets = await openTargets(pglite ? 'pglite' : 'postgres');
const rounds: { seed: number; result: RoundResult }[] = [];
for (let i = 0; i < flags.rounds; i++) {
  await using target = await targets.open();
  const seed = flags.seed + i;
  const result = await playRound(target, {
    seed,
    workbooks: flags.workbooks,
    faults: flags.faults,
    latencyMs: flags.latency,
    earliestMs: flags.earliest ?? (pglite ? 1300 : 350),
    latestMs: flags.latest ?? (pglite ? 4500 : 3000),
    mostRuns: flags.mostRuns,
    threadMs: flags.threads,
  });
  rounds.push({ seed, result });
  note(`seed ${seed}: ${result.kills} kills in ${result.runs} runs`);
}

printMachine(targets.label);
printTable(
  rounds.map(({ seed, result }) => ({
    seed,
    runs: result.runs,
    kills: result.kills,
    threads: result.threadKills,
    requests: result.requests,
    faults: result.faulted,
    repeated: result.repeated,
    wasted: result.wasted.length,
    differences: result.differences.length,
    'token rate': result.tokenViolations,
    failures: result.failures.length,
  })),
);
const total = (pick: (result: RoundResult) => number): number =>
  rounds.reduce((sum, { result }) => sum + pick(result), 0);
const requests = total((result) => result.requests);
const kills = total((result) => result.kills);
const repeated = total((result) => result.repeated);
print();
print(`kills                                       ${kills}`);
print(`ends of threads                             ${total((result) => result.threadKills)}`);
print(`runs                                        ${total((result) => result.runs)}`);
print(`requests                                    ${requests}`);
print(
  `faults injected                             ${percent(
    total((result) => result.faulted),
    requests,
  )}`,
);
print(
  `answers lost with a kill and asked again    ${percent(repeated, requests)}, ${fixed(repeated / kills)} a kill`,
);
print(`requests for what was complete (want 0)     ${total((result) => result.wasted.length)}`);
print(
  `rounds that differ from the truth (want 0)  ${total((result) => Math.min(1, result.differences.length))}`,
);
print(`token requests too close (want 0)           ${total((result) => result.tokenViolations)}`);
print(`runs that failed by themselves (want 0)     ${total((result) => result.failures.length)}`);
for (const { seed, result } of rounds) {
  for (const text of [...result.differences, ...result.failures]) print(`seed ${seed}: ${text}`);
  for (const target of result.wasted.slice(0, 5)) print(`seed ${seed}: asked again for ${target}`);
}
