/** Speed and size of the pages about usage, and speed of the search. */
import { request } from 'node:http';
import { analyticsSchema } from '../../src/analytics/model.ts';
import { type Database, quoteTable } from '../../src/core/database/database.ts';
import { startWeb } from '../../src/operations/web/start-web.ts';
import { schemasFor } from '../../src/state/schemas.ts';
import { openControl } from '../../test/support/web-control.ts';
import { webApp } from '../../test/support/web-data.ts';
import { type Figures, fixed, note } from './output.ts';
import { timed } from './timing.ts';

type Pair = readonly [member: string, workbook: string];

/** The objects that the pages are asked about. */
export interface Asked {
  /** Members and workbooks that they can see. */
  readonly pairs: readonly Pair[];
  /** A node of lineage that much depends on. */
  readonly table: string;
  readonly repeat: number;
}

/** Asks each page so often, one after the other. */
export async function timePages(
  database: Database,
  env: Readonly<Record<string, string>>,
  { pairs, table, repeat }: Asked,
): Promise<Figures[]> {
  const pages: readonly (readonly [title: string, path: (member: string, workbook: string) => string])[] = [
    ['overview', () => '/'],
    ['streams', () => '/streams'],
    ['workbooks', () => '/workbooks'],
    ['workbooks, searched', () => '/workbooks?text=99'],
    ['workbooks, by name, page 100', () => '/workbooks?sort=name&page=100'],
    ['stale', () => '/workbooks/stale'],
    ['one workbook', (_, workbook) => `/workbooks/${workbook}`],
    ['members', () => '/members'],
    ['one member', (member) => `/members/${member}`],
    ['who sees what', (member, workbook) => `/access?member=${member}&object=${workbook}`],
    ['exposure', () => '/access/exposure'],
    ['lineage of the most used table', () => `/lineage/${table}`],
    ['lineage of a workbook', (_, workbook) => `/lineage/${workbook}`],
    ['what breaks if that table goes', () => `/impact/of?of=${table}`],
    ['sources to choose one', () => '/impact'],
    ['who opened what', () => '/openings'],
    ['who opened a workbook', (_, workbook) => `/openings?of=${workbook}`],
    ['changes of access', () => '/access/changes'],
    ['access lost in a week', () => '/access/changes?filter=lost+lately'],
    ['licences', () => '/licences'],
    ['orphaned', () => '/orphans'],
    ['duplicates', () => '/duplicates'],
    ['schedule load', () => '/schedules'],
    ['schedules that fail', () => '/schedules/failures'],
    ['growth', () => '/growth'],
    ['digest of a week', () => '/digest'],
    ['all workbooks as CSV', () => '/workbooks.csv?filter=all'],
  ];
  const app = webApp({ env });
  await using web = await startWeb({ control: openControl({ app, database: async () => database }) });
  const figures: Figures[] = [];
  for (const [title, pathOf] of pages) {
    let sent = 0;
    const ask = async (turn: number): Promise<void> => {
      const [member, workbook] = pairs[turn % pairs.length] ?? ['', ''];
      sent = await transfer(`${web.url}${pathOf(member, workbook)}`);
    };
    // The first finds nothing in the caches.
    await ask(0);
    const { median, slowest } = await timed(repeat, (turn) => ask(turn + 1));
    note(`${title}: ${fixed(median)} ms`);
    figures.push({
      page: title,
      'median ms': fixed(median),
      'slowest ms': fixed(slowest),
      'kB sent': fixed(sent / 1000, 0),
    });
  }
  return figures;
}

/** Bytes of an answer as a browser gets it: compressed. */
export function transfer(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { headers: { 'accept-encoding': 'gzip' } }, (incoming) => {
      let bytes = 0;
      incoming.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      incoming.on('error', reject);
      incoming.on('end', () =>
        incoming.statusCode === 200
          ? resolve(bytes)
          : reject(new Error(`${url} answered ${incoming.statusCode}`)),
      );
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

const TEXTS = ['person 77', 'p', 'wo', 'workb', 'erson', 'zzzz', 'person.4711@example.com'];

/** Finds among so many objects: members are added to those that are there. */
export async function timeSearch(
  database: Database,
  env: Readonly<Record<string, string>>,
  { objects, repeat }: { readonly objects: number; readonly repeat: number },
): Promise<Figures[]> {
  const schemas = schemasFor('sigma');
  const names = quoteTable(analyticsSchema(schemas), 'object_names');
  await database.session(async (session) => {
    await session.query(
      `insert into ${quoteTable(schemas.target, 'members')} (member_id, first_name, last_name, email, _first_synced_at, _synced_at, _raw)
       select 'found-' || n, 'Person', n::text, 'person.' || n || '@example.com', now(), now(), '{}'
         from generate_series(1, greatest(0, $1::integer - (select count(*) from ${names}))) n`,
      [objects],
    );
    await session.query(`refresh materialized view ${names}`);
    await session.query(`analyze ${names}`);
  });
  const app = webApp({ env });
  await using web = await startWeb({ control: openControl({ app, database: async () => database }) });
  const figures: Figures[] = [];
  for (const text of TEXTS) {
    const ask = async (): Promise<void> => {
      await transfer(`${web.url}/search/suggestions?q=${encodeURIComponent(text)}`);
    };
    await ask();
    const { median, slowest } = await timed(repeat, ask);
    figures.push({
      [`found among ${objects} objects`]: text,
      'median ms': fixed(median),
      'slowest ms': fixed(slowest),
    });
  }
  return figures;
}
