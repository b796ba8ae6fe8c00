/** The database of the settings in force: its first user opens it, with its tables; and whether it answers. */
import type { Database } from '../../core/database/database.ts';
import { DatabaseError, describeError } from '../../core/errors.ts';
import type { EventBus } from '../../core/events/bus.ts';
import { catalogue } from '../../extractors/catalogue.ts';
import type { Clock } from '../../sigma/clock.ts';
import { migrate } from '../../state/migrate.ts';
import { isMigrated } from '../../state/read/status.ts';
import type { ServiceControl } from '../web/service-control.ts';
import type { SettingsInForce } from './accept-settings.ts';

export type Connection = ReturnType<typeof openConnection>;

/** Makes a connection of nothing yet; `inForce` gives the settings in force. */
export function openConnection(events: EventBus, clock: Clock, inForce: () => SettingsInForce) {
  let migrated: string | undefined;
  let unreachable: ServiceControl['unreachable'];
  let hopeless: DatabaseError | undefined;
  const ready = async (): Promise<Database> => {
    const { target, app, place } = inForce();
    const database = await target.open();
    if (migrated !== place) {
      await migrate(database, app.schemas, catalogue, events);
      migrated = place;
    }
    return database;
  };
  return {
    /** Since when it could not be reached, and why; undefined while it can. */
    get unreachable() {
      return unreachable;
    },
    /** Why only other settings help, where the last attempt found that. */
    get hopeless() {
      return hopeless;
    },
    /** @throws DatabaseError, LockedError */
    open: async () => inForce().target.open(),
    /** The database, with its tables. @throws DatabaseError, LockedError */
    ready,
    /** The same for a process that only shows what is there: undefined while there are no tables. */
    async readyToShow(): Promise<Database | undefined> {
      const { target, app, place } = inForce();
      const database = await target.open();
      if (migrated !== place && !(await isMigrated(database, app.schemas))) return undefined;
      return ready();
    },
    /** Notes that it could not be reached; logged the first time. */
    missed(error: unknown): void {
      hopeless = error instanceof DatabaseError && error.inSettings ? error : undefined;
      const text = inForce().app.redact(describeError(error));
      if (unreachable === undefined) events.emit('service.unreachable', { error: text });
      unreachable = { since: unreachable?.since ?? new Date(clock.now()), error: text };
    },
    /** Notes that it answered; logged where it did not before. */
    reached(): void {
      hopeless = undefined;
      if (unreachable === undefined) return;
      const afterMs = clock.now() - unreachable.since.getTime();
      unreachable = undefined;
      events.emit('service.recovered', { afterMs });
    },
  };
}
