{# Every filled key has its parent in the same state: one query for all of a table's keys. #}
{% test foreign_keys(model, parents) %}
  {%- for column, parent in parents.items() %}
  {{ "union all" if not loop.first }}
  select '{{ column }}' as foreign_key, {{ column }} as missing
  from {{ model }}
  where {{ column }} is not null
    and {{ column }} not in (select id from {{ ref(parent) }} where {{ in_state() }})
  {%- endfor %}
{% endtest %}
