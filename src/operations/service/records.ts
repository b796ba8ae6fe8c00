/** The schedules' records as this process knows them, and what of it the database is yet to be told. */
import type { Database } from '../../core/database/database.ts';
import type { Schemas } from '../../state/schemas.ts';
import { readSchedules, type ScheduleRecord, writeSchedule } from '../../state/schedule-book.ts';

/** Records by name of the schedule. What could not be written is kept and written later. */
export interface Records {
  get(schedule: string): ScheduleRecord | undefined;
  /** Reads them all; what is yet to be written stays as it is. @throws DatabaseError */
  load(database: Database, schemas: Schemas): Promise<void>;
  /** Writes down what was changed while the database was away. @throws DatabaseError */
  flush(database: Database, schemas: Schemas): Promise<void>;
  /**
   * Takes a turn for this process, in the database first.
   *
   * @returns false where another process has the lease by now.
   * @throws DatabaseError
   */
  claim(database: Database, schemas: Schemas, record: ScheduleRecord, holder: string): Promise<boolean>;
  /** Notes what became of a job; `flush` writes it. */
  note(record: ScheduleRecord): void;
  /** Forgets everything, as for another database. */
  clear(): void;
}

export function openRecords(): Records {
  const known = new Map<string, ScheduleRecord>();
  const unwritten = new Set<string>();
  return {
    get: (schedule) => known.get(schedule),
    async load(database, schemas) {
      for (const [name, record] of await readSchedules(database, schemas))
        if (!unwritten.has(name)) known.set(name, record);
    },
    async flush(database, schemas) {
      for (const name of [...unwritten]) {
        const record = known.get(name);
        if (record !== undefined) await writeSchedule(database, schemas, record);
        if (known.get(name) === record) unwritten.delete(name);
      }
    },
    async claim(database, schemas, record, holder) {
      if (!(await writeSchedule(database, schemas, record, holder))) return false;
      known.set(record.schedule, record);
      unwritten.delete(record.schedule);
      return true;
    },
    note(record) {
      known.set(record.schedule, record);
      unwritten.add(record.schedule);
    },
    clear() {
      known.clear();
      unwritten.clear();
    },
  };
}
