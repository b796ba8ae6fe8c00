/** Decides whether this process runs the schedules. */
import type { Database } from '../../core/database/database.ts';
import type { EventBus } from '../../core/events/bus.ts';
import { endSilentSessions, giveLeaseUp, LEASE_MS, type Lease, takeLease } from '../../state/lease.ts';
import type { Schemas } from '../../state/schemas.ts';

/** Two may fail before another process takes over. */
const PROLONG_EVERY_MS = LEASE_MS / 3;

export type Leadership = ReturnType<typeof openLeadership>;

/** Callbacks for a lease that changes hands. */
export interface LeaseListener {
  /** It came from another process; it does not count as held before this is done. */
  gained(database: Database, lease: Lease): Promise<void>;
  /** Another process has it. */
  lost(): void;
  /** A process that had it hangs, and its locks were taken from it. */
  enforced(): void;
}

/** Keeps the lease, as long as it can be had; it has nothing yet. */
export function openLeadership(holder: string, events: EventBus, now: () => number) {
  let lease: Lease | undefined;
  let askedAt = Number.NaN;
  /** Grows when all that was known became void. */
  let times = 0;
  const forget = (): void => {
    lease = undefined;
    askedAt = Number.NaN;
    times++;
  };
  return {
    /** Undefined while another process has it. */
    get lease() {
      return lease;
    },
    /** Takes or prolongs the lease where that is due. @throws DatabaseError */
    async keep(
      ready: () => Promise<Database>,
      schemas: Schemas,
      { gained, lost, enforced }: LeaseListener,
    ): Promise<void> {
      const at = now();
      // A clock that went back must not keep us from prolonging it.
      if (Math.abs(at - askedAt) < PROLONG_EVERY_MS) return;
      const before = times;
      const database = await ready();
      const taken = await takeLease(database, schemas, holder);
      if (times !== before) return;
      if (lease !== undefined && taken?.fence !== lease.fence) {
        lease = undefined;
        events.emit('lease.lost', { holder });
        lost();
      }
      if (taken !== undefined && lease === undefined) {
        await gained(database, taken);
        if (times !== before) return;
        lease = taken;
        events.emit('lease.acquired', { holder, fence: taken.fence });
      }
      askedAt = at;
      if (lease === undefined) return;
      // Without the right to end sessions, wait until they end by themselves; the waiting run says so.
      const sessions = await endSilentSessions(database, schemas, holder).catch(() => 0);
      if (sessions === 0) return;
      events.emit('lease.enforced', { holder, sessions });
      enforced();
    },
    /** The next `keep` asks the database, whatever the time. */
    doubt(): void {
      askedAt = Number.NaN;
    },
    /** Holds nothing any more, whatever a `keep` under way finds: another database counts, or the end has come. */
    forget,
    /** Lets go of it, and lets others know. @throws DatabaseError */
    async giveUp(open: () => Promise<Database>, schemas: Schemas): Promise<void> {
      if (lease === undefined) return;
      // Not only once the database has heard of it: it may be gone.
      forget();
      await giveLeaseUp(await open(), schemas, holder);
    },
  };
}
