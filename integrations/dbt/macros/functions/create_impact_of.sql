{# Made from the declarations in src/ by `npm run docs`; do not edit. #}
{% macro create_impact_of() -%}
create or replace function {{ adapter.quote(this.schema) }}.impact_of(inode text)
returns table (node_id text, type text, name text, workbook_id text, owner_id text, is_archived boolean, depth integer)
language plpgsql stable as $function$
#variable_conflict use_column
declare
  seen bigint[] := array(select o.node_hash from {{ this }} o where o.node_id = $1);
  front bigint[] := seen;
  step integer := 0;
begin
  loop
    step := step + 1;
    select array_agg(n.hash) into front
      from (select l.downstream_hash as hash from {{ ref('lineage') }} l where l.upstream_hash = any (front)
            except select s.hash from unnest(seen) s(hash)) n;
    exit when front is null;
    seen := seen || front;
    return query
      select o.node_id, o.type, o.name, o.workbook_id, o.owner_id, o.is_archived, step
        from {{ this }} o where o.node_hash = any (front)
       order by o.node_hash;
  end loop;
end
$function$
{%- endmacro %}
