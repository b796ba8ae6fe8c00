import type { Model } from '../model.ts';
import { allObjects, OBJECT_INPUTS } from './shared/objects.ts';
import { fullName, searchWords } from './shared/sql-parts.ts';

/** Kinds of objects that have a listing of their own. */
const LISTED = ['workbook', 'report', 'data-model', 'dataset'];

/**
 * The index of the search by name. Words are found by their beginnings, through an index that every Postgres has. A search within
 * words reads all of it, so it is narrow.
 */
export const objectNames: Model = {
  name: 'object_names',
  kind: 'materialized',
  about:
    'The index of the search by name: one row per existing workbook, report, data model, dataset, warehouse table, connection, member and team.',
  columns: {
    type: 'workbook, report, data-model, dataset, table, connection, member or team',
    id: 'Its id',
    url_id: 'Its short id, as in browser addresses; null if it has none',
    name: 'Its title; for a table its database, schema and name',
    note: 'Folder of an object, e-mail address of a member',
    is_archived: 'True once it was archived',
    weight: 'Members who opened it lately, so that used objects are found first',
    words:
      'Name and e-mail address in lower case, with a space for each mark between words and one at the beginning',
    lexemes: 'These words one by one, for a search by their beginnings',
  },
  key: ['type', 'id'],
  indexes: ['id', 'url_id'],
  wordIndexes: ['lexemes'],
  inputs: [...OBJECT_INPUTS, 'members', 'teams', 'openings', 'lineage_nodes'],
  sql: (names) => {
    const { live, model } = names;
    return `
with opened as (
  select p.object_id, count(distinct p.member_id)::integer as openers from ${model('openings')}() p group by p.object_id
), one as (
  select o.type, o.inode_id as id, o.url_id, o.name, o.path as note, o.is_archived, coalesce(p.openers, 0) as weight,
         null as email
    from (
    ${allObjects(live)}
    ) o
    left join opened p on p.object_id = o.inode_id
   where o.type in (${LISTED.map((type) => `'${type}'`).join(', ')})
  union all
  select n.type, n.node_id, null, n.name, null, n.is_archived, 0, null
    from ${model('lineage_nodes')} n where n.type in ('table', 'connection') and not n.is_gone
  union all
  select 'member', m.member_id, null, ${fullName('m')}, m.email, m.is_archived, 0, m.email from ${live('members')} m
  union all
  select 'team', t.team_id, null, t.name, null, t.is_archived, 0, null from ${live('teams')} t
)
select o.type, o.id, o.url_id, o.name, o.note, coalesce(o.is_archived, false) as is_archived, o.weight,
       ' ' || w.words as words,
       -- Not by to_tsvector: it knows hosts, numbers and addresses, and takes words apart as no one would type them.
       array_to_tsvector(array(select distinct left(p.word, 100) from regexp_split_to_table(w.words, '[[:space:]]+') p(word)
                                where p.word <> '')) as lexemes
  from one o
 cross join lateral (select ${searchWords(`concat_ws(' ', left(o.name, 1000), o.email)`)} as words) w`;
  },
};
