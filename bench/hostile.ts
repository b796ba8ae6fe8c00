/** Peak resident memory of `sync` against an API whose every answer is too large: it should stay below 300 MiB. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { BIN } from '../test/support/cli.ts';
import { endless, type ScriptedAnswer, scriptedServer, withTokens } from '../test/support/scripted-server.ts';
import buildIfStale from '../test/support/setup-e2e.ts';
import { benchmark, text, whole } from './support/flags.ts';
import { type Figures, fixed, note, printMachine, printTable } from './support/output.ts';
import { openTargets, type Targets } from './support/target.ts';

const flags = benchmark(
  'hostile',
  'Peak resident memory of "sigma-sync sync" where every answer of the API is beyond its bounds, or just within them.',
  '--only endless --seconds 60',
  {
    seconds: whole('after so many a run is stopped; what it took until then counts', 90),
    most: whole('a peak beyond this fails', 300, { unit: 'MiB' }),
    only: text('one kind of answer alone', 'kind'),
  },
);

/** Listings that are read side by side. */
const STREAMS = ['teams', 'members', 'tags', 'templates', 'connections', 'workspaces', 'workbooks', 'files'];

const x = (length: number): string => 'x'.repeat(length);
const listing = (count: number, entry: (number: number) => string): ScriptedAnswer => ({
  body: `{"entries":[${Array.from({ length: count }, (_, i) => entry(i)).join(',')}],"nextPage":null}`,
});
const IDS = ['team', 'member', 'tag', 'template', 'connection', 'workspace', 'workbook', 'versionTag'];
const ids = (i: number): string => [...IDS.map((name) => `"${name}Id":"${i}"`), `"id":"${i}"`].join(',');

const LAST = '"nextPage":null}';
const MORE = '"nextPage":"more"}';

function bodyOf(answer: ScriptedAnswer): string {
  return typeof answer === 'object' && 'body' in answer ? String(answer.body) : '';
}

/** Answers that every endpoint gives, each with what is expected. */
const ANSWERS: Readonly<Record<string, readonly [what: string, answer: () => ScriptedAnswer]>> = {
  endless: ['a body without an end', () => endless(x(64 * 1024))],
  'endless error': ['an error without an end', () => endless(x(64 * 1024), 0, 400)],
  'many entries': [
    '200,000 entries of 200 bytes',
    () => listing(200_000, (i) => `{${ids(i)},"name":"${x(60)}"}`),
  ],
  'many small entries': [
    '200,000 entries of 25 bytes',
    () => listing(200_000, (i) => `{"id":"${i}","teamId":"${i}"}`),
  ],
  'large entry': ['an entry of 50 MB', () => listing(1, (i) => `{${ids(i)},"name":"${x(50_000_000)}"}`)],
  'largest entry': [
    'an entry just within the bound',
    () => listing(1, (i) => `{${ids(i)},"name":"${x(7_900_000)}"}`),
  ],
  'largest page': [
    'a page just within the bound',
    () => listing(7300, (i) => `{${ids(i)},"name":"${x(850)}"}`),
  ],
  'most values': [
    'as many values as may be',
    () => listing(1, (i) => `{${ids(i)},"x":[${Array.from({ length: 140_000 }, () => '{}').join(',')}]}`),
  ],
  'most entries': [
    '90,000 entries just within the bound',
    () => listing(90_000, (i) => `{"id":"${i}","teamId":"${i}"}`),
  ],
  'pages without an end': [
    'page after page of 1,000 entries',
    () => ({ body: bodyOf(listing(1000, (i) => `{${ids(i)},"name":"${x(850)}"}`)).replace(LAST, MORE) }),
  ],
};

async function measure(
  targets: Targets,
  answer: ScriptedAnswer,
): Promise<{ mib: number; ended: string; seconds: number }> {
  await using target = await targets.open();
  let asked = 0;
  const body = bodyOf(answer);
  const another = (): ScriptedAnswer => ({ body: body.replace(MORE, `"nextPage":"${asked++}"}`) });
  const server = await scriptedServer(withTokens(() => (body.endsWith(MORE) ? another() : answer)));
  const started = performance.now();
  const child = spawn(process.execPath, [BIN, 'sync', ...STREAMS], {
    cwd: target.folder,
    env: {
      ...{ PATH: process.env['PATH'], HOME: target.folder, ...target.env, SIGMA_SYNC_LOG_LEVEL: 'error' },
      ...{
        SIGMA_BASE_URL: server.url,
        SIGMA_CLIENT_ID: 'id',
        SIGMA_CLIENT_SECRET: 's3cret',
        SIGMA_SYNC_ANALYTICS: 'false',
      },
    },
    stdio: 'ignore',
  });
  let peak = 0;
  let stopped = false;
  const watch = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      peak = Math.max(peak, Number(/VmHWM:\s*(\d+)/.exec(status)?.[1] ?? 0));
    } catch {
      // It has ended.
    }
  }, 10);
  const timer = setTimeout(() => {
    stopped = child.kill('SIGKILL');
  }, flags.seconds * 1000);
  const code = await new Promise<number | null>((done) => child.on('close', done));
  clearInterval(watch);
  clearTimeout(timer);
  await server.close();
  const seconds = (performance.now() - started) / 1000;
  return { mib: Math.round(peak / 1024), ended: stopped ? 'stopped' : `exit ${code}`, seconds };
}

await buildIfStale();
const targets = await openTargets('postgres');
printMachine(targets.label);
const rows: Figures[] = [];
let worst = 0;
for (const [name, [what, make]] of Object.entries(ANSWERS)) {
  if (flags.only !== undefined && flags.only !== name) continue;
  const { mib, ended, seconds } = await measure(targets, make());
  note(`${name}: ${mib} MiB, ${ended} after ${fixed(seconds)} s`);
  worst = Math.max(worst, mib);
  rows.push({ answer: name, 'every answer is': what, 'peak, MiB': mib, end: ended });
}
await targets[Symbol.asyncDispose]();
printTable(rows);
if (worst > flags.most) {
  note(`The peak must stay below ${flags.most} MiB.`);
  process.exitCode = 1;
}
