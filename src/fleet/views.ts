/** The schema over all organizations: one view for each stream, each answer that is a table, runs and changes. */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { models } from '../analytics/model-catalogue.ts';
import { analyticsSchema } from '../analytics/model.ts';
import {
  type Database,
  ensureSchema,
  quoteLiteral,
  quoteName,
  quoteTable,
  runAll,
  type Session,
} from '../core/database/database.ts';
import { sqlState } from '../core/database/database-error.ts';
import { DatabaseError, describeError } from '../core/errors.ts';
import { catalogue } from '../extractors/catalogue.ts';
import { READABLE_STATE } from '../state/readable-state.ts';
import { bodyOf, canBeReplaced, type Column, defineView, type Source } from './define-view.ts';
import type { Place } from './places.ts';
import { hasDependents, readersOf, viewsOf } from './view-catalog.ts';

/** The outcome of a look at the views. */
export interface ViewsResult {
  /** Views that were created or replaced. */
  readonly made: readonly string[];
  /** True if another process held the lock all the time, and nothing was done. */
  readonly busy: boolean;
  /** Views that could not be made; they stay as they were. */
  readonly failed: readonly { readonly view: string; readonly error: string }[];
}

/** A reader that holds a view for longer keeps it as it is until the next look. */
const LOCK_TIMEOUT = '10s';

/** Time to wait for another look, in milliseconds. It may have begun before our tables were there, and lack them. */
const PATIENCE_MS = 10_000;
const PAUSE_MS = 100;

/** Tables of the state schema with a view, which has the columns that a reader may see: errors quote Sigma's answers. */
const STATE_TABLES = ['runs', 'changes'];

/** The declarations that views follow: names, and comments, which the tables have from them. */
const DECLARED = [
  ...catalogue.map(({ name, description, columns }) => ({
    ...{ name, of: 'target' as const },
    about: JSON.stringify([description, columns.map((column) => [column.name, column.description])]),
  })),
  ...models
    .filter(({ kind }) => kind !== 'function')
    .map(({ name, about, columns }) => ({
      ...{ name, of: 'analytics' as const },
      about: JSON.stringify([about, columns]),
    })),
  ...STATE_TABLES.map((name) => ({
    ...{ name, of: 'state' as const },
    about: JSON.stringify(READABLE_STATE[name]),
  })),
];

/** Changes with every declaration. Each look needs it, and a worker looks after each job. */
const SIGN = createHash('sha256').update(JSON.stringify(DECLARED)).digest('hex');

/**
 * Makes the views what the organizations and the declarations want, where one of them changed; else this is two
 * statements. Each view has a transaction of its own: one over all tables of many organizations would take more locks
 * than a server has. It never throws: what fails is in the result, and the next look tries again.
 */
export async function refreshViews(
  database: () => Promise<Database>,
  together: string,
  places: readonly Place[],
): Promise<ViewsResult> {
  const until = performance.now() + PATIENCE_MS;
  try {
    for (;;) {
      const result = await tryRefresh(await database(), together, places);
      if (!result.busy || performance.now() >= until) return result;
      await sleep(PAUSE_MS);
    }
  } catch (error) {
    return { made: [], busy: false, failed: [{ view: together, error: describeError(error) }] };
  }
}

/** @throws DatabaseError */
async function tryRefresh(
  database: Database,
  together: string,
  places: readonly Place[],
): Promise<ViewsResult> {
  const isCurrent = async (mark: string): Promise<boolean> =>
    (await database.session((session) => schemaComment(session, together))) === mark;
  if (await isCurrent(await markOf(database, places))) return { made: [], busy: false, failed: [] };
  const lock = await database.tryLock(`${together}: views`, () => undefined);
  if (lock === undefined) return { made: [], busy: true, failed: [] };
  try {
    // Another look may have ended just before we got the lock.
    const mark = await markOf(database, places);
    if (await isCurrent(mark)) return { made: [], busy: false, failed: [] };
    return await makeViews(database, together, places, mark);
  } finally {
    await lock.release();
  }
}

/** @throws DatabaseError where nothing can be made at all */
async function makeViews(
  database: Database,
  together: string,
  places: readonly Place[],
  mark: string,
): Promise<ViewsResult> {
  await database.transaction((session) => ensureSchema(session, together));
  const sources = await database.session((session) => sourcesOf(session, places));
  const there = await database.session((session) => viewsOf(session, together));
  const made: string[] = [];
  const failed: { view: string; error: string }[] = [];
  const attempt = async (view: string, work: (session: Session) => Promise<boolean>): Promise<void> => {
    try {
      const changed = await database.transaction(async (session) => {
        await session.query(`set local lock_timeout = '${LOCK_TIMEOUT}'`);
        return work(session);
      });
      if (changed) made.push(view);
    } catch (error) {
      failed.push({ view, error: describeError(error) });
    }
  };
  for (const { name } of DECLARED) {
    const own = sources.get(name) ?? [];
    if (own.length > 0 || there.has(name))
      await attempt(name, (session) => makeView(session, together, name, own));
  }
  for (const [name, { isOurs }] of there) {
    if (isOurs && !DECLARED.some((one) => one.name === name))
      await attempt(name, (session) => dropView(session, together, name).then(() => true));
  }
  if (failed.length === 0)
    await database.session((session) =>
      session.query(`comment on schema ${quoteName(together)} is ${quoteLiteral(mark)}`),
    );
  return { made, busy: false, failed };
}

/** @returns true where it was created or recreated. @throws DatabaseError */
async function makeView(
  session: Session,
  together: string,
  name: string,
  sources: readonly Source[],
): Promise<boolean> {
  const before = (await viewsOf(session, together, name)).get(name);
  if (before !== undefined && !before.isOurs)
    throw new DatabaseError(`${together}.${name} already exists, and sigma-sync did not create it.`, {
      advice: `Rename it: views over all organizations need the schema ${together} for themselves.`,
    });
  const isUsed = before !== undefined && (await hasDependents(session, together, name));
  const view = defineView(name, sources, before?.columns ?? [], isUsed);
  const qualified = quoteTable(together, name);
  const readers = before === undefined ? [] : await readersOf(session, together, name);
  const isReplaced = before !== undefined && canBeReplaced(before.columns, view.columns);
  if (before !== undefined && !isReplaced) await dropView(session, together, name);
  await session.query(`create or replace view ${qualified} as\n${view.body}`);
  await runAll(session, [
    `comment on view ${qualified} is ${quoteLiteral(view.comment)}`,
    ...view.columns.flatMap(({ name: column, comment }) =>
      comment === null
        ? []
        : [`comment on column ${qualified}.${quoteName(column)} is ${quoteLiteral(comment)}`],
    ),
    // A recreated view is closed to everyone but the roles that get default privileges in the schema.
    ...(isReplaced ? [] : readers.map((reader) => `grant select on ${qualified} to ${reader}`)),
  ]);
  return true;
}

/**
 * Takes the rows of one organization out of one view, so that the table behind it can be recreated; the next look at
 * the views puts them back. To be run in a transaction.
 *
 * @throws DatabaseError
 */
export async function detach(
  session: Session,
  together: string,
  places: readonly Place[],
  { organization, view }: { readonly organization: string; readonly view: string },
): Promise<void> {
  const before = (await viewsOf(session, together, view)).get(view);
  if (before?.isOurs !== true) return;
  const others = places.filter(({ name }) => name !== organization);
  const sources = (await sourcesOf(session, others, view)).get(view) ?? [];
  await session.query(
    `create or replace view ${quoteTable(together, view)} as\n${bodyOf(view, sources, before.columns)}`,
  );
  await session.query(`comment on schema ${quoteName(together)} is 'An organization is about to come back'`);
}

/** @throws DatabaseError that says what of others depends on it */
async function dropView(session: Session, together: string, name: string): Promise<void> {
  try {
    await session.query(`drop view ${quoteTable(together, name)}`);
  } catch (error) {
    if (sqlState(error) !== '2BP01') throw error;
    throw new DatabaseError(
      `${together}.${name} must be recreated, but another object depends on it. It stays as it was.`,
      { cause: error, advice: 'Drop it, run "sigma-sync migrate", and create it again.' },
    );
  }
}

/** Columns of relations by name, those of one name alone where it is given. @throws DatabaseError */
async function sourcesOf(
  session: Session,
  places: readonly Place[],
  only?: string,
): Promise<Map<string, Source[]>> {
  const wanted = places.flatMap(({ name, schemas }) => [
    { organization: name, schema: schemas.target, of: 'target' },
    { organization: name, schema: analyticsSchema(schemas), of: 'analytics' },
    { organization: name, schema: schemas.state, of: 'state' },
  ]);
  const relations = await session.query<{
    schema: string;
    name: string;
    comment: string | null;
    columns: Column[];
  }>(
    `select n.nspname as schema, c.relname as name, obj_description(c.oid, 'pg_class') as comment,
            (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
                                               'comment', col_description(c.oid, a.attnum)) order by a.attnum)
               from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = any($1::text[]) and c.relname = any($2::text[]) and c.relkind in ('r', 'p', 'v', 'm')
        -- One that was never filled can't be read.
        and c.relispopulated`,
    [
      wanted.map(({ schema }) => schema),
      DECLARED.map(({ name }) => name).filter((name) => only === undefined || name === only),
    ],
  );
  const found = new Map<string, Source[]>();
  const keyed = new Map(relations.map((relation) => [`${relation.schema}.${relation.name}`, relation]));
  for (const { name, of } of DECLARED) {
    const sources = wanted.flatMap(({ organization, schema, of: place }): Source[] => {
      const relation = place === of ? keyed.get(`${schema}.${name}`) : undefined;
      if (relation === undefined) return [];
      const open = of === 'state' ? READABLE_STATE[name] : undefined;
      const columns = relation.columns.filter((column) => !Array.isArray(open) || open.includes(column.name));
      return [{ organization, ...relation, columns }];
    });
    if (sources.length > 0) found.set(name, sources);
  }
  return found;
}

async function schemaComment(session: Session, schema: string): Promise<string | undefined> {
  const [row] = await session.query<{ comment: string | null }>(
    `select obj_description(oid, 'pg_namespace') as comment from pg_namespace where nspname = $1`,
    [schema],
  );
  return row?.comment ?? undefined;
}

/** A comment that tells whether organizations, declarations and tables are those of the last look. @throws DatabaseError */
async function markOf(database: Database, places: readonly Place[]): Promise<string> {
  const schemas = places.flatMap((place) => [place.schemas.target, analyticsSchema(place.schemas)]);
  const states = places.map((place) => place.schemas.state);
  const [tables] = await database.session((session) =>
    session.query<{ sum: string | null }>(
      `select sum(hashtextextended(concat_ws(' ', n.nspname, c.oid, c.relispopulated, a.attname, a.atttypid, a.attnum), 0)::numeric)::text as sum
         from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
        where (n.nspname = any($1::text[]) or n.nspname = any($2::text[]) and c.relname = any($3::text[]))
          and c.relkind in ('r', 'p', 'v', 'm') and a.attnum > 0 and not a.attisdropped`,
      [schemas, states, STATE_TABLES],
    ),
  );
  const names = places.map(({ name, schemas: { target } }) => [name, target]);
  const hash = createHash('sha256')
    .update(JSON.stringify([VERSION, SIGN, names, tables?.sum ?? null]))
    .digest('hex');
  return `Streams and answers of all organizations, with the name of each in front; made of ${hash.slice(0, 16)}`;
}

/** Version of the way views are made; another one recreates all of them. */
const VERSION = 1;
