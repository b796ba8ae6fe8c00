{# Columns that together tell the rows of an organization apart. #}
{% test unique_together(model, columns) %}
{%- set key = sigma_sync.within_organization(columns) | join(', ') %}
select {{ key }}, count(*) as n
from {{ model }}
group by {{ key }}
having count(*) > 1
{% endtest %}
