select
  {{ entity_row('taxonomy', 'wellsky', 'taxonomy', "'service_codes'", {
    'name': "'WellSky service codes'",
    'description': "'Codes of the taxonomy that the source classifies its services by.'",
  }) }}
from (
  select _state, max(_load_id) as _load_id
  from {{ raw_rows('wellsky', 'services') }} as r
  group by _state
) as s
