/**
 * Rows that were rewritten without a change of the organization, and so without an entry of the change log. Emissions
 * read them beside the log, because a destination must get such rows, too.
 */
import { quoteLiteral, quoteTable, type Session } from '../core/database/database.ts';
import type { Schemas } from './schemas.ts';

/** SQL that notes the rows of `from`, a FROM clause; `key` is their key as the log keeps it. */
export function noteRewritesSql(schemas: Schemas, stream: string, key: string, from: string): string {
  return `insert into ${quoteTable(schemas.state, 'rewrites')} (stream, key)
          select ${quoteLiteral(stream)}, ${key} from ${from}`;
}

/** Notes that any row of a stream may be another one: the next emission sends all of them. @throws DatabaseError */
export async function noteAllRewritten(session: Session, schemas: Schemas, stream: string): Promise<void> {
  await session.query(
    `insert into ${quoteTable(schemas.state, 'rewrites')} (stream, key) values ($1, null)`,
    [stream],
  );
}
