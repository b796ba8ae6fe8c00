/** Lets the parts of the digest query the database. */

import type { Row, Session } from '../../core/database/database.ts';
import type { Schemas } from '../../state/schemas.ts';
import { type Asker, askerIn, type Statement } from '../asker.ts';
import type { Thing, Top } from './digest.ts';

/** Number of named entries per list. */
export const TOP = 5;

/** The subject of the digest. */
export interface ReportRequest {
  readonly schemas: Schemas;
  readonly from: Date;
  /** Now: what is stale, broken or open is so at present, and the change log is read up to here. */
  readonly to: Date;
  /** Streams that are to be fresh, and the milliseconds after which each is behind. */
  readonly watched: ReadonlyMap<string, number>;
  /** Ends a statement that takes longer. */
  readonly limitMs?: number;
}

/** Dependencies of the parts of the digest. */
export interface DigestAsker extends Asker {
  /** Begin and end of the digest, as the parameters `$1` and `$2`. */
  readonly range: readonly [from: string, to: string];
  /** Workbooks, reports and data models, to stand behind FROM: type, id, name, url, owner_name, last_opened_at, openers. */
  readonly documents: string;
  /** @param sql gives `id`, `name`, `url` and `detail` in the order of interest. */
  top(sql: string, values?: Statement['values']): Promise<Top<Thing>>;
  /** The same of rows without `url`, which is looked up for those that are kept. */
  topWithUrls(sql: string, values?: Statement['values']): Promise<Top<Thing>>;
}

/** Asks in this session about this time. */
export function digestAsker(session: Session, { schemas, from, to }: ReportRequest): DigestAsker {
  const asker = askerIn(session, schemas);
  const documents = documentsOf(asker);
  const top = async (url: string, sql: string, values: Statement['values'] = []): Promise<Top<Thing>> => {
    const rows = await asker.rows<{ n: number } & Thing & Row>(
      `select x.n, x.id, x.name, ${url} as url, x.detail
         from (select count(*) over ()::integer as n, x.* from (${sql}) x limit ${TOP}) x`,
      values,
    );
    return {
      count: rows[0]?.n ?? 0,
      top: rows.map(({ id, name, url: its, detail }) => ({ id, name, url: its, detail })),
    };
  };
  return {
    ...asker,
    range: [from.toISOString(), to.toISOString()],
    documents,
    top: (sql, values) => top('x.url', sql, values),
    topWithUrls: (sql, values) =>
      top(`(select i.url from ${documents} i where i.id = x.id limit 1)`, sql, values),
  };
}

function documentsOf({ model, table }: Asker): string {
  const inventories = ['workbook', 'report'].map(
    (
      document,
    ) => `select '${document}' as type, i.${document}_id as id, i.name, i.url, i.owner_name, i.last_opened_at, i.openers
          from ${model(`${document}_inventory`)} i`,
  );
  return `(${inventories.join(' union all ')}
        union all select 'data-model', m.data_model_id, m.name, m.url, null, null, 0 from ${table('data_models')} m where m._deleted_at is null)`;
}
