{# Made from the declarations in src/ by `npm run docs`; do not edit. #}
{% macro create_upstream_of() -%}
create or replace function {{ adapter.quote(this.schema) }}.upstream_of(inode text)
returns table (node_id text, type text, name text, workbook_id text, owner_id text, is_archived boolean, depth integer)
language plpgsql stable as $function$
#variable_conflict use_column
declare
  seen text[] := array[$1];
  front text[] := array[$1];
  far text[] := '{}';
  depths integer[] := '{}';
  step integer := 0;
begin
  loop
    step := step + 1;
    select array_agg(n.id) into front
      from (select l.upstream_id as id from {{ ref('lineage') }} l where l.downstream_id = any (front)
            except select s.id from unnest(seen) s(id)) n;
    exit when front is null;
    seen := seen || front;
    far := far || front;
    depths := depths || array_fill(step, array[cardinality(front)]);
  end loop;
  return query
    select r.id, n.type, n.name, n.workbook_id, n.owner_id, n.is_archived, r.depth
      from unnest(far, depths) r(id, depth)
     cross join lateral (
        -- Looked up one by one: a join reads all nodes there are.
        select o.type, o.name, o.workbook_id, o.owner_id, o.is_archived
          from {{ this }} o where o.node_id = r.id limit 1) n
     order by r.depth, n.type collate "C", n.name collate "C", r.id collate "C";
end
$function$
{%- endmacro %}
