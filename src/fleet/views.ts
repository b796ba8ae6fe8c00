/** The schema over all organizations: one view for each stream, each answer that is a table, runs and changes. */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { analyticsSchema } from '../analytics/model.ts';
import { models } from '../analytics/model-catalogue.ts';
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
import { bodyOf, canBeReplaced, defineView, type Source } from './define-view.ts';
import type { Place } from './places.ts';
import { areShown, printsOf, type Standing, sourcesOf, viewsOf, type Wanted } from './view-catalog.ts';

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
    ...{ name, of: 'state' as const, open: READABLE_STATE[name] },
    about: JSON.stringify(READABLE_STATE[name]),
  })),
];

/** Of the way views are made; another one makes all of them again. */
const VERSION = 3;

/** Columns of all tables below the views that are made at once are in memory together: about this many tables. */
const MOST_RELATIONS = 5000;

/**
 * Makes those views again whose organizations, tables or declaration changed; else this is two statements. Each view has
 * a transaction of its own: one over all tables of many organizations would take more locks than a server has. It never
 * throws: what fails is in the result, and the next look tries again.
 */
export async function refreshViews(
  database: () => Promise<Database>,
  together: string,
  places: readonly Place[],
): Promise<ViewsResult> {
  const until = performance.now() + PATIENCE_MS;
  try {
    for (;;) {
      const result = await tryRefresh(await database(), together, wantedOf(places));
      if (!result.busy || performance.now() >= until) return result;
      await sleep(PAUSE_MS);
    }
  } catch (error) {
    return { made: [], busy: false, failed: [{ view: together, error: describeError(error) }] };
  }
}

/** True where the views show all tables of these organizations, with all their columns. @throws DatabaseError */
export async function areInViews(
  database: Database,
  together: string,
  places: readonly Place[],
): Promise<boolean> {
  // Readers see some columns of the state alone, and its tables are as old as the others.
  const names = DECLARED.filter(({ of }) => of !== 'state');
  return database.session((session) => areShown(session, together, wantedOf(places), names));
}

function wantedOf(places: readonly Place[]): readonly Wanted[] {
  return places.flatMap(({ name: organization, schemas }): Wanted[] => [
    { organization, schema: schemas.target, of: 'target' },
    { organization, schema: analyticsSchema(schemas), of: 'analytics' },
    { organization, schema: schemas.state, of: 'state' },
  ]);
}

/** The work that a look at the views finds. */
interface Due {
  /** Views that are to be made, each with the sign of what it is made of. */
  readonly make: ReadonlyMap<string, string>;
  /** Views of ours that no declaration wants. */
  readonly drop: readonly string[];
  readonly there: ReadonlyMap<string, Standing>;
}

/** @throws DatabaseError */
async function look(session: Session, together: string, wanted: readonly Wanted[]): Promise<Due> {
  const prints = await printsOf(session, wanted, DECLARED);
  const there = await viewsOf(session, together);
  const make = DECLARED.flatMap(({ name, about }): [string, string][] => {
    const own = prints.get(name);
    if (own === undefined && !there.has(name)) return [];
    const print = signOf([VERSION, about, own ?? null]);
    return there.get(name)?.print === print ? [] : [[name, print]];
  });
  const names = new Set(DECLARED.map(({ name }) => name));
  const drop = [...there].flatMap(([name, { isOurs }]) => (isOurs && !names.has(name) ? [name] : []));
  return { make: new Map(make), drop, there };
}

const signOf = (parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);

const isNothing = ({ make, drop }: Due): boolean => make.size === 0 && drop.length === 0;

/** @throws DatabaseError */
async function tryRefresh(
  database: Database,
  together: string,
  wanted: readonly Wanted[],
): Promise<ViewsResult> {
  const due = (): Promise<Due> => database.session((session) => look(session, together, wanted));
  const nothing = { made: [], busy: false, failed: [] };
  if (isNothing(await due())) return nothing;
  const lock = await database.tryLock(`${together}: views`, () => undefined);
  if (lock === undefined) return { ...nothing, busy: true };
  try {
    // Another look may have ended just before we got the lock.
    const now = await due();
    return isNothing(now) ? nothing : await makeViews(database, together, wanted, now);
  } finally {
    await lock.release();
  }
}

/** @throws DatabaseError where nothing can be made at all */
async function makeViews(
  database: Database,
  together: string,
  wanted: readonly Wanted[],
  { make, drop, there }: Due,
): Promise<ViewsResult> {
  await database.transaction(async (session) => {
    await ensureSchema(session, together);
    await session.query(`comment on schema ${quoteName(together)} is ${quoteLiteral(ABOUT)}`);
  });
  const made: string[] = [];
  const failed: { view: string; error: string }[] = [];
  const attempt = async (view: string, work: (session: Session) => Promise<void>): Promise<void> => {
    try {
      await database.transaction(async (session) => {
        await session.query(`set local lock_timeout = '${LOCK_TIMEOUT}'`);
        await work(session);
      });
      made.push(view);
    } catch (error) {
      failed.push({ view, error: describeError(error) });
    }
  };
  const names = DECLARED.filter(({ name }) => make.has(name));
  const atOnce = Math.max(1, Math.floor((2 * MOST_RELATIONS) / Math.max(1, wanted.length)));
  for (let at = 0; at < names.length; at += atOnce) {
    const some = names.slice(at, at + atOnce);
    const sources = await database.session((session) => sourcesOf(session, wanted, some));
    for (const { name } of some) {
      const view = { name, print: make.get(name) ?? '', before: there.get(name) };
      await attempt(name, (session) => makeView(session, together, view, sources.get(name) ?? []));
    }
  }
  for (const name of drop) await attempt(name, (session) => dropView(session, together, name));
  return { made, busy: false, failed };
}

const ABOUT = 'Streams and answers of all organizations, with the name of each in front';

interface ViewToMake {
  readonly name: string;
  readonly print: string;
  /** The one that is there. */
  readonly before: Standing | undefined;
}

/** Creates a view or recreates it. @throws DatabaseError */
async function makeView(
  session: Session,
  together: string,
  { name, print, before }: ViewToMake,
  sources: readonly Source[],
): Promise<void> {
  if (before !== undefined && !before.isOurs)
    throw new DatabaseError(`${together}.${name} already exists, and sigma-sync did not create it.`, {
      advice: `Rename it: views over all organizations need the schema ${together} for themselves.`,
    });
  const view = defineView(name, sources, before?.columns ?? [], before?.isUsed ?? false);
  const qualified = quoteTable(together, name);
  const isReplaced = before !== undefined && canBeReplaced(before.columns, view.columns);
  if (before !== undefined && !isReplaced) await dropView(session, together, name);
  await session.query(`create or replace view ${qualified} as\n${view.body}`);
  // A view that is replaced keeps its comments.
  const kept = new Map((isReplaced ? before.columns : []).map((column) => [column.name, column.comment]));
  await runAll(session, [
    `comment on view ${qualified} is ${quoteLiteral(view.comment)}`,
    ...view.columns.flatMap(({ name: column, comment }) =>
      comment === null || comment === kept.get(column)
        ? []
        : [`comment on column ${qualified}.${quoteName(column)} is ${quoteLiteral(comment)}`],
    ),
    // A recreated view is closed to everyone but the roles that get default privileges in the schema.
    ...(isReplaced
      ? []
      : (before?.readers ?? []).map((reader) => `grant select on ${qualified} to ${reader}`)),
    noteOf(qualified, print),
  ]);
}

/** Records the sources of a view at the rule that holds its query: no list of views shows that comment. */
const noteOf = (qualified: string, print: string): string =>
  `comment on rule "_RETURN" on ${qualified} is ${quoteLiteral(print)}`;

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
  const others = wantedOf(places.filter(({ name }) => name !== organization));
  const declared = DECLARED.filter(({ name }) => name === view);
  const sources = (await sourcesOf(session, others, declared)).get(view) ?? [];
  const qualified = quoteTable(together, view);
  await session.query(`create or replace view ${qualified} as\n${bodyOf(view, sources, before.columns)}`);
  await session.query(noteOf(qualified, 'An organization is about to come back'));
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
