/** Speed of effective_access and of the tables as of an earlier time, over many grants and nested folders. */
import { type Database, quoteTable } from '../src/core/database/database.ts';
import { EventBus } from '../src/core/events/bus.ts';
import { catalogue } from '../src/extractors/catalogue.ts';
import { migrate } from '../src/state/migrate.ts';
import { schemasFor } from '../src/state/schemas.ts';
import { CHANGED_AT, fillOrganization } from './support/access-data.ts';
import { benchmark, ORGANIZATION, on, unless, whole } from './support/flags.ts';
import { type Figures, fixed, note, printMachine, printTable } from './support/output.ts';
import { openDatabase, openTargets } from './support/target.ts';
import { timed } from './support/timing.ts';

const flags = benchmark(
  'access',
  'Time of effective_access for one member, one object and the whole organization, now and earlier, and of a table as of an earlier time.',
  '--grants 20000 --repeat 20',
  {
    ...ORGANIZATION,
    repeat: whole('measure each so often and take the median; the whole organization once', 9, {
      most: 1000,
    }),
    paths: unless('leave out the whole organization with all its paths, which are gigabytes'),
    pglite: on('ask the embedded database'),
  },
);

const schemas = schemasFor('sigma');
const name = (object: string): string => quoteTable(schemas.target, object);
/** Before the last 1 % changed. */
const EARLIER = `'${CHANGED_AT}'::timestamptz - interval '1 day'`;

interface Question {
  readonly question: string;
  readonly sql: string;
  readonly repeat: number;
  /** Asked for different members or objects in turn. */
  readonly of?: readonly string[];
}

/** Computes the selected columns and counts them in the database; none of it is sent. */
const measured = (access: string): string =>
  `select count(*)::integer as rows, coalesce(sum(jsonb_array_length(paths)), 0)::integer as paths from (${access} offset 0) x`;

function questions(members: readonly string[], objects: readonly string[]): Question[] {
  const { repeat } = flags;
  const access = (at: string, where: string): string =>
    measured(`select * from ${name('effective_access')}(${at}) ${where}`);
  const all = `from ${name('effective_access')}()`;
  return [
    { question: 'one member', sql: access('', 'where member_id = $1'), repeat, of: members },
    { question: 'one object', sql: access('', 'where inode_id = $1'), repeat, of: objects },
    { question: 'everybody: count', sql: `select count(*)::integer as rows ${all}`, repeat: 1 },
    {
      question: 'everybody: permissions',
      sql: `select count(*)::integer as rows from (select member_id, inode_id, permission ${all} offset 0) x`,
      repeat: 1,
    },
    ...(flags.paths ? [{ question: 'everybody: with paths', sql: access('', ''), repeat: 1 }] : []),
    { question: 'one member, earlier', sql: access(EARLIER, 'where member_id = $1'), repeat, of: members },
    { question: 'one object, earlier', sql: access(EARLIER, 'where inode_id = $1'), repeat, of: objects },
    {
      question: 'grants as of earlier',
      sql: `select count(*)::integer as rows from ${name('grants_as_of')}(${EARLIER})`,
      repeat,
    },
  ];
}

async function ask(database: Database, { question, sql, repeat, of }: Question): Promise<Figures> {
  let largest: Readonly<Record<string, unknown>> = {};
  const { median, slowest } = await timed(repeat, async (turn) => {
    const subject = of?.[turn % of.length];
    const [answer = {}] = await database.session((session) =>
      session.query(sql, subject === undefined ? [] : [subject]),
    );
    if (Number(answer['rows']) > Number(largest['rows'] ?? -1)) largest = answer;
  });
  note(`${question}: ${fixed(median)} ms`);
  return {
    question,
    'median ms': fixed(median),
    'slowest ms': fixed(slowest),
    asked: repeat,
    'rows, at most': Number(largest['rows']),
    paths: largest['paths'] === undefined ? '' : Number(largest['paths']),
  };
}

/** Ids spread over a table. */
async function some(database: Database, table: string, column: string, where = 'true'): Promise<string[]> {
  const rows = await database.session((session) =>
    session.query<{ id: string }>(
      `select ${column} as id from ${name(table)} where ${where} order by hashtext(${column}) limit 9`,
    ),
  );
  return rows.map(({ id }) => id);
}

await using targets = await openTargets(flags.pglite === true ? 'pglite' : 'postgres');
await using target = await targets.open();
const database = await openDatabase(target);
try {
  await migrate(database, schemas, catalogue, new EventBus());
  const started = performance.now();
  await fillOrganization(database, schemas, flags);
  note(`filled in ${fixed((performance.now() - started) / 1000)} s`);
  const members = await some(database, 'members', 'member_id', 'not is_archived');
  const objects = await some(database, 'workbooks', 'workbook_id');
  const figures: Figures[] = [];
  for (const question of questions(members, objects)) figures.push(await ask(database, question));
  printMachine(targets.label);
  printTable(figures);
} finally {
  await database.close();
}
