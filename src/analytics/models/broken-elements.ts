import type { Model } from '../model.ts';
import { DOCUMENTS, eachDocument, streamsOf } from './shared/documents.ts';

const WITH_QUERIES = DOCUMENTS.filter(({ hasQueries }) => hasQueries);

/** Broken parts of documents. */
export const brokenElements: Model = {
  name: 'broken_elements',
  kind: 'materialized',
  about:
    'Problems of workbooks, reports and data models that are not archived: elements that the API could not describe or has no SQL for, columns with a broken formula, and sources that are gone or archived. Each source comes with the elements that use it. A source that was never seen is not counted, because the credentials may not see it.',
  columns: {
    document_type: 'workbook, report or data-model',
    document_id: 'The document',
    document_name: 'Title of the document',
    document_url: 'Its address in the browser',
    owner_id: 'Member who owns it',
    problem: 'element error, query error, formula error, source gone or source archived',
    object_id: 'Element, its column as element_id/column_id, or the source as in workbook_sources.source_key',
    name: 'Title of the element or column, or name of the source',
    detail: 'The message of the API, the formula, or the kind of source',
    element_ids: 'Affected elements, as far as lineage shows',
  },
  key: ['document_id', 'problem', 'object_id'],
  inputs: [
    ...streamsOf('elements', 'columns', 'sources', 'lineage'),
    ...WITH_QUERIES.map(({ prefix }) => `${prefix}_queries`),
    ...['files', 'datasets', 'connection_paths', 'connection_path_grants'],
  ],
  sql: ({ live, raw }) => `
with document as (
  ${eachDocument(
    ({ type, rows, id }) => `select d.${id} as id, '${type}' as type, d.name, d.url, d.owner_id
    from ${live(rows)} d where d.is_archived is not true`,
  )}
), source as (
  ${eachDocument(
    ({ prefix, id, source }) => `select s.${id} as doc, s.source_key, s.type, ${source} as id
    from ${raw(`${prefix}_sources`)} s where s._deleted_at is null and ${source} is not null`,
  )}
), edge as (
  ${eachDocument(
    ({ prefix, id }) => `select l.${id} as doc, l.element_id, split_part(l.source, '/', 1) as id
    from ${live(`${prefix}_lineage`)} l where l.element_id <> l.${id}`,
  )}
), known as (
  select d.dataset_id as id, d.name, d._deleted_at is not null as gone, coalesce(d.is_archived, false) as archived
    from ${raw('datasets')} d
  union all
  select m.data_model_id, m.name, m._deleted_at is not null, coalesce(m.is_archived, false) from ${raw('data_models')} m
  union all
  select t.id, max(t.name), bool_and(t.gone), false from (
    select g.inode_id as id, p.path ->> -1 as name, p._deleted_at is not null as gone
      from ${raw('connection_path_grants')} g join ${raw('connection_paths')} p on p.url_id = g.url_id
     where g.inode_id is not null) t group by t.id
  union all
  select f.id, f.name, f._deleted_at is not null, coalesce(f.is_archived, false) from ${raw('files')} f
   where not exists (select from ${raw('datasets')} d where d.dataset_id = f.id)
     and not exists (select from ${raw('data_models')} m where m.data_model_id = f.id)
), lost as (
  select s.doc, s.source_key, s.type, s.id, max(k.name) as name, bool_or(k.gone) as gone,
         max(m.data_model_url_id) as url_id
    from source s join known k on k.id = s.id left join ${raw('data_models')} m on m.data_model_id = s.id
   where k.gone or k.archived
   group by s.doc, s.source_key, s.type, s.id
)
select d.type as document_type, d.id as document_id, d.name as document_name, d.url as document_url, d.owner_id,
       x.problem, x.object_id, x.name, x.detail, x.element_ids
  from document d
  join (
    ${eachDocument(
      ({
        prefix,
        id,
      }) => `select e.${id} as doc, 'element error' as problem, e.element_id as object_id, e.name, e.error as detail,
           array[e.element_id] as element_ids
      from ${live(`${prefix}_elements`)} e where e.error is not null`,
    )}
    union all
    ${eachDocument(
      ({ prefix, id }) => `select q.${id}, 'query error', q.element_id, q.name, q.error, array[q.element_id]
      from ${live(`${prefix}_queries`)} q where q.error is not null`,
      WITH_QUERIES,
    )}
    union all
    -- The API marks a broken formula by the type error. [SDK, AE]
    ${eachDocument(
      ({ prefix, id, column }) => `select c.${id}, 'formula error', ${column}, c.label, c.formula,
           case when c.element_id is null then '{}' else array[c.element_id] end
      from ${live(`${prefix}_columns`)} c where c.type = 'error'`,
    )}
    union all
    select l.doc, case when l.gone then 'source gone' else 'source archived' end, l.source_key, l.name, l.type,
           coalesce((select array_agg(distinct n.element_id collate "C" order by n.element_id collate "C")
                       from edge n where n.doc = l.doc and n.id in (l.id, l.url_id)), '{}')
      from lost l
  ) x on x.doc = d.id`,
};
