/** Everything about a workbook or a report in one row. */
import type { Model, Names } from '../../model.ts';
import { CUSTOM_SQL } from './lineage-parts.ts';
import { aboveCtes, fullName, lengthOf, texts } from './sql-parts.ts';

/** A kind of document, and how its tags are written. */
interface DocumentKind {
  readonly document: 'workbook' | 'report';
  /** Column of `…_tags` with the tag's name, and with the tagged version. */
  readonly tagName: string;
  readonly taggedId: string;
  /** The same in the document's own entry. */
  readonly tagFields: readonly [name: string, taggedId: string];
  /** True for workbooks, which also have bookmarks, embeds, materializations, and a place in `lineage`. */
  readonly hasMore: boolean;
}

/** Streams of what a document holds. */
const CHILDREN = ['pages', 'elements', 'columns', 'controls', 'sources', 'schedules', 'tags', 'versions'];
const MORE_CHILDREN = ['bookmarks', 'embeds', 'materialization_schedules'];

/** `<document>_inventory`. */
export function inventoryOf(kind: DocumentKind): Model {
  const { document, hasMore } = kind;
  const children = hasMore ? [...CHILDREN, ...MORE_CHILDREN] : CHILDREN;
  return {
    name: `${document}_inventory`,
    kind: 'materialized',
    about: `One row per ${document} with its owner, place, content, sources and use. Archived ${document}s and tagged versions are included: see is_archived and tagged_version_of. The contents of an archived ${document} count as last seen.`,
    columns: columnsOf(kind),
    key: [`${document}_id`],
    indexes: ['owner_id'],
    inputs: [
      `${document}s`,
      ...children.map((child) => `${document}_${child}`),
      ...['openings', 'members', 'files', 'workspaces'],
      'lineage',
    ],
    sql: (names) => sqlOf(kind, names),
  };
}

function columnsOf({ document, hasMore }: DocumentKind): Model['columns'] {
  const capital = document === 'workbook' ? 'Workbook' : 'Report';
  return {
    [`${document}_id`]: capital,
    name: 'Title',
    url: 'Address in the browser',
    description: 'Description',
    owner_id: 'Member who owns it',
    owner_name: 'Name of the owner; null if no member with that id is known',
    owner_email: 'E-mail address of the owner',
    owner_is_active: 'False if the owner is archived, inactive or unknown',
    folder_id: 'Folder or workspace it is in; null if the listing of files lacks it',
    folder_path: 'Folders that lead to it',
    workspace_id: 'Workspace it is in, at whatever depth; null in the documents of a member',
    workspace_name: 'Name of that workspace',
    tags: 'Names of the version tags on it, in alphabetical order',
    is_archived: 'True once it is archived',
    tagged_version_of: `Original ${document} of this tagged version, or null`,
    latest_version: 'Number of the latest published version',
    versions: 'Published versions that are listed',
    pages: 'Pages, hidden ones included',
    hidden_pages: 'Pages hidden from viewers',
    elements: 'Elements on its pages',
    charts: 'Elements that are charts',
    broken: 'Elements that the API could not describe; broken_elements says which',
    columns: 'Columns of its elements',
    controls: 'Controls: filters and parameters',
    ...(hasMore && { bookmarks: 'Bookmarks' }),
    sources: `Tables, datasets, data models and other sources of its data${hasMore ? ', as in lineage' : ''}`,
    source_tables: 'Of these: tables of a warehouse',
    source_datasets: 'Of these: datasets',
    source_data_models: 'Of these: data models',
    source_signature: `Hash of the sources: equal if two ${document}s have the same ones; null without sources`,
    shape_signature: 'Hash of the kinds of elements and their numbers of columns; null without elements',
    schedules: 'Scheduled exports',
    active_schedules: 'Of these: not suspended and not disabled',
    ...(hasMore && {
      embeds: 'Embeds',
      public_embeds: 'Of these: visible to everybody without signing in',
      materializations: 'Elements that are materialized on a schedule',
    }),
    badge: 'Endorsement, such as certified; null without one',
    is_certified: 'True if it has an endorsement',
    created_at: 'When it was created',
    created_by: 'Member who created it',
    updated_at: 'When it was last changed',
    last_published_at: 'When its latest listed version was published',
    last_opened_at:
      'When somebody last opened it, from the recent files of members and the audit log, if that is set',
    openers: 'Members who opened it, likewise',
  };
}

function sqlOf(kind: DocumentKind, names: Names): string {
  const { document, hasMore } = kind;
  const { live } = names;
  const id = `${document}_id`;
  const documents = live(`${document}s`);
  /** A join with one row for each document that has any: their number as `n`, and what `more` adds. */
  const counted = (alias: string, child: string, ...more: string[]): string => `
  left join (select x.${id}, count(*)::integer as n${more.map((one) => `, ${one}`).join('')}
          from ${live(`${document}_${child}`)} x group by x.${id}) ${alias} on ${alias}.${id} = w.${id}`;
  const embeds = hasMore
    ? 'coalesce(d.n, 0) as embeds, coalesce(d.public, 0) as public_embeds, coalesce(z.n, 0) as materializations,'
    : '';
  return `
with recursive ${aboveCtes(names)}, workspace_of as (
  select distinct on (a.container) a.container, c.id as workspace_id, c.name as workspace_name
    from above a join containers c on c.id = a.ancestor and c.type = 'workspace'
   order by a.container, c.id
), opened as (
  select o.object_id, max(o.opened_at) as last_opened_at, count(distinct o.member_id)::integer as openers
    from ${names.model('openings')}() o group by o.object_id
), ${tagCtes(kind, names)}, ${sourceCte(kind, names)}
select w.${id}, w.name, w.url, w.description, w.owner_id,
       ${fullName('m')} as owner_name, m.email as owner_email,
       m.member_id is not null and m.is_archived is not true and m.is_inactive is not true as owner_is_active,
       f.parent_id as folder_id, coalesce(f.path, w.path) as folder_path, s.workspace_id, s.workspace_name,
       coalesce(tn.tags, '{}') as tags, coalesce(w.is_archived, false) as is_archived,
       td.tagged_from as tagged_version_of, w.latest_version, coalesce(v.n, 0) as versions,
       coalesce(p.n, 0) as pages, coalesce(p.hidden, 0) as hidden_pages,
       coalesce(e.n, 0) as elements, coalesce(e.charts, 0) as charts, coalesce(e.broken, 0) as broken,
       coalesce(c.n, 0) as columns, coalesce(k.n, 0) as controls,${hasMore ? ' coalesce(b.n, 0) as bookmarks,' : ''}
       coalesce(o.n, 0) as sources, coalesce(o.tables, 0) as source_tables,
       coalesce(o.datasets, 0) as source_datasets, coalesce(o.data_models, 0) as source_data_models,
       o.signature as source_signature, e.signature as shape_signature,
       coalesce(h.n, 0) as schedules, coalesce(h.active, 0) as active_schedules,
       ${embeds} f.badge, f.badge is not null as is_certified,
       w.created_at, w.created_by, w.updated_at, v.last_published_at, r.last_opened_at, coalesce(r.openers, 0) as openers
  from ${documents} w
  left join ${live('members')} m on m.member_id = w.owner_id
  left join ${live('files')} f on f.id = w.${id}
  left join workspace_of s on s.container = f.parent_id
  left join tag_names tn on tn.document_id = w.${id}
  left join tagged td on td.tagged_id = w.${id}
  left join opened r on r.object_id = w.${id}${[
    counted('v', 'versions', 'max(x.published_at) as last_published_at'),
    counted('p', 'pages', '(count(*) filter (where x.hidden))::integer as hidden'),
    counted(
      'e',
      'elements',
      `(count(*) filter (where x.type = 'visualization'))::integer as charts`,
      '(count(*) filter (where x.error is not null))::integer as broken',
      `md5(string_agg(concat_ws('/', coalesce(x.type, ''), coalesce(x.visualization_type, ''), ${lengthOf('x.columns')}), ','
       order by x.type collate "C", x.visualization_type collate "C", ${lengthOf('x.columns')})) as signature`,
    ),
    counted('c', 'columns'),
    counted('k', 'controls'),
    `
  left join (select x.document_id, count(*)::integer as n,
               (count(*) filter (where x.type = 'table'))::integer as tables,
               (count(*) filter (where x.type = 'dataset'))::integer as datasets,
               (count(*) filter (where x.type = 'data-model'))::integer as data_models,
               md5(string_agg(x.key, ',' order by x.key collate "C")) as signature
          from source x group by x.document_id) o on o.document_id = w.${id}`,
    counted(
      'h',
      'schedules',
      '(count(*) filter (where x.is_suspended is not true and x.disabled_at is null))::integer as active',
    ),
    ...(hasMore
      ? [
          counted('b', 'bookmarks'),
          counted('d', 'embeds', '(count(*) filter (where x.public))::integer as public'),
          counted('z', 'materialization_schedules'),
        ]
      : []),
  ].join('')}`;
}

/** Kinds of nodes that an element takes data from and that are in no document. */
const OUTSIDE = ['table', 'dataset', 'data-model', 'custom-sql', 'csv-upload', 'semantic-view'];

/**
 * CTE `source` (document_id, node, type, key): each object that a document takes data from, once, whether its sources name
 * it or its lineage. A source without an id counts if the lineage has none of its kind.
 */
function sourceCte({ document }: DocumentKind, names: Names): string {
  const id = `${document}_id`;
  const node = `coalesce(s.inode_id, s.source_data_model_id, s.${id} || ':' || s.custom_sql_id)`;
  const type = `case when s.type in (${texts(CUSTOM_SQL)}) then 'custom-sql' else s.type end`;
  const sources = `select s.${id} as document_id, ${node} as node, ${type} as type, s.source_key as key
    from ${names.live(`${document}_sources`)} s`;
  return `named as materialized (
  ${sources}
), outside as materialized (
  select split_part(l.downstream_id, ':', 1) as document_id, l.upstream_id as node,
         max(nullif(l.upstream_type, 'unknown')) as type
    from ${names.model('lineage')} l
   where l.downstream_type in ('element', '${document}') and l.kind <> 'part'
     and (l.downstream_type <> 'element' or l.upstream_type in (${texts(OUTSIDE)}))
   group by 1, 2
), source as (
  select a.document_id, a.node, max(a.type) as type,
         coalesce(string_agg(a.key, '+' order by a.key collate "C"), max(a.type) || ':' || regexp_replace(a.node, '^.*:', '')) as key
    from (
      select n.document_id, n.node, n.type, n.key from named n where n.node is not null
      union all
      select o.document_id, o.node, o.type, null from outside o
    ) a
   group by a.document_id, a.node
  union all
  select n.document_id, null, n.type, n.key from named n
   where n.node is null
     and not exists (select from outside o where o.document_id = n.document_id and o.type = n.type)
)`;
}

/** CTEs `tag_names` (document_id, tags) and `tagged` (tagged_id, tagged_from). */
function tagCtes({ document, tagName, taggedId, tagFields }: DocumentKind, { live }: Names): string {
  const id = `${document}_id`;
  const documents = live(`${document}s`);
  const [name, tagged] = tagFields;
  return `tag as materialized (
  select t.${id} as document_id, t.${tagName} as name, t.${taggedId} as tagged_id from ${live(`${document}_tags`)} t
    join ${documents} w on w.${id} = t.${id} and w.is_archived is not true
  union all
  -- The contents of an archived document are not listed, but its own entry still has its tags.
  select w.${id}, x.tag ->> '${name}', x.tag ->> '${tagged}' from ${documents} w
   cross join lateral jsonb_array_elements(case jsonb_typeof(w.tags) when 'array' then w.tags else '[]' end) x(tag)
   where w.is_archived
), tag_names as (
  select t.document_id, array_agg(distinct t.name collate "C" order by t.name collate "C") as tags
    from tag t where t.name is not null group by t.document_id
), tagged as (
  select t.tagged_id, min(t.document_id) as tagged_from
    from tag t where t.tagged_id <> t.document_id group by t.tagged_id
)`;
}
