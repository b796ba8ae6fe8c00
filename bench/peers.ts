/**
 * Ours beside other clients of the Sigma API, whole processes in turn: a first sync of a small organization into an empty
 * database, and one after it in which nothing has changed.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import { TOKEN_INTERVAL_MS } from '../src/sigma/client.ts';
import buildIfStale from '../test/support/setup-e2e.ts';
import { withAdmin } from '../test/support/template.ts';
import { benchmark, text, whole } from './support/flags.ts';
import { type Figures, fixed, mib, note, print, printMachine, printTable } from './support/output.ts';
import { type Client, findClients, type Place } from './support/peers/clients.ts';
import { type SimulatorProcess, startSimulatorProcess } from './support/simulated.ts';
import { openTargets, type Target, type Targets } from './support/target.ts';
import { median } from './support/timing.ts';

const flags = benchmark(
  'peers',
  'First and unchanged sync by dlt and by tap-sigma with target-postgres, and by ours and our emit with the same streams.',
  '--rounds 3 --against ../older-checkout',
  {
    workbooks: whole('workbooks', 100),
    rounds: whole('rounds, of which the medians are shown', 5, { most: 100 }),
    unchanged: whole('syncs after the first one in each round', 2, { most: 100 }),
    only: text('dlt or tap-sigma; default both', 'peer'),
    against: text('a checkout of another version with its build: measured beside', 'path'),
  },
);

/** The cost of a client. */
interface Took {
  readonly seconds: number;
  readonly cpu: number;
  readonly peak: number;
  readonly requests: number;
}

const MEASURED = z.object({
  seconds: z.number(),
  processes: z.array(z.object({ code: z.number(), cpu: z.number(), peak: z.number() })),
});

/** Runs a client once. @throws Error with the end of what it said */
async function run(client: Client, place: Place, simulator: SimulatorProcess): Promise<Took> {
  // Sigma gives a token once a second; a client that asks sooner would wait, or fail.
  await sleep(TOKEN_INTERVAL_MS);
  await simulator.resetCounters();
  const log = join(place.target.folder, 'log.txt');
  const { sigma, target } = place;
  const { stdout } = await promisify(execFile)(
    'python3',
    [
      join(import.meta.dirname, 'support/peers/measure.py'),
      JSON.stringify({ commands: client.commands(place), log }),
    ],
    {
      cwd: target.folder,
      env: {
        ...{ PATH: process.env['PATH'], HOME: target.folder, RUNTIME__DLTHUB_TELEMETRY: 'false' },
        ...sigma,
        ...target.env,
      },
    },
  );
  const { seconds, processes } = MEASURED.parse(JSON.parse(stdout));
  if (processes.some(({ code }) => code !== 0))
    throw new Error(`${client.name} failed: ${readFileSync(log, 'utf8').slice(-2000)}`);
  const sum = (pick: (one: (typeof processes)[number]) => number): number =>
    processes.reduce((total, one) => total + pick(one), 0);
  const { requests } = await simulator.counters();
  return { seconds, cpu: sum(({ cpu }) => cpu), peak: sum(({ peak }) => peak), requests };
}

/** Rows in the tables that have the name of a stream. */
async function countRows({ env }: Target, { tables, schema }: Client): Promise<number> {
  return withAdmin(env['DATABASE_URL'] ?? '', async (admin) => {
    const counts = tables.map((name) => `(select count(*) from ${schema}."${name}")`);
    const { rows } = await admin.query<{ n: number }>(`select (${counts.join(' + ')})::integer as n`);
    return rows[0]?.n ?? 0;
  });
}

/** All that was measured of a client. */
interface Measured {
  readonly client: Client;
  readonly first: Took[];
  readonly unchanged: Took[];
  rows: number;
}

async function measure(measured: Measured, targets: Targets, simulator: SimulatorProcess): Promise<void> {
  const { client, first, unchanged } = measured;
  await using target = await targets.open();
  const place = { sigma: simulator.env, target };
  first.push(await run(client, place, simulator));
  for (let again = 0; again < flags.unchanged; again++) unchanged.push(await run(client, place, simulator));
  measured.rows = await countRows(target, client);
  const [once, again] = [first, unchanged].map((runs) => fixed(runs.at(-1)?.seconds ?? Number.NaN, 2));
  note(
    `${client.name}, streams of ${client.peer}: ${once} s, unchanged ${again} s; load ${fixed(loadavg()[0] ?? 0)}`,
  );
}

/** Medians of a client. */
function summary({ client, first, unchanged, rows }: Measured) {
  const of = (runs: readonly Took[]) => ({
    seconds: median(runs.map(({ seconds }) => seconds)),
    cpu: median(runs.map(({ cpu }) => cpu)),
    requests: median(runs.map(({ requests }) => requests)),
  });
  const peak = median([...first, ...unchanged].map((took) => took.peak));
  return { client, first: of(first), unchanged: of(unchanged), peak, rows };
}
type Summary = ReturnType<typeof summary>;

function row({ client, first, unchanged, rows, peak }: Summary): Figures {
  return {
    'streams of': client.peer,
    client: client.name,
    'first, s': fixed(first.seconds, 2),
    'unchanged, s': fixed(unchanged.seconds, 2),
    'CPU s': [first, unchanged].map(({ cpu }) => fixed(cpu, 2)).join(' / '),
    requests: [first, unchanged].map(({ requests }) => requests).join(' / '),
    rows,
    'peak, MiB': mib(peak),
  };
}

function ratios(ours: Summary, peer: Summary): Figures {
  return {
    '': `${ours.client.name} / ${peer.client.name}`,
    first: fixed(ours.first.seconds / peer.first.seconds, 2),
    unchanged: fixed(ours.unchanged.seconds / peer.unchanged.seconds, 3),
    peak: fixed(ours.peak / peer.peak, 2),
  };
}

buildIfStale();
const clients = findClients(flags.against).filter(
  ({ peer }) => flags.only === undefined || flags.only === peer,
);
await using targets = await openTargets('postgres');
const { workbooks } = flags;
await using simulator = await startSimulatorProcess({
  seed: 42,
  workbooks,
  members: 40,
  teams: 8,
  grants: 600,
});
const measured = clients.map((client): Measured => ({ client, first: [], unchanged: [], rows: 0 }));
for (let round = 0; round < flags.rounds; round++) {
  // In turn, so that what else goes on on the machine meets all of them alike.
  for (const one of measured) await measure(one, targets, simulator);
}
printMachine(targets.label);
const summaries = measured.map(summary);
printTable(summaries.map(row));
print('\nRatios.\n');
printTable(
  summaries.flatMap((ours) => {
    const peer = summaries.find(({ client }) => client.name === ours.client.peer);
    return peer === undefined || peer === ours ? [] : [ratios(ours, peer)];
  }),
);
