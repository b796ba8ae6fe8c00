/**
 * A month of nights in minutes: one service with a compressed schedule, an organization that changes every day, faults,
 * a database that goes away, kills and restarts. At the end the tables must equal the truth, and nothing may have grown.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSimulator } from '../simulator/server.ts';
import { schemasFor } from '../src/state/schemas.ts';
import { envFor } from '../test/support/cli.ts';
import buildIfStale from '../test/support/setup-e2e.ts';
import { type RunningCli, startCli } from '../test/support/start-cli.ts';
import { tcpProxy } from '../test/support/tcp-proxy.ts';
import { differences } from '../test/support/truth.ts';
import { benchmark, share, whole } from './support/flags.ts';
import { openObserver } from './support/observer.ts';
import { fixed, note, print, printMachine, printTable } from './support/output.ts';
import { openTargets } from './support/target.ts';
import { median } from './support/timing.ts';

const flags = benchmark(
  'soak',
  'Runs a month of nightly syncs in one service, with mutations, faults, kills and restarts.',
  '--nights 30 --workbooks 300 --every 15',
  {
    nights: whole('nights', 30, { least: 20, most: 1000 }),
    workbooks: whole('workbooks of the organization', 200),
    members: whole('members of the organization', 100),
    mutations: whole('changes of the organization between two nights', 60, { least: 0 }),
    faults: share('share of the requests that are made to fail', 0.02),
    every: whole('seconds from night to night; a divisor of 60', 15, { least: 5, most: 60, unit: 's' }),
  },
);

/** Troubles in the middle of a night; only in the first half, so that the second half shows growth. */
const TROUBLE: Readonly<Record<number, 'SIGKILL' | 'SIGTERM' | 'database'>> = {
  3: 'SIGTERM',
  5: 'SIGKILL',
  7: 'database',
  9: 'SIGKILL',
  11: 'database',
  13: 'SIGTERM',
};

interface Night {
  readonly night: number;
  readonly trouble: string;
  readonly runs: number;
  readonly seconds: number;
  readonly rss: number;
  readonly handles: number;
  readonly connections: number;
  readonly staging: number;
}

buildIfStale();
const schemas = schemasFor('sigma');
await using targets = await openTargets('postgres');
await using target = await targets.open();
const url = target.env['DATABASE_URL'] ?? '';
await using simulator = await startSimulator({
  organization: { seed: 1, workbooks: flags.workbooks, members: flags.members },
});
await using proxy = await tcpProxy(Number(new URL(url).port));
const throughProxy = new URL(url);
throughProxy.port = String(proxy.port);
const settings = join(target.folder, 'soak.yaml');
const cron = `"*/${flags.every} * * * * *"`;
const yaml = (more: string): string =>
  `${more}service: { port: 0, jitter_seconds: 0 }\nschedules:\n  - { name: nightly, cron: ${cron} }\n`;
writeFileSync(settings, yaml(''));
const env = { ...envFor(simulator, throughProxy.href) };
const start = (): RunningCli => startCli(['--config', settings, 'start'], { cwd: target.folder, env });

await using database = openObserver(url, schemas);
simulator.faults.inject({ kinds: ['429', '500', '503', 'cut', 'reset'], rate: flags.faults, seed: 3 });
let service = start();
let restarts = 0;
let warnings = 0;
let last = await service.event('schedule.finished', { withinMs: 300_000 });
const nights: Night[] = [];

for (let night = 1; night <= flags.nights; night++) {
  simulator.organization.mutate(flags.mutations);
  const began = performance.now();
  const runsBefore = await database.runs();
  const trouble = TROUBLE[night];
  const due = await service.event('run.started', { after: last, withinMs: 120_000 });
  if (trouble === 'SIGKILL' || trouble === 'SIGTERM') {
    await sleep(300);
    service.signal(trouble);
    await service.ended;
    restarts++;
    warnings += service.log.filter(({ level }) => level === 'warn' || level === 'error').length;
    service = start();
  } else if (trouble === 'database') {
    await sleep(300);
    await proxy.cut();
    await sleep(4000);
    await proxy.restore();
  }
  const isDone = (line: { readonly [field: string]: unknown }): boolean => line['status'] === 'complete';
  const after = trouble === undefined || trouble === 'database' ? due : undefined;
  last = await service.event('schedule.finished', { after, matches: isDone, withinMs: 180_000 });
  await sleep(500);
  nights.push({
    ...{ night, trouble: trouble ?? '', runs: (await database.runs()) - runsBefore },
    seconds: (performance.now() - began) / 1000,
    ...{ rss: rssOf(service.pid), handles: readdirSync(`/proc/${service.pid}/fd`).length },
    ...{ connections: await database.connections(), staging: await database.stagingTables() },
  });
  note(`night ${night}: ${JSON.stringify(nights.at(-1))}`);
}

// The last night reads everything: what changes without a signal would else be up to a week old.
simulator.faults.clear();
writeFileSync(settings, yaml('sync: { refresh_days: 0 }\n'));
service.signal('SIGHUP');
const reloaded = await service.event('config.reloaded', { after: last });
const final = await service.event('run.started', { after: reloaded, withinMs: 120_000 });
await service.event('run.finished', { after: final, withinMs: 300_000 });
service.signal('SIGTERM');
const end = await service.ended;
warnings += service.log.filter(({ level }) => level === 'warn' || level === 'error').length;
const wrong = await differences(database.database, schemas, simulator.organization);
const left = {
  connections: await database.connections(),
  staging: await database.stagingTables(),
  locks: await database.locks(),
};

printMachine(targets.label);
printTable(nights.map((one) => ({ ...one, seconds: fixed(one.seconds), rss: `${Math.round(one.rss)} MiB` })));
const calm = nights.filter(({ night }) => night > Math.max(...Object.keys(TROUBLE).map(Number)));
const third = Math.max(1, Math.floor(calm.length / 3));
const growth = (pick: (one: Night) => number): number =>
  median(calm.slice(-third).map(pick)) / Math.max(1, median(calm.slice(0, third).map(pick)));
const figures = {
  rss: growth(({ rss }) => rss),
  handles: growth(({ handles }) => handles),
  connections: growth(({ connections }) => connections),
};
print();
print(`restarts                                       ${restarts}`);
print(`requests                                       ${simulator.counters.requests}`);
print(`warnings and errors in the log                 ${warnings}`);
print(`growth of memory, last third to first (≤ 1.25)  ${fixed(figures.rss, 2)}`);
print(`growth of file handles (≤ 1.25)                 ${fixed(figures.handles, 2)}`);
print(`growth of connections (≤ 1.5)                   ${fixed(figures.connections, 2)}`);
print(
  `staging tables left by any night (want 0)      ${nights.reduce((sum, { staging }) => sum + staging, 0)}`,
);
print(
  `connections, staging tables, locks at the end  ${left.connections}, ${left.staging}, ${left.locks} (want 0)`,
);
print(`token requests too close (want 0)              ${simulator.counters.tokenRateViolations}`);
print(`exit code after SIGTERM (want 0)               ${end.code}`);
print(`streams that differ from the truth (want 0)    ${wrong.length}`);
for (const text of wrong) print(text);
const isSound =
  figures.rss <= 1.25 && figures.handles <= 1.25 && figures.connections <= 1.5 && end.code === 0;
const isClean = left.connections + left.staging + left.locks + wrong.length === 0;
if (!isSound || !isClean) process.exitCode = 1;

/** Resident memory in MiB. */
function rssOf(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}
