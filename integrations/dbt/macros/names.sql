{# A function that sigma-sync keeps beside its tables. The source knows their schema in models of other projects, too. #}
{% macro sigma_function(name) -%}
{{ adapter.quote(source('sigma', 'members').schema) }}.{{ name }}
{%- endmacro %}

{# Texts as the elements of an SQL list, in lower case. #}
{% macro text_list(values) -%}
{%- for value in values -%}
'{{ value | lower | replace("'", "''") }}'{{ ', ' if not loop.last }}
{%- endfor -%}
{%- endmacro %}

{# Columns that tell rows apart within one organization, as those that do among all that are read. #}
{% macro within_organization(columns) -%}
{{ return((['organization'] if var('all_organizations') else []) + columns) }}
{%- endmacro %}
