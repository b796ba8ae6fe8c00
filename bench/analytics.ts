/** Speed of all models of answers, to refresh and to query, in a large organization. */

import { analyticsSchema } from '../src/analytics/model.ts';
import { type AnalyticsResult, refreshAnalytics } from '../src/analytics/refresh-analytics.ts';
import { type Database, quoteTable } from '../src/core/database/database.ts';
import { EventBus } from '../src/core/events/bus.ts';
import { catalogue } from '../src/extractors/catalogue.ts';
import { migrate } from '../src/state/migrate.ts';
import { schemasFor } from '../src/state/schemas.ts';
import { CHANGED_AT, fillOrganization } from './support/access-data.ts';
import { fillContent, MOST_USED } from './support/content-data.ts';
import { benchmark, CONTENT, ORGANIZATION, on, whole } from './support/flags.ts';
import { type Figures, fixed, note, print, printMachine, printTable } from './support/output.ts';
import { openDatabase, openTargets } from './support/target.ts';
import { timed } from './support/timing.ts';
import { timePages, timeSearch } from './support/usage-pages.ts';

const flags = benchmark(
  'analytics',
  'Time to refresh all models of answers, at first, after a change and after none, and time of questions to them.',
  '--workbooks 1000 --elements 10000 --grants 20000',
  {
    ...ORGANIZATION,
    ...CONTENT,
    repeat: whole('ask each question so often and take the median', 9, { most: 1000 }),
    objects: whole('objects to find one among', 100_000),
    pglite: on('ask the embedded database'),
  },
);

const schemas = schemasFor('sigma');
const table = (name: string): string => quoteTable(schemas.target, name);
const model = (name: string): string => quoteTable(analyticsSchema(schemas), name);
const settings = { enabled: true, staleDays: 90, internalDomains: [], auditLog: undefined };

interface Question {
  readonly question: string;
  /** The rows of this are counted in the database; none is sent. */
  readonly sql: string;
  readonly of?: readonly (readonly string[])[];
}

const inventory = model('workbook_inventory');
const questions = (
  pairs: readonly (readonly [string, string])[],
  mostUsed: string,
  tables: readonly string[],
): Question[] => [
  {
    question: 'impact_of the most used table',
    sql: `select * from ${model('impact_of')}($1)`,
    of: [[mostUsed]],
  },
  {
    question: 'impact_of a table',
    sql: `select * from ${model('impact_of')}($1)`,
    of: tables.map((id) => [id]),
  },
  {
    question: 'upstream_of a workbook',
    sql: `select * from ${model('upstream_of')}($1)`,
    of: pairs.map(([, book]) => [book]),
  },
  { question: 'why_access', sql: `select * from ${model('why_access')}($1, $2)`, of: pairs },
  {
    question: 'access_matrix of one member',
    sql: `select * from ${model('access_matrix')} where member_id = $1`,
    of: pairs.map(([member]) => [member]),
  },
  {
    question: 'access_matrix of one workbook',
    sql: `select * from ${model('access_matrix')} where inode_id = $1`,
    of: pairs.map(([, book]) => [book]),
  },
  { question: 'inventory: 50 by name', sql: `select * from ${inventory} order by lower(name) limit 50` },
  { question: 'inventory: a word in the name', sql: `select * from ${inventory} where name ilike '%99%'` },
  ...[
    ...['stale_workbooks', 'orphaned_content', 'duplicate_workbooks', 'broken_elements', 'licence_use'],
    ...['external_members', 'schedule_load', 'growth'],
  ].map((name) => ({ question: name, sql: `select * from ${model(name)}` })),
  {
    question: 'access_changes of a week',
    sql: `select * from ${model('access_changes')} where changed_at > timestamptz '${CHANGED_AT}' - interval '6 days'`,
  },
  {
    question: 'access_exposure: the 50 most open',
    sql: `select * from ${model('access_exposure')} order by viewers desc limit 50`,
  },
];

async function ask(database: Database, { question, sql, of = [[]] }: Question): Promise<Figures> {
  let rows = 0;
  const { median, slowest } = await timed(flags.repeat, async (turn) => {
    const [answer] = await database.session((session) =>
      session.query<{ rows: number }>(
        // The size makes every column of every row, as sending them would, and formats none.
        `select count(*)::integer as rows, sum(pg_column_size(x)) from (${sql} offset 0) x`,
        of[turn % of.length],
      ),
    );
    rows = Math.max(rows, answer?.rows ?? 0);
  });
  note(`${question}: ${fixed(median)} ms`);
  return {
    question,
    'median ms': fixed(median),
    'slowest ms': fixed(slowest),
    'rows, at most': rows,
  };
}

/** A night: 1 % of the workbooks got a version, 1 % of the grants another permission, and some members opened something. */
const CHANGES = [
  `update ${table('workbook_elements')} set name = name || '!', _synced_at = now() where hashtext(workbook_id) % 100 = 0`,
  `update ${table('workbook_lineage')} set type = 'lookup', _synced_at = now() where hashtext(workbook_id) % 100 = 0`,
  `update ${table('workbooks')} set updated_at = now(), _synced_at = now() where hashtext(workbook_id) % 100 = 0`,
  `update ${table('files')} set updated_at = now(), _synced_at = now() where hashtext(id) % 100 = 0`,
  `update ${table('grants')} set permission = 'edit', _synced_at = now() where hashtext(grant_id) % 100 = 1`,
  `update ${table('members')} set first_name = first_name || '!', _synced_at = now() where hashtext(member_id) % 100 = 0`,
  `update ${table('member_recent_files')} set last_interaction_at = now(), _synced_at = now() where hashtext(member_id) % 20 = 0`,
];

async function refresh(database: Database): Promise<{ result: AnalyticsResult; ms: number }> {
  const started = performance.now();
  const options = { settings, events: new EventBus(), now: () => performance.now() };
  const result = await refreshAnalytics({ database, schemas, ...options });
  if (result.error !== undefined) throw new Error(result.error);
  for (const { model: name, error } of result.models)
    if (error !== undefined) throw new Error(`${name}: ${error}`);
  return { result, ms: performance.now() - started };
}

await using targets = await openTargets(flags.pglite === true ? 'pglite' : 'postgres');
await using target = await targets.open();
const database = await openDatabase(target);
try {
  await migrate(database, schemas, catalogue, new EventBus());
  const started = performance.now();
  await fillOrganization(database, schemas, flags);
  await fillContent(database, schemas, flags);
  note(`filled in ${fixed((performance.now() - started) / 1000)} s`);

  const first = await refresh(database);
  note(`first refresh: ${fixed(first.ms)} ms`);
  for (const sql of CHANGES) await database.session((session) => session.query(sql));
  const again = await refresh(database);
  note(`after a night's changes: ${fixed(again.ms)} ms`);
  const none = await refresh(database);
  const figures: Figures[] = first.result.models.map(({ model: name, rows, durationMs }, i) => ({
    model: name,
    rows: rows ?? '',
    'first ms': durationMs ?? '',
    'after changes ms': again.result.models[i]?.durationMs ?? again.result.models[i]?.status ?? '',
    unchanged: none.result.models[i]?.status ?? '',
  }));
  figures.push({
    ...{ model: 'all', rows: '', 'first ms': Math.round(first.ms), 'after changes ms': Math.round(again.ms) },
    unchanged: `${Math.round(none.ms)} ms`,
  });

  const pairs = await database.session((session) =>
    session.query<{ member: string; book: string }>(
      `select member_id as member, inode_id as book from ${table('grants')} g
         join ${table('workbooks')} w on w.workbook_id = g.inode_id
        where member_id is not null order by hashtext(grant_id) limit 9`,
    ),
  );
  const [most] = await database.session((session) => session.query<{ id: string }>(MOST_USED));
  const tables = await database.session((session) =>
    session.query<{ id: string }>(
      `select node_id as id from ${model('lineage_nodes')} where type = 'table' order by hashtext(node_id) limit 9`,
    ),
  );
  const answers: Figures[] = [];
  for (const question of questions(
    pairs.map(({ member, book }) => [member, book] as const),
    most?.id ?? '',
    tables.map(({ id }) => id),
  ))
    answers.push(await ask(database, question));
  const pages = await timePages(database, target.env, {
    pairs: pairs.map(({ member, book }) => [member, book] as const),
    table: most?.id ?? '',
    repeat: flags.repeat,
  });
  const found = await timeSearch(database, target.env, { objects: flags.objects, repeat: flags.repeat });
  printMachine(targets.label);
  printTable(figures);
  print();
  printTable(answers);
  print();
  printTable(pages);
  print();
  printTable(found);
} finally {
  await database.close();
}
