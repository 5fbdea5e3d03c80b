{% macro icarol__attribute_sql() %}
select
  {{ icarol__child_id('attribute', 'name') }},
  entity_id as link_id,
  {{ hsds_id('icarol', 'taxonomy_term', "taxonomy || ':' || code") }} as taxonomy_term_id,
  link_type,
  entity as link_entity,
  value,
  label,
  {{ icarol__child_origin('attribute', 'name') }}
from {{ icarol__ref('annotation') }} as owner
where {{ in_state() }}
{% endmacro %}
