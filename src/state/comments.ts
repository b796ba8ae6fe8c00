/**
 * Comments on tables and columns, written from the stream declarations so that the two can't drift apart. Only
 * comments that differ are written.
 */
import { createHash } from 'node:crypto';
import {
  type Database,
  quoteLiteral,
  quoteName,
  quoteTable,
  runAll,
  type Session,
} from '../core/database/database.ts';
import type { Stream } from '../extractors/stream.ts';
import { migrationLock, WAIT_FOR_MIGRATION } from './lock.ts';
import type { Schemas } from './schemas.ts';
import { STATE_COMMENTS } from './state-comments.ts';

const BOOKKEEPING: Readonly<Record<string, string>> = {
  _raw: 'The entry as the API sent it, unknown fields included',
  _first_synced_at: 'When a sync first saw this row',
  _synced_at: 'When a sync last changed this row, not when it was last read',
  _deleted_at: 'When its deletion in Sigma was confirmed; null while it exists',
};

/** Comments by what they are on, as SQL names it. */
export type Comments = ReadonlyMap<string, string>;

/** Every comment that is to be there. */
export function commentsOf(schemas: Schemas, streams: readonly Stream[]): Comments {
  const wanted = new Map<string, string>();
  for (const [name, { about, columns }] of Object.entries(STATE_COMMENTS)) {
    const table = quoteTable(schemas.state, name);
    wanted.set(`table ${table}`, about);
    for (const [column, comment] of Object.entries(columns)) {
      wanted.set(`column ${table}.${quoteName(column)}`, comment);
    }
  }
  for (const stream of streams) {
    const table = quoteTable(schemas.target, stream.name);
    wanted.set(`table ${table}`, `${stream.description} Key: ${stream.key.join(', ')}.`);
    for (const column of stream.columns) {
      wanted.set(`column ${table}.${quoteName(column.name)}`, column.description);
    }
    for (const [column, comment] of Object.entries(BOOKKEEPING)) {
      wanted.set(`column ${table}.${quoteName(column)}`, comment);
    }
  }
  return wanted;
}

/** The comment on the table of migrations, which tells whether all others are there. */
export function markOf(comments: Comments): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([...comments]))
    .digest('hex');
  return `Migrations that were applied; the comments on all tables are those of ${hash.slice(0, 16)}`;
}

/** The statements that write comments. */
export function commentStatements(comments: Comments): string[] {
  return [...comments].map(([object, comment]) => `comment on ${object} is ${quoteLiteral(comment)}`);
}

/** The statement that tells that all comments are there. */
export function markStatement(schemas: Schemas, comments: Comments): string {
  return `comment on table ${quoteTable(schemas.state, 'migrations')} is ${quoteLiteral(markOf(comments))}`;
}

/** Brings every comment up to date, in one transaction. @throws DatabaseError */
export async function applyComments(database: Database, schemas: Schemas, wanted: Comments): Promise<void> {
  await database.transaction(async (session) => {
    // Two transactions that comment on one object at once fail with "tuple concurrently updated".
    await session.query(WAIT_FOR_MIGRATION, [migrationLock(schemas)]);
    const present = await existingComments(session, schemas);
    const missing = [...wanted].filter(([object, comment]) => present.get(object) !== comment);
    await runAll(session, commentStatements(new Map(missing)));
    if (present.get(`table ${quoteTable(schemas.state, 'migrations')}`) !== markOf(wanted))
      await mark(session, schemas, wanted);
  });
}

/** Without ownership of the table, the comments are compared each time. */
async function mark(session: Session, schemas: Schemas, wanted: Comments): Promise<void> {
  const table = quoteTable(schemas.state, 'migrations');
  const [own] = await session.query(
    `select 1 from pg_class where oid = to_regclass($1) and pg_has_role(relowner, 'usage')`,
    [table],
  );
  if (own !== undefined) await session.query(markStatement(schemas, wanted));
}

async function existingComments(session: Session, schemas: Schemas): Promise<Map<string, string>> {
  const rows = await session.query<{ schema: string; name: string; column: string | null; comment: string }>(
    `select n.nspname as schema, c.relname as name, a.attname as column, d.description as comment
       from pg_description d
       join pg_class c on c.oid = d.objoid and d.classoid = 'pg_class'::regclass
       join pg_namespace n on n.oid = c.relnamespace
       left join pg_attribute a on a.attrelid = c.oid and a.attnum = d.objsubid and d.objsubid > 0
      where n.nspname = any($1::text[])`,
    [[schemas.target, schemas.state]],
  );
  return new Map(
    rows.map(({ schema, name, column, comment }) => {
      const table = quoteTable(schema, name);
      return [column === null ? `table ${table}` : `column ${table}.${quoteName(column)}`, comment];
    }),
  );
}
