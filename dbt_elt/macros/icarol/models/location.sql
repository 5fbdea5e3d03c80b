{% macro icarol__location_sql() %}
{% set place_text = joined(['physical_address_1', 'physical_address_2', 'physical_city', 'physical_state', 'physical_postal_code'], ', ') %}
select
  location_id as id,
  case
    when physical = 'public' then 'physical'
    when physical is null and mailing_complete then 'postal'
    else 'virtual'
  end as location_type,
  {{ clean_url('websites') }} as url,
  {{ hsds_id('icarol', 'agency', 'agency_num') }} as organization_id,
  name,
  nullif(alternate_name, name) as alternate_name,
  {{ joined([
    'description',
    'location_description',
    "case when physical = 'withheld' then " ~ joined(["'Address withheld'", 'withheld_city', 'withheld_county'], ', ') ~ " end",
    "case when physical = 'public' and not physical_complete then " ~ place_text ~ " end",
  ], '. ') }} as description,
  {{ joined(['bus_access', 'transportation'], '. ') }} as transportation,
  latitude,
  longitude,
  cast(null as varchar) as external_identifier,
  cast(null as varchar) as external_identifier_type,
  _tenant, _state, _system, _source_table, _source_id, _load_id
from {{ icarol__ref('place') }}
{% endmacro %}
