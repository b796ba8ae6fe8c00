/** Edges of documents for the models of lineage: CTEs, and the nodes that edges lead to. */
import type { Names } from '../../model.ts';
import { eachDocument, streamsOf } from './documents.ts';
import { texts } from './sql-parts.ts';

/** Custom SQL, as sources and lineage call it. */
export const CUSTOM_SQL = ['custom-sql', 'customSQL', 'customSql'];
/** Kinds of nodes that are in no connection themselves. */
const ELSEWHERE = ['sheet', 'element', 'dataset', 'data-model', 'csv-upload'];

/** Streams that {@link lineageCtes} reads. */
export const LINEAGE_INPUTS = streamsOf('sources', 'elements', 'lineage');

/**
 * `edge`: what lineage has of documents that are there. `element`: all elements that ever were. `sql_source`: custom SQL
 * among sources, by its id. `custom`: what lineage calls a document's custom SQL, its id or title, and its node: an id of
 * the sources where one has that id or text. `model_name`: data models by id and by what addresses call them. `told`: the
 * kind of a document's nodes.
 */
export function lineageCtes({ live, raw }: Names): string {
  return `edge as materialized (
  ${eachDocument(
    ({ type, rows, prefix, id }) => `select l.${id} as doc, '${type}' as doc_type, l.source, l.target, l.type,
         l.source_type, l.source_node, l.target_node, l.connection_id, l.definition
    from ${live(`${prefix}_lineage`)} l join ${live(rows)} d on d.${id} = l.${id}`,
  )}
), element as (
  ${eachDocument(
    ({ prefix, id }) => `select e.${id} as doc, e.element_id, e.name, e._deleted_at is not null as is_gone
    from ${raw(`${prefix}_elements`)} e`,
  )}
), sql_source as (
  ${eachDocument(
    ({ type, rows, prefix, id }) => `select s.${id} as doc, '${type}' as doc_type, s.custom_sql_id as id,
         s.connection_id, s.definition
    from ${live(`${prefix}_sources`)} s join ${live(rows)} d on d.${id} = s.${id} where s.custom_sql_id is not null`,
  )}
), custom as (
  select e.doc, c.called, e.doc || ':' || min(coalesce(s.id, e.source)) as node_id,
         min(e.source_node ->> 'name') as name
    from edge e
    left join sql_source s on s.doc = e.doc and (s.id = e.source or s.definition = e.definition)
   cross join lateral (select e.source as called union select e.source_node ->> 'name') c
   where e.type = 'document' and e.source_type in (${texts(CUSTOM_SQL)}) and c.called is not null
   group by e.doc, c.called
), model_name as (
  select m.data_model_id as called, m.data_model_id as id from ${raw('data_models')} m
  union
  select m.data_model_url_id, m.data_model_id from ${raw('data_models')} m where m.data_model_url_id is not null
), told as (
  select e.doc, e.source, max(e.source_type) as type from edge e
   where e.type = 'document' and e.source_type is not null group by e.doc, e.source
)`;
}

type Side = 'source' | 'target';

const isElement = (side: Side): string =>
  `e_${side}.element_id is not null or l.${side}_node ->> 'type' = 'sheet'`;

/** A node of an edge `l`, with {@link nodeJoins}: an element of its document, or something else. */
export const nodeOf = (side: Side): string =>
  `case when ${isElement(side)} then l.doc || ':' || l.${side}
             when c_${side}.node_id is not null then c_${side}.node_id
             else coalesce(m_${side}.id, case l.${side}_node ->> 'type' when 'data-model' then split_part(l.${side}, '/', 1) end, l.${side}) end`;

/** Its kind. */
export const typeOf = (side: Side): string =>
  `case when ${isElement(side)} then 'element'
             when c_${side}.node_id is not null then 'custom-sql'
             when d_${side}.dataset_id is not null then 'dataset'
             when m_${side}.id is not null then 'data-model'
             else coalesce(l.${side}_node ->> 'type', t_${side}.type, 'unknown') end`;

export const nodeJoins = ({ raw }: Names, side: Side): string => `
      left join element e_${side} on e_${side}.doc = l.doc and e_${side}.element_id = l.${side}
      left join custom c_${side} on c_${side}.doc = l.doc and c_${side}.called = l.${side}
      left join ${raw('datasets')} d_${side} on d_${side}.dataset_id = l.${side}
      left join model_name m_${side} on m_${side}.called = split_part(l.${side}, '/', 1)
      left join told t_${side} on t_${side}.doc = l.doc and t_${side}.source = l.${side}`;

/** True for a document's node that is in a connection. */
export const isInConnection = `l.type = 'document' and l.connection_id is not null
       and coalesce(l.source_type, '') not in (${texts(ELSEWHERE)})`;
