/** Counts the tables that the runs of a bus change, and the old row versions they leave in each. */
import type { EventBus } from '../core/events/bus.ts';
import type { Schemas } from './schemas.ts';

/** See {@link countDeadRows}. */
export interface DeadRows {
  /** Old versions of rows, by `schema.table`; those of streams and exports that have ended. */
  readonly rows: ReadonlyMap<string, number>;
  /** Listens no more. */
  stop(): void;
}

/** Listens to the runs of a bus. */
export function countDeadRows(bus: EventBus, schemas: Schemas, exportsSchema: string): DeadRows {
  const rows = new Map<string, number>();
  const tables = new Map<string, string>();
  const add = (table: string, count: number): void => void rows.set(table, (rows.get(table) ?? 0) + count);
  const stops = [
    bus.on('stream.finished', ({ stream, updated, deleted }) =>
      add(`${schemas.target}.${stream}`, updated + deleted),
    ),
    bus.on('export.started', ({ export: name, table }) => {
      tables.set(name, `${exportsSchema}.${table}`);
    }),
    bus.on('export.finished', ({ export: name, updated, deleted }) => {
      const table = tables.get(name);
      if (table !== undefined) add(table, updated + deleted);
    }),
  ];
  return {
    rows,
    stop: () => {
      for (const stop of stops) stop();
    },
  };
}
