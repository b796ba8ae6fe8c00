/** The schedules' records as this process knows them, and the part that is not yet in the database. */
import type { Database } from '../../core/database/database.ts';
import { readSchedules, type ScheduleRecord, writeSchedule } from '../../state/schedule-book.ts';
import type { Schemas } from '../../state/schemas.ts';

export type Records = ReturnType<typeof openRecords>;

/** Makes records by name of the schedule, none yet. Records that could not be written are kept and written later. */
export function openRecords() {
  const known = new Map<string, ScheduleRecord>();
  const unwritten = new Set<string>();
  return {
    get: (schedule: string) => known.get(schedule),
    /** Reads them all; what is yet to be written stays as it is. @throws DatabaseError */
    async load(database: Database, schemas: Schemas): Promise<void> {
      for (const [name, record] of await readSchedules(database, schemas))
        if (!unwritten.has(name)) known.set(name, record);
    },
    /** Writes down what was changed while the database was away. @throws DatabaseError */
    async flush(database: Database, schemas: Schemas): Promise<void> {
      for (const name of [...unwritten]) {
        const record = known.get(name);
        if (record !== undefined) await writeSchedule(database, schemas, record);
        if (known.get(name) === record) unwritten.delete(name);
      }
    },
    /**
     * Takes a turn for this process, in the database first.
     *
     * @returns false where another process has the lease by now.
     * @throws DatabaseError
     */
    async claim(
      database: Database,
      schemas: Schemas,
      record: ScheduleRecord,
      holder: string,
    ): Promise<boolean> {
      if (!(await writeSchedule(database, schemas, record, holder))) return false;
      known.set(record.schedule, record);
      unwritten.delete(record.schedule);
      return true;
    },
    /** Notes what became of a job; `flush` writes it. */
    note(record: ScheduleRecord): void {
      known.set(record.schedule, record);
      unwritten.add(record.schedule);
    },
    /** Forgets everything, as for another database. */
    clear(): void {
      known.clear();
      unwritten.clear();
    },
  };
}
