import type { Model } from '../model.ts';

/** What does not work any more. */
export const brokenElements: Model = {
  name: 'broken_elements',
  kind: 'materialized',
  about:
    'What is broken in workbooks that are not archived: elements that the API could not describe or has no SQL for, columns whose formula is broken, and sources that are gone or archived, with the elements that use them. A source that was never seen is not counted: the credentials may not see it.',
  columns: {
    workbook_id: 'Workbook',
    workbook_name: 'Title of the workbook',
    owner_id: 'Member who owns it',
    problem: 'element error, query error, formula error, source gone or source archived',
    object_id: 'Element, its column as element_id/column_id, or the source as in workbook_sources.source_key',
    name: 'Title of the element or column, or name of the source',
    detail: 'What the API says, the formula, or the kind of source',
    element_ids: 'Elements that are affected, as far as lineage tells',
  },
  key: ['workbook_id', 'problem', 'object_id'],
  inputs: [
    ...['workbooks', 'workbook_elements', 'workbook_queries', 'workbook_columns', 'workbook_sources'],
    ...['workbook_lineage', 'files', 'datasets', 'data_models', 'connection_paths'],
    ...['connection_path_grants'],
  ],
  sql: ({ live, raw }) => `
with book as (
  select w.workbook_id, w.name, w.owner_id from ${live('workbooks')} w where w.is_archived is not true
), source as (
  select s.workbook_id, s.source_key, s.type, coalesce(s.inode_id, s.source_data_model_id) as id
    from ${live('workbook_sources')} s where coalesce(s.inode_id, s.source_data_model_id) is not null
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
  select s.workbook_id, s.source_key, s.type, s.id, max(k.name) as name, bool_or(k.gone) as gone,
         max(m.data_model_url_id) as url_id
    from source s join known k on k.id = s.id left join ${raw('data_models')} m on m.data_model_id = s.id
   where k.gone or k.archived
   group by s.workbook_id, s.source_key, s.type, s.id
)
select b.workbook_id, b.name as workbook_name, b.owner_id, x.problem, x.object_id, x.name, x.detail, x.element_ids
  from book b
  join (
    select e.workbook_id, 'element error' as problem, e.element_id as object_id, e.name, e.error as detail,
           array[e.element_id] as element_ids
      from ${live('workbook_elements')} e where e.error is not null
    union all
    select q.workbook_id, 'query error', q.element_id, q.name, q.error, array[q.element_id]
      from ${live('workbook_queries')} q where q.error is not null
    union all
    -- A type of error is how the API says that a formula is broken. [SDK, AE]
    select c.workbook_id, 'formula error', c.element_id || '/' || c.column_id, c.label, c.formula, array[c.element_id]
      from ${live('workbook_columns')} c where c.type = 'error'
    union all
    select l.workbook_id, case when l.gone then 'source gone' else 'source archived' end, l.source_key, l.name, l.type,
           coalesce((select array_agg(distinct n.element_id collate "C" order by n.element_id collate "C")
                       from ${live('workbook_lineage')} n
                      where n.workbook_id = l.workbook_id and n.element_id <> l.workbook_id
                        and (n.source = l.id or split_part(n.source, '/', 1) in (l.id, l.url_id))), '{}')
      from lost l
  ) x on x.workbook_id = b.workbook_id`,
};
