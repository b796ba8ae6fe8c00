/** The history of one row, from the change log. */

import {
  type Database,
  hasTable,
  ISO,
  quoteName,
  quoteTable,
  readOnly,
  type Session,
} from '../core/database/database.ts';
import { ConfigError } from '../core/errors.ts';
import { parseExact } from '../core/exact-json.ts';
import { plural } from '../core/words.ts';
import type { Stream } from '../extractors/stream.ts';
import type { Schemas } from './schemas.ts';

/** One change of one row. Times are ISO 8601. */
export interface RowChange {
  readonly changedAt: string;
  readonly runId: string;
  readonly operation: 'insert' | 'update' | 'delete';
  /** Columns that an update changed. */
  readonly changed: readonly string[] | null;
  /** Values of those columns before an update; of all columns before a delete. */
  readonly before: Readonly<Record<string, unknown>> | null;
  /** Values of those columns after an update; of all columns after an insert. */
  readonly after: Readonly<Record<string, unknown>> | null;
}

/** The history of a row, the latest change first. */
export interface RowHistory {
  readonly stream: string;
  readonly key: readonly string[];
  /** From when on every change is in the log; null where the stream has no history. */
  readonly since: string | null;
  /** The row as it is in the table: it may have been there before the log began. */
  readonly row: 'live' | 'deleted' | 'unknown';
  readonly changes: readonly RowChange[];
}

/**
 * The latest changes of one row. `key` are the values of the stream's key columns, in their order.
 *
 * @throws ConfigError where the key has another number of parts; DatabaseError
 */
export async function rowHistory(
  database: Database,
  schemas: Schemas,
  stream: Stream,
  key: readonly string[],
  limit: number,
): Promise<RowHistory> {
  if (key.length !== stream.key.length) {
    throw new ConfigError(
      `The key of ${stream.name} is ${stream.key.join(' and ')}; ${plural(key.length, 'value')} given.`,
      { advice: `Write: sigma-sync history ${stream.name} ${stream.key.map((c) => `<${c}>`).join(' ')}` },
    );
  }
  const none: RowHistory = { stream: stream.name, key, since: null, row: 'unknown', changes: [] };
  return readOnly(database, async (session) => {
    if (!(await hasHistory(session, schemas))) return none;
    const since = (await coverage(session, schemas)).get(stream.name) ?? null;
    const where = stream.key.map((column, i) => `t.${quoteName(column)}::text = $${i + 1}`).join(' and ');
    const [row] = await session.query<{ deleted: boolean }>(
      `select t._deleted_at is not null as deleted from ${quoteTable(schemas.target, stream.name)} t where ${where}`,
      key,
    );
    const changes = await session.query<RowChange & Record<string, unknown>>(
      `select to_char(changed_at at time zone 'UTC', ${ISO}) as "changedAt", run_id as "runId", operation, changed,
              before::text, after::text
         from ${quoteTable(schemas.state, 'changes')} where stream = $1 and key = $2::text[]
        order by change_id desc limit $3`,
      [stream.name, key, limit],
    );
    const state = row === undefined ? 'unknown' : row.deleted ? 'deleted' : 'live';
    return { ...none, since, row: state, changes: changes.map(withImages) };
  });
}

/** The images of a change, asked for as texts: the drivers read JSON with the digits that JavaScript has. */
export function withImages<T extends { readonly before: unknown; readonly after: unknown }>(row: T): T {
  const image = (text: unknown): unknown => (typeof text === 'string' ? parseExact(text) : text);
  return { ...row, before: image(row.before), after: image(row.after) };
}

/** False where the database is empty, or older than the log. */
export async function hasHistory(session: Session, schemas: Schemas): Promise<boolean> {
  return hasTable(session, schemas.state, 'history');
}

/** Since when each stream's history is complete, as ISO 8601. */
export async function coverage(session: Session, schemas: Schemas): Promise<ReadonlyMap<string, string>> {
  const rows = await session.query<{ stream: string; since: string }>(
    `select stream, to_char(since at time zone 'UTC', ${ISO}) as since from ${quoteTable(schemas.state, 'history')}`,
  );
  return new Map(rows.map(({ stream, since }) => [stream, since]));
}
