/** The lease on the schedules: of several processes one runs them, and another takes over when it is gone. */
import { type Database, quoteTable } from '../database/database.ts';
import type { Schemas } from './migrate.ts';

/** How long a lease holds without being prolonged. A process that dies is replaced within this time. */
export const LEASE_MS = 30_000;

/** A lease that is held. The fence grows with every change of hands, so what an earlier holder still does is known. */
export interface Lease {
  readonly fence: string;
}

/** Only one kind so far. */
const LEASE = 'schedules';

/**
 * Takes the lease, or prolongs it; undefined where somebody else has it. All by the clock of the database, the only one
 * that all processes share.
 *
 * @throws DatabaseError
 */
export async function takeLease(
  database: Database,
  schemas: Schemas,
  holder: string,
): Promise<Lease | undefined> {
  // A folder has one process at a time: whoever had the lease before is gone.
  const isAlone = database.kind === 'pglite';
  return database.session(async (session) => {
    const [row] = await session.query<{ fence: string }>(
      `insert into ${quoteTable(schemas.state, 'leases')} as l (lease, holder, fence, acquired_at, expires_at)
       values ($1, $2, 1, clock_timestamp(), clock_timestamp() + $3 * interval '1 millisecond')
       on conflict (lease) do update set
         holder = excluded.holder,
         fence = case when l.holder = excluded.holder then l.fence else l.fence + 1 end,
         acquired_at = case when l.holder = excluded.holder then l.acquired_at else excluded.acquired_at end,
         expires_at = excluded.expires_at
       where l.holder = excluded.holder or l.expires_at <= clock_timestamp() or $4
       returning fence::text as fence`,
      [LEASE, holder, LEASE_MS, isAlone],
    );
    return row;
  });
}

/** Lets go of the lease, so that another process need not wait for its end. @throws DatabaseError */
export async function giveLeaseUp(database: Database, schemas: Schemas, holder: string): Promise<void> {
  await database.session((session) =>
    session.query(
      `update ${quoteTable(schemas.state, 'leases')} set expires_at = clock_timestamp()
        where lease = $1 and holder = $2`,
      [LEASE, holder],
    ),
  );
}

/** Who has the lease; undefined where nobody does. @throws DatabaseError */
export async function leaseHolder(database: Database, schemas: Schemas): Promise<string | undefined> {
  const [row] = await database.session((session) =>
    session.query<{ holder: string }>(
      `select holder from ${quoteTable(schemas.state, 'leases')}
        where lease = $1 and expires_at > clock_timestamp()`,
      [LEASE],
    ),
  );
  return row?.holder;
}
