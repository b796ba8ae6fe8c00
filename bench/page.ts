/** How fast the page answers: with a year of runs in the run book, and about the use of 10,000 workbooks. */
import { catalogue } from '../src/extractors/catalogue.ts';
import { startWeb } from '../src/operations/web/start-web.ts';
import { migrate } from '../src/state/migrate.ts';
import { openControl } from '../test/support/web-control.ts';
import { fillChanges, fillRunBook, fillSizes, webApp } from '../test/support/web-data.ts';
import { openLarge } from '../test/support/web-large.ts';
import { usagePaths } from '../test/support/web-usage.ts';
import { benchmark, on, whole } from './support/flags.ts';
import { type Figures, fixed, note, print, printMachine, printTable } from './support/output.ts';
import { openTargets } from './support/target.ts';
import { median, timed } from './support/timing.ts';
import { transfer } from './support/usage-pages.ts';

const flags = benchmark(
  'page',
  'Time of the page with a year of runs of all streams: the overview, the other pages, and searches of the change log. Then the pages about use, in an organization of 10,000 workbooks: each must answer in 200 ms, also the slowest time of nine.',
  '--runs 400 --repeat 50',
  {
    runs: whole('runs in the run book', 400),
    changes: whole('changes in the log', 1_000_000),
    repeat: whole('ask for each so often and take the median', 50, { most: 1000 }),
    pglite: on('ask the embedded database, which leaves out the pages about use'),
    usage: on('ask the pages about use alone'),
  },
);

const PAGES: readonly (readonly [title: string, path: string])[] = [
  ['overview', '/'],
  ['runs', '/runs'],
  ['one run', '/runs/run-000100'],
  ['streams', '/streams'],
  ['one stream', '/streams/workbooks'],
  ['exports', '/exports'],
  ['alerts', '/alerts'],
  ['settings', '/config'],
  ['changes, the latest', '/changes'],
  ['changes of a stream', '/changes?stream=grants'],
  ['changes of a stream that has none', '/changes?stream=tenants'],
  ['changes of a row', '/changes?stream=grants&key=key-1'],
  ['changes with a text', '/changes?text=After+999'],
  ['changes with a text that is nowhere', '/changes?text=nowhere'],
];

/** A page that may be cached must not come from the cache here. */
const PAUSE_MS = 1100;

/** An answer that took longer is one too slow, in milliseconds. */
const BOUND_MS = 200;
/** Most bytes of an answer as it is sent. */
const MOST_BYTES = 60_000;
const TIMES = 9;

if (flags.usage !== true) await askRunBook();
if (flags.pglite !== true) await askUsage();

async function askRunBook(): Promise<void> {
  const now = new Date();
  const streams = catalogue.map(({ name }) => name);
  await using targets = await openTargets(flags.pglite === true ? 'pglite' : 'postgres');
  await using target = await targets.open();
  const app = webApp({ env: target.env });
  const database = await app.openDatabase();
  try {
    await migrate(database, app.schemas, catalogue, app.events);
    note(`${flags.runs} runs of ${streams.length} streams, ${flags.changes} changes`);
    await fillRunBook(database, app.schemas, { runs: flags.runs, streams, now });
    await fillSizes(database, app.schemas, streams, 365, now);
    await fillChanges(database, app.schemas, { changes: flags.changes, now, everyMs: 30_000 });
    await database.session((session) => session.query('analyze'));
    await using web = await startWeb({ control: openControl({ app, database: async () => database }) });
    const rows: Figures[] = [];
    for (const [title, path] of PAGES) {
      const cached = ['/', '/streams', '/exports'].includes(path);
      const first = await ask(web.url, path);
      const repeat = path === '/' ? flags.repeat : Math.min(flags.repeat, 10);
      const times: number[] = [];
      let bytes = 0;
      for (let i = 0; i < repeat; i++) {
        if (cached) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
        const { ms, size } = await ask(web.url, path);
        times.push(ms);
        bytes = size;
      }
      const middle = fixed(median(times));
      rows.push({
        page: title,
        'first ms': fixed(first.ms),
        'median ms': middle,
        'longest ms': fixed(Math.max(...times)),
        times: repeat,
        kB: fixed(bytes / 1000, 0),
      });
      note(`${title}: ${middle} ms`);
    }
    printMachine(targets.label);
    printTable(rows);
  } finally {
    await database.close();
  }
}

/** Pages about use, slowest first; fails if one is too slow or sends too much. */
async function askUsage(): Promise<void> {
  note('an organization of 10,000 workbooks, which takes some minutes to sync');
  await using large = await openLarge();
  await using web = await startWeb({ control: large.control });
  const paths = [...usagePaths(large), `/members/${large.administrator}`];
  const rows: (Figures & { readonly slowest: number })[] = [];
  const wrong: string[] = [];
  for (const path of paths) {
    // The first finds nothing in the caches.
    await transfer(`${web.url}${path}`);
    let bytes = 0;
    const times = await timed(TIMES, async () => {
      bytes = await transfer(`${web.url}${path}`);
    });
    const page =
      path === `/members/${large.administrator}` ? 'an administrator' : path.replaceAll(/[\w-]{20,}/g, '…');
    rows.push({
      page,
      'median ms': fixed(times.median),
      [`slowest of ${TIMES}, ms`]: fixed(times.slowest),
      'kB sent': fixed(bytes / 1000, 0),
      slowest: times.slowest,
    });
    note(`${page}: ${fixed(times.median)} ms`);
    if (times.slowest > BOUND_MS)
      wrong.push(`${page} took ${fixed(times.slowest, 0)} ms; the bound is ${BOUND_MS}.`);
    if (bytes > MOST_BYTES) wrong.push(`${page} sent ${bytes} bytes; the bound is ${MOST_BYTES}.`);
  }
  printMachine('PostgreSQL of our own, 10,000 workbooks');
  printTable(rows.toSorted((a, b) => b.slowest - a.slowest).map(({ slowest: _, ...row }) => row));
  print();
  print(wrong.length === 0 ? `Every page answers within ${BOUND_MS} ms.` : wrong.join('\n'));
  if (wrong.length > 0) process.exitCode = 1;
}

async function ask(url: string, path: string): Promise<{ ms: number; size: number }> {
  const begun = performance.now();
  const answer = await fetch(`${url}${path}`);
  const { length } = await answer.text();
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return { ms: performance.now() - begun, size: length };
}
