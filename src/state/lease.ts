/** The lease on the schedules: of several processes one runs them, and another takes over when it is gone. */
import { type Database, quoteTable, type Session } from '../core/database/database.ts';
import { LockedError } from '../core/errors.ts';
import type { Schemas } from './schemas.ts';

/**
 * Duration of a lease that is not prolonged, in milliseconds. If a process dies, another replaces it within this
 * time.
 */
export const LEASE_MS = 30_000;

/** A lease that is held. The fence grows with every change of hands, so what an earlier holder still does is known. */
export interface Lease {
  readonly fence: string;
}

/** A lease with the name of the process that has it. */
export interface HeldLease extends Lease {
  readonly holder: string;
}

/** The lease on the schedules. */
const LEASE = 'schedules';

/**
 * Takes the lease on the schedules, or another one, or prolongs it; undefined where somebody else has it. All by the clock of the database, the only one
 * that all processes share.
 *
 * @throws DatabaseError
 */
export async function takeLease(
  database: Database,
  schemas: Schemas,
  holder: string,
  lease = LEASE,
): Promise<Lease | undefined> {
  // A folder has one process at a time: the former holder of the lease is gone.
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
      [lease, holder, LEASE_MS, isAlone],
    );
    return row;
  });
}

/** Lets go of the lease, so that another process need not wait for its end. @throws DatabaseError */
export async function giveLeaseUp(
  database: Database,
  schemas: Schemas,
  holder: string,
  lease = LEASE,
): Promise<void> {
  await database.session((session) =>
    session.query(
      `update ${quoteTable(schemas.state, 'leases')} set expires_at = clock_timestamp()
        where lease = $1 and holder = $2`,
      [lease, holder],
    ),
  );
}

/** The holder of the lease; undefined if nobody has it. @throws DatabaseError */
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

/**
 * For a run of a schedule, as it begins: the process that begins it must still have the lease. It may have been halted
 * between the turn and here, while another one served the turn.
 *
 * @throws LockedError
 */
export async function assertLease(
  session: Session,
  schemas: Schemas,
  { holder, fence }: HeldLease,
): Promise<void> {
  // No lock on the row: a process that is halted here must not keep others from taking the lease.
  const rows = await session.query(
    `select 1 from ${quoteTable(schemas.state, 'leases')} where lease = $1 and holder = $2 and fence = $3::bigint`,
    [LEASE, holder, fence],
  );
  if (rows.length > 0) return;
  throw new LockedError('Another process runs the schedules now, so this run did not start.');
}

/** Name of the sessions of a process that runs schedules, so that another process can tell whose they are. */
export function sessionName({ target }: Schemas, holder: string): string {
  return `${sessionPrefix(target)}${holder.slice(holder.lastIndexOf(':') + 1)}`;
}

const sessionPrefix = (target: string): string => `sigma-sync:${target}:`;

/**
 * Ends the sessions of processes that ran the schedules of these schemas, or stood by to, and hang: halted, or on a
 * machine that is gone. Their locks would keep the new holder of the lease from its work for as long as they hang.
 *
 * Only the holder of the lease may. A process that lives is heard every ten seconds, as it asks for the lease; here
 * all the sessions of one were silent for the length of a lease. Should it live after all, it loses a transaction and
 * the lock of its run, which is what happens when the database restarts: it notices, and nothing is half-loaded.
 *
 * @returns how many sessions were ended.
 * @throws DatabaseError
 */
export async function endSilentSessions(
  database: Database,
  schemas: Schemas,
  holder: string,
  silentMs = LEASE_MS,
): Promise<number> {
  // A folder has one process at a time, and no sessions.
  if (database.kind === 'pglite') return 0;
  const rows = await database.session((session) =>
    session.query(
      `with ours as materialized (
         select pid, application_name, greatest(backend_start, state_change) as heard_at
           from pg_stat_activity
          where datname = current_database() and usename = current_user
            and starts_with(application_name, $1) and application_name <> $2),
       silent as (
         select application_name from ours group by application_name
         having max(heard_at) < clock_timestamp() - $3 * interval '1 millisecond')
       select pg_terminate_backend(pid) from ours
        where application_name in (select application_name from silent)
          and exists (select 1 from ${quoteTable(schemas.state, 'leases')}
                       where lease = $4 and holder = $5 and expires_at > clock_timestamp())`,
      [sessionPrefix(schemas.target), sessionName(schemas, holder), silentMs, LEASE, holder],
    ),
  );
  return rows.length;
}
