/**
 * A hundred compressed nights in which everything goes wrong at once: a server that is restarted and killed, a pooler that
 * drops idle clients, a disk that is full, an API that fails in every way and answers without an end, a service that is
 * stopped and killed. At the end the tables equal the truth, no process had to be killed, and no secret was printed.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ENDLESS_FAULT_KINDS, FAULT_KINDS } from '../simulator/http/faults.ts';
import { startSimulator } from '../simulator/server.ts';
import { schemasFor } from '../src/state/schemas.ts';
import { envFor, scratchFolder } from '../test/support/cli.ts';
import { hasPgbouncer, startPgbouncer } from '../test/support/pgbouncer.ts';
import { type PrivatePostgres, startPrivatePostgres } from '../test/support/postgres-server.ts';
import buildIfStale from '../test/support/setup-e2e.ts';
import { type LogLine, type RunningCli, startCli } from '../test/support/start-cli.ts';
import { differences } from '../test/support/truth.ts';
import { benchmark, share, whole } from './support/flags.ts';
import { openObserver } from './support/observer.ts';
import { note, print, printMachine, printTable } from './support/output.ts';

const flags = benchmark(
  'chaos',
  'Runs compressed nights against a server that restarts, a pooler that drops clients, a full disk and a failing API.',
  '--nights 30 --faults 0.05',
  {
    nights: whole('nights', 100, { least: 10, most: 1000 }),
    workbooks: whole('workbooks of the organization', 60),
    mutations: whole('changes of the organization between two nights', 40, { least: 0 }),
    faults: share('share of the requests that are made to fail', 0.03),
    every: whole('seconds from night to night; a divisor of 60', 6, { least: 5, most: 60, unit: 's' }),
  },
);

/** Troubles of the nights, in turn. */
const TROUBLES = [
  ...['none', 'stop', 'server restart', 'none', 'kill', 'server kill'],
  ...['none', 'full disk', 'none', 'idle clients dropped'],
] as const;
type Trouble = (typeof TROUBLES)[number];

/** A service that does not end by then after SIGTERM has to be killed. */
const PATIENCE_MS = 30_000;
const WITHIN = { withinMs: 240_000 };

if (!hasPgbouncer) throw new Error('This needs pgbouncer: apt-get install pgbouncer.');
buildIfStale();
using folder = scratchFolder();
await using server = await startPrivatePostgres();
await using pooler = await startPgbouncer(server.url, [
  ...['pool_mode = session', 'default_pool_size = 40', 'server_login_retry = 1', 'client_idle_timeout = 4'],
]);
await using simulator = await startSimulator({ organization: { seed: 1, workbooks: flags.workbooks } });
const schemas = schemasFor('sigma');
await using observer = openObserver(server.url, schemas);
const settings = join(folder.path, 'chaos.yaml');
writeSettings('');
const env = envFor(simulator, pooler.url);
const start = (): RunningCli => startCli(['--config', settings, 'start'], { cwd: folder.path, env });

const outputs: RunningCli[] = [];
const ends: Record<string, number> = {};
let forced = 0;
let service = begin();
await service.event('schedule.finished', WITHIN);
breakApi();
for (let night = 1; night <= flags.nights; night++) {
  const trouble = TROUBLES[(night - 1) % TROUBLES.length] ?? 'none';
  simulator.organization.mutate(flags.mutations);
  const due = await service.event('run.started', { after: service.log.at(-1), ...WITHIN });
  await sleep(200);
  const last = await cause(trouble, due);
  const finished = await service.event('schedule.finished', { after: last, ...WITHIN });
  const status = String(finished['status']);
  ends[status] = (ends[status] ?? 0) + 1;
  note(`night ${night} (${trouble}): ${status}`);
}

// The last night reads everything, and nothing fails.
simulator.faults.clear();
writeSettings('  refresh_days: 0\n');
service.signal('SIGHUP');
const reloaded = await service.event('config.reloaded', { after: service.log.at(-1) });
await service.event('schedule.finished', {
  after: reloaded,
  matches: ({ status }) => status === 'complete',
  ...WITHIN,
});
const again = await service.event('run.started', { after: service.log.at(-1), ...WITHIN });
await service.event('schedule.finished', { after: again, ...WITHIN });
await stop();
const wrong = await differences(observer.database, schemas, simulator.organization);
const secrets = [simulator.clientSecret, new URL(server.url).password];
const printed = outputs.filter((one) =>
  secrets.some((secret) => (one.stdout() + one.stderr()).includes(secret)),
);
const left = (await observer.stagingTables()) + (await observer.locks());

printMachine('PostgreSQL behind pgbouncer, session mode');
printTable(Object.entries(ends).map(([status, count]) => ({ 'night ended': status, nights: count })));
print();
print(`requests                                    ${simulator.counters.requests}`);
print(`processes started                           ${outputs.length}`);
print(`processes that had to be killed (want 0)    ${forced}`);
print(`processes that printed a secret (want 0)    ${printed.length}`);
print(`staging tables and locks left (want 0)      ${left}`);
print(`streams that differ from the truth (want 0) ${wrong.length}`);
for (const text of wrong) print(text);
if (forced + printed.length + left + wrong.length > 0) process.exitCode = 1;

function writeSettings(more: string): void {
  writeFileSync(
    settings,
    `sigma: { timeout_seconds: 3, max_answer_megabytes: 1 }
service: { port: 0, jitter_seconds: 0 }
schedules:
  - { name: nightly, cron: "*/${flags.every} * * * * *" }
sync:
  # Changes of weeks come within seconds here.
  deletion_guard: { percent: 100 }
${more}`,
  );
}

function begin(): RunningCli {
  const one = start();
  outputs.push(one);
  return one;
}

function breakApi(): void {
  simulator.faults.inject({
    kinds: FAULT_KINDS.filter((kind) => kind !== 'shift'),
    rate: flags.faults,
    seed: 3,
  });
  simulator.faults.inject({
    kinds: [...ENDLESS_FAULT_KINDS],
    rate: flags.faults / 20,
    seed: 4,
    maxInARow: 1,
  });
}

/** @returns the line after which the night's end is looked for */
async function cause(trouble: Trouble, due: LogLine): Promise<LogLine | undefined> {
  if (trouble === 'stop' || trouble === 'kill') {
    if (trouble === 'stop') await stop();
    else {
      service.signal('SIGKILL');
      await service.ended;
    }
    service = begin();
    return undefined;
  }
  if (trouble === 'server restart' || trouble === 'server kill')
    await restart(server, trouble === 'server kill');
  if (trouble === 'full disk') await fillDisk();
  // Longer than the pooler lets a client be idle.
  if (trouble === 'idle clients dropped') await sleep(5000);
  return due;
}

async function stop(): Promise<void> {
  service.signal('SIGTERM');
  const ended = await Promise.race([service.ended.then(() => true), sleep(PATIENCE_MS, false)]);
  if (ended) return;
  forced++;
  service.signal('SIGKILL');
  await service.ended;
}

async function restart(one: PrivatePostgres, isKilled: boolean): Promise<void> {
  await (isKilled ? one.kill() : one.stop());
  await sleep(1000);
  await one.start();
}

/** No table may grow for a while. */
async function fillDisk(): Promise<void> {
  const [row] = await observer.database.session((session) =>
    session.query<{ bytes: string }>(`select max(pg_relation_size(oid))::text as bytes from pg_class`),
  );
  await server.stop();
  // A segment of the write-ahead log must fit: a server that can't write it ends.
  await server.start({ maxFileBytes: Math.max(1_048_576, Number(row?.bytes ?? 0)) + 16_384 });
  await sleep(4000);
  await server.stop();
  await server.start();
}
