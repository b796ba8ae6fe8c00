/** How the parts of the digest ask the database. */
import { analyticsSchema } from '../model.ts';
import { quoteTable, type Row, type Session } from '../../core/database/database.ts';
import type { Schemas } from '../../state/schemas.ts';
import type { Thing, Top } from './digest.ts';

/** How many of each list are named. */
export const TOP = 5;

/** What the digest is about. */
export interface ReportRequest {
  readonly schemas: Schemas;
  readonly from: Date;
  /** Now: what is stale, broken or open is so at present, and the change log is read up to here. */
  readonly to: Date;
  /** Streams that are to be fresh, and the milliseconds after which each is behind. */
  readonly watched: ReadonlyMap<string, number>;
}

/** What the parts of the digest are asked with. */
export interface Asker {
  /** Begin and end of the digest, as the parameters `$1` and `$2`. */
  readonly range: readonly [from: string, to: string];
  /** A model, a table of the state schema, a stream's table; quoted. */
  model(name: string): string;
  state(name: string): string;
  table(name: string): string;
  rows<T extends Row>(sql: string, parameters?: readonly unknown[]): Promise<T[]>;
  /** @param sql gives `id`, `name`, `url` and `detail` in the order of interest. */
  top(sql: string, parameters?: readonly unknown[]): Promise<Top<Thing>>;
}

/** Asks in this session about this time. */
export function asker(session: Session, schemas: Schemas, from: Date, to: Date): Asker {
  return {
    range: [from.toISOString(), to.toISOString()],
    model: (name) => quoteTable(analyticsSchema(schemas), name),
    state: (name) => quoteTable(schemas.state, name),
    table: (name) => quoteTable(schemas.target, name),
    rows: (sql, parameters = []) => session.query(sql, parameters),
    top: async (sql, parameters = []) => {
      const rows = await session.query<{ n: number } & Thing & Row>(
        `select count(*) over ()::integer as n, x.id, x.name, x.url, x.detail from (${sql}) x limit ${TOP}`,
        parameters,
      );
      return {
        count: rows[0]?.n ?? 0,
        top: rows.map(({ id, name, url, detail }) => ({ id, name, url, detail })),
      };
    },
  };
}
