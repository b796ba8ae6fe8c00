/** Speed of the queries of README.md and docs/*.md right after the first sync: no autovacuum, no ANALYZE by hand. */

import { analyticsSchema } from '../src/analytics/model.ts';
import { refreshAnalytics } from '../src/analytics/refresh-analytics.ts';
import { analyzeChanged } from '../src/core/database/analyze.ts';
import { type Database, quoteTable } from '../src/core/database/database.ts';
import { tidy } from '../src/core/database/tidy.ts';
import { EventBus } from '../src/core/events/bus.ts';
import { catalogue } from '../src/extractors/catalogue.ts';
import { migrate } from '../src/state/migrate.ts';
import { schemasFor } from '../src/state/schemas.ts';
import {
  type Documented,
  documentedSql,
  planOf,
  type Subjects,
  scannedFunctions,
} from '../test/support/documented-sql.ts';
import { fillOrganization } from './support/access-data.ts';
import { fillContent } from './support/content-data.ts';
import { benchmark, CONTENT, ORGANIZATION, text, unless, whole } from './support/flags.ts';
import { type Figures, fixed, note, print, printMachine, printTable } from './support/output.ts';
import { openDatabase, openTargets, type TargetKind } from './support/target.ts';
import { timed } from './support/timing.ts';

const flags = benchmark(
  'first-day',
  'Time and plan of every query in README.md and docs/*.md right after the first sync of a large organization, on a server and embedded.',
  '--workbooks 1000 --elements 10000 --grants 20000',
  {
    ...ORGANIZATION,
    ...CONTENT,
    repeat: whole('ask each so often, and take the median', 5, { most: 1000 }),
    everybody: unless('leave out what works out the access of everybody, which takes minutes'),
    only: text('one of the databases: postgres or pglite', 'database'),
  },
);

const schemas = schemasFor('sigma');

/**
 * Milliseconds that bench/README.md names: for one object or member; for all that one member may reach; at an earlier
 * time; for a list of a whole kind; for some members at once; for everybody, now and before.
 */
const BOUNDS = { one: 50, reach: 110, earlier: 1500, list: 350, some: 3000, everybody: 180_000 } as const;

/** Functions of ours that a plan may scan; those of the past stand in every plan, in the half that is not run. */
const OURS = /^(?:effective_access|why_access|impact_of|upstream_of)$/;

/** The time that a query may take depends on its subject. */
function boundOf({ sql }: Documented): number {
  if (/full join/.test(sql)) return BOUNDS.everybody;
  if (/_as_of\(|effective_access\('|why_access\([^)]*,\s*\(select/.test(sql)) return BOUNDS.earlier;
  if (/cross join lateral|left join lateral/.test(sql)) return BOUNDS.some;
  if (/(?:effective_access|access_matrix)\b[\s\S]*\bmember_id = /.test(sql)) return BOUNDS.reach;
  if (/effective_access|why_access|access_matrix|impact_of|upstream_of/.test(sql)) return BOUNDS.one;
  return BOUNDS.list;
}

/** The run that loaded it, as far as questions ask for its time. */
const FIRST_RUN = `insert into ${quoteTable(schemas.state, 'runs')}
  (run_id, command, status, cycle_id, cycle_started_at, started_at, finished_at)
  select 'first', 'sync', 'complete', 'first', at, at, at from (values ('2026-11-19'::timestamptz)) t (at)`;

/** Does to the tables the same as a first sync, once they are loaded. */
async function settle(database: Database): Promise<void> {
  for (const { name } of catalogue) {
    const [row] = await database.session((session) =>
      session.query<{ rows: number }>(
        `select count(*)::integer as rows from ${quoteTable(schemas.target, name)}`,
      ),
    );
    await analyzeChanged(database, schemas.target, name, row?.rows ?? 0);
  }
  const settings = { enabled: true, staleDays: 90, internalDomains: [], auditLog: undefined };
  const options = { settings, events: new EventBus(), now: () => performance.now() };
  const { error } = await refreshAnalytics({ database, schemas, ...options });
  if (error !== undefined) throw new Error(error);
  await tidy({ database, schemas: [schemas.target, schemas.state, analyticsSchema(schemas)] });
}

async function subjectsOf(database: Database): Promise<Subjects> {
  const [row] = await database.session((session) =>
    session.query<Record<keyof Subjects, string>>(
      `select w.workbook_id as "workbookId", w.name as "workbookName", m.member_id as "memberId", m.email,
              (select min(team_id) from sigma.teams) as "teamId",
              (select n.name from ${quoteTable(analyticsSchema(schemas), 'lineage_nodes')} n
                where n.type = 'table' order by hashtext(n.node_id) limit 1) as "table", '2026-11-01' as at
         from sigma.grants g join sigma.workbooks w on w.workbook_id = g.inode_id
         join sigma.members m on m.member_id = g.member_id and not m.is_archived
        order by hashtext(g.grant_id) limit 1`,
    ),
  );
  if (row === undefined) throw new Error('there is nothing to ask about');
  return row;
}

/** A query and what it took. */
interface Asked {
  readonly documented: Documented;
  readonly plan: string;
  readonly rows: number;
  readonly median: number;
  readonly slowest: number;
}

async function ask(database: Database, documented: Documented): Promise<Asked> {
  const { place, title, sql } = documented;
  const [explained] = await database.session((session) =>
    session.query<{ 'QUERY PLAN': unknown }>(`explain (format json) ${sql}`),
  );
  const plan = planOf(explained?.['QUERY PLAN']);
  const functions = scannedFunctions(plan).filter((name) => OURS.test(name));
  let rows = 0;
  const repeat = boundOf(documented) === BOUNDS.everybody ? 1 : flags.repeat;
  const timing = await timed(repeat, async () => {
    rows = (await database.session((session) => session.query(sql))).length;
  });
  note(`${place} ${title}: ${fixed(timing.median)} ms`);
  const scans = functions.length === 0 ? '' : `, scans ${functions.join(', ')}`;
  return { documented, plan: `${plan['Node Type']}${scans}`, rows, ...timing };
}

/** Asks all of them one after the other. */
async function askAll(database: Database): Promise<Asked[]> {
  const asked: Asked[] = [];
  for (const documented of documentedSql(await subjectsOf(database)))
    if (flags.everybody || boundOf(documented) !== BOUNDS.everybody)
      asked.push(await ask(database, documented));
  return asked;
}

function figuresOf({ documented, plan, rows, median, slowest }: Asked, later: Asked | undefined): Figures {
  const { place, title } = documented;
  const bound = boundOf(documented);
  return {
    query: place,
    title: title.length > 60 ? `${title.slice(0, 59)}…` : title,
    'median ms': fixed(median),
    'slowest ms': fixed(slowest),
    'vacuumed and analyzed ms': fixed(later?.median ?? Number.NaN),
    rows,
    plan,
    'bound ms': bound,
    '': median > bound ? 'above' : '',
  };
}

for (const kind of ['postgres', 'pglite'] satisfies TargetKind[]) {
  if (flags.only !== undefined && flags.only !== kind) continue;
  await using targets = await openTargets(kind);
  await using target = await targets.open();
  const database = await openDatabase(target);
  try {
    await migrate(database, schemas, catalogue, new EventBus());
    await fillOrganization(database, schemas, flags, 'none');
    await fillContent(database, schemas, flags, 'none');
    await database.session((session) => session.query(FIRST_RUN));
    note('filled');
    const started = performance.now();
    await settle(database);
    note(`what a first sync does then: ${fixed((performance.now() - started) / 1000)} s`);
    const asked = await askAll(database);
    // An administrator could do this to a database.
    await database.session((session) => session.query('vacuum analyze'));
    const later = await askAll(database);
    printMachine(targets.label);
    printTable(asked.map((one, i) => figuresOf(one, later[i])));
    print();
  } finally {
    await database.close();
  }
}
