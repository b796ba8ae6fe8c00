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

/** A list that the digest counts, and the first of which it names. */
export interface Listing {
  /** A SELECT that is run once and stands as `base` in `from`, if it is dear. */
  readonly base?: string;
  readonly from: string;
  /** Joins that the order or the words need and the count does not: one row for each. */
  readonly joins?: string;
  readonly where?: string;
  readonly id: string;
  readonly name: string;
  /** Looked up by the id of those that are named, where it is not given. */
  readonly url?: string;
  readonly detail: string;
  /** The order of interest. */
  readonly order: string;
}

/** Dependencies of the parts of the digest. */
export interface DigestAsker extends Asker {
  /** Begin and end of the digest, as the parameters `$1` and `$2`. */
  readonly range: readonly [from: string, to: string];
  /** Workbooks, reports and data models, to stand behind FROM: type, id, name, url, owner_name, last_opened_at, openers. */
  readonly documents: string;
  /** Counts a list and names the first of it. */
  top(listing: Listing, values?: Statement['values']): Promise<Top<Thing>>;
}

/** Asks in this session about this time. */
export function digestAsker(session: Session, { schemas, from, to }: ReportRequest): DigestAsker {
  const asker = askerIn(session, schemas);
  const documents = documentsOf(asker);
  return {
    ...asker,
    range: [from.toISOString(), to.toISOString()],
    documents,
    async top({ base, from: rows, joins = '', where, id, name, url, detail, order }, values = []) {
      const source = `from ${rows}`;
      const condition = where === undefined ? '' : ` where ${where}`;
      // Details are worked out for those that are kept, and what is counted is not sorted.
      const found = await asker.rows<{ n: number } & Thing & Row>(
        `${base === undefined ? '' : `with base as materialized (${base}) `}select
       (select count(*) ${source}${condition})::integer as n, ${id} as id, ${name} as name,
       ${url ?? `(select i.url from ${documents} i where i.id = ${id} limit 1)`} as url, ${detail} as detail
  ${source}${joins}${condition}
 order by ${order} limit ${TOP}`,
        values,
      );
      return {
        count: found[0]?.n ?? 0,
        top: found.map((one) => ({ id: one.id, name: one.name, url: one.url, detail: one.detail })),
      };
    },
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
