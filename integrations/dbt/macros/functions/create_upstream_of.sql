{# Made from the declarations in src/ by `npm run docs`; do not edit. #}
{% macro create_upstream_of() -%}
create or replace function {{ adapter.quote(this.schema) }}.upstream_of(inode text)
returns table (node_id text, type text, name text, workbook_id text, owner_id text, is_archived boolean, depth integer)
language plpgsql stable as $function$
#variable_conflict use_column
declare
  seen text[] := array[$1];
  front text[] := array[$1];
  step integer := 0;
begin
  loop
    step := step + 1;
    select array_agg(n.id) into front
      from (select l.upstream_id as id from {{ ref('lineage') }} l where l.downstream_id = any (front)
            except select s.id from unnest(seen) s(id)) n;
    exit when front is null;
    seen := seen || front;
    return query
      select o.node_id, o.type, o.name, o.workbook_id, o.owner_id, o.is_archived, step
        from {{ this }} o where o.node_id = any (front)
       order by o.node_id;
  end loop;
end
$function$
{%- endmacro %}
