{% macro icarol__contact_sql() %}
select
  contact_id as id,
  {{ icarol__owner_key('organization', '') }},
  {{ icarol__owner_key('service', '') }},
  {{ icarol__owner_key('service_at_location', '') }},
  cast(null as varchar) as location_id,
  name,
  title,
  cast(null as varchar) as department,
  email,
  _tenant, _state, _system, _source_table, _source_id, _load_id
from {{ icarol__ref('person') }}
{% endmacro %}
