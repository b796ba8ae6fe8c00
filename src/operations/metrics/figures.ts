/** What the database says of freshness, sizes, watermarks and alerts: a handful of small queries. */
import { type Database, hasTable, quoteTable, type Session } from '../../core/database/database.ts';
import type { Schemas } from '../../state/schemas.ts';

/** A name and a number; times are seconds since 1970. */
export interface Figure {
  readonly name: string;
  readonly value: number;
}

/** What is known at one time. */
export interface Figures {
  /** Last success of each stream that had one. */
  readonly streamSuccess: readonly Figure[];
  /** Streams that cannot be read: they have no age. */
  readonly unavailable: readonly string[];
  readonly streamRows: readonly Figure[];
  readonly partitionsFailed: readonly Figure[];
  readonly exportSuccess: readonly Figure[];
  readonly watermarks: readonly Figure[];
  readonly scheduleSuccess: readonly Figure[];
  readonly alerts: readonly Figure[];
}

const NOTHING: Figures = {
  ...{ streamSuccess: [], unavailable: [], streamRows: [], partitionsFailed: [] },
  ...{ exportSuccess: [], watermarks: [], scheduleSuccess: [], alerts: [] },
};

/** Reads all figures; none where nothing was ever run here. @throws DatabaseError */
export async function readFigures(database: Database, schemas: Schemas): Promise<Figures> {
  return database.session(async (session) => {
    // The table that was made last: an older version's database is migrated by the next run.
    if (!(await hasTable(session, schemas.state, 'table_sizes'))) return NOTHING;
    const of = (table: string): string => quoteTable(schemas.state, table);
    const unavailable = await session.query<{ name: string }>(
      `select stream as name from ${of('streams')} where last_status = 'unavailable'`,
    );
    return {
      unavailable: unavailable.map(({ name }) => name),
      streamSuccess: await figures(
        session,
        `select stream, ${seconds('last_success_at')} from ${of('streams')} where last_success_at is not null`,
      ),
      streamRows: await figures(
        session,
        `select distinct on (table_name) table_name, rows from ${of('table_sizes')} where schema_name = $1
          order by table_name, day desc`,
        [schemas.target],
      ),
      partitionsFailed: await figures(
        session,
        `select stream, count(*) filter (where status = 'failed') from ${of('partitions')} group by stream`,
      ),
      exportSuccess: await figures(
        session,
        `select export, ${seconds('last_success_at')} from ${of('exports')} where last_success_at is not null`,
      ),
      watermarks: await figures(
        session,
        `select export, ${seconds('watermark')} from ${of('exports')} where watermark is not null`,
      ),
      scheduleSuccess: await figures(
        session,
        // Exports that follow the sync of a schedule do not make up for it.
        `select schedule, ${seconds('max(finished_at)')} from ${of('runs')}
          where schedule is not null and status = 'complete' and (command <> 'export' or schedule like 'export %')
          group by schedule`,
      ),
      alerts: await figures(
        session,
        `select kind, count(*) from ${of('alerts')} where settled_at is null group by kind`,
      ),
    };
  });
}

async function figures(
  session: Session,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<Figure[]> {
  const rows = await session.query<{ name: string; value: number }>(
    `select f.name, f.value::float8 as value from (${sql}) as f(name, value)`,
    parameters,
  );
  return rows.map(({ name, value }) => ({ name, value: Number(value) }));
}

const seconds = (time: string): string => `extract(epoch from ${time})`;
