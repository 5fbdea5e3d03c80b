{# Every row of `parent` in the run's state has a row here: no join has lost it. #}
{% test nothing_dropped(model, key, parent) %}
  select p.id as missing
  from {{ published(parent) }} as p
  where p.id not in (select {{ key }} from {{ model }} where {{ key }} is not null)
{% endtest %}
