{% macro icarol__accessibility_sql() %}
select
  {{ hsds_id('icarol', 'accessibility', "_source_table || ':' || _source_id") }} as id,
  location_id,
  accessibility as description,
  cast(null as varchar) as details,
  cast(null as varchar) as url,
  _tenant,
  _state,
  _system,
  'accessibility' as _source_table,
  _source_table || ':' || _source_id as _source_id,
  _load_id
from {{ icarol__ref('place') }}
where accessibility is not null
{% endmacro %}
