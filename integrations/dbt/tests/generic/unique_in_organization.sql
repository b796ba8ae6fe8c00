{# A column that tells the rows of an organization apart. #}
{% test unique_in_organization(model, column_name) %}
{%- set key = sigma_sync.within_organization([column_name]) | join(', ') %}
select {{ key }}, count(*) as n
from {{ model }}
where {{ column_name }} is not null
group by {{ key }}
having count(*) > 1
{% endtest %}
