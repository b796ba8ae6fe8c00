/** Streams whose root listing is gone: since when, and whether that is taken for good. */
import { type Database, quoteTable } from '../core/database/database.ts';
import type { Schemas } from './schemas.ts';

/** The record of a listing that is gone. */
export interface Retirement {
  readonly goneSince: Date;
  /** Last time it was asked and still gone. */
  readonly askedAt: Date;
  /** Undefined while it is in doubt. */
  readonly retiredAt: Date | undefined;
}

/** Undefined where the listing answered when it was last asked. @throws DatabaseError */
export async function readRetirement(
  database: Database,
  schemas: Schemas,
  stream: string,
): Promise<Retirement | undefined> {
  const [row] = await database.session((session) =>
    session.query<{ gone_since: Date; asked_at: Date; retired_at: Date | null }>(
      `select gone_since, asked_at, retired_at from ${quoteTable(schemas.state, 'retirements')} where stream = $1`,
      [stream],
    ),
  );
  if (row === undefined) return undefined;
  return { goneSince: row.gone_since, askedAt: row.asked_at, retiredAt: row.retired_at ?? undefined };
}

/** Notes that the listing is gone. @param retired it is taken for good from now on @throws DatabaseError */
export async function noteGone(
  database: Database,
  schemas: Schemas,
  stream: string,
  { now, retired }: { readonly now: Date; readonly retired: boolean },
): Promise<void> {
  await database.session((session) =>
    session.query(
      `insert into ${quoteTable(schemas.state, 'retirements')} as r (stream, gone_since, asked_at) values ($1, $2, $2)
       on conflict (stream) do update set asked_at = excluded.asked_at,
         retired_at = coalesce(r.retired_at, case when $3 then excluded.asked_at end)`,
      [stream, now.toISOString(), retired],
    ),
  );
}

/** Forgets that the listing was gone: it answers. @throws DatabaseError */
export async function forgetGone(database: Database, schemas: Schemas, stream: string): Promise<void> {
  await database.session((session) =>
    session.query(`delete from ${quoteTable(schemas.state, 'retirements')} where stream = $1`, [stream]),
  );
}
