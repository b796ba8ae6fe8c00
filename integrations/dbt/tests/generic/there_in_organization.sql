{# Each value of the column is in a column of another model, in the same organization. #}
{% test there_in_organization(model, column_name, to, field) %}
select c.{{ column_name }}
from {{ model }} c
left join {{ to }} p on {% if var('all_organizations') %}p.organization = c.organization and {% endif %}p.{{ field }} = c.{{ column_name }}
where c.{{ column_name }} is not null and p.{{ field }} is null
{% endtest %}
