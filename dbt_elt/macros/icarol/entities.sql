{# The entities that iCarol fills: a model icarol__<entity> each. #}
{% macro icarol__entities() %}
  {{ return(['organization']) }}
{% endmacro %}
