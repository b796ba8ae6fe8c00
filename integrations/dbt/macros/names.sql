{# A function that sigma-sync keeps beside its tables. #}
{% macro sigma_function(name) -%}
{{ adapter.quote(var('sigma_schema', 'sigma')) }}.{{ name }}
{%- endmacro %}

{# Texts as the elements of an SQL list, in lower case. #}
{% macro text_list(values) -%}
{%- for value in values -%}
'{{ value | lower | replace("'", "''") }}'{{ ', ' if not loop.last }}
{%- endfor -%}
{%- endmacro %}
