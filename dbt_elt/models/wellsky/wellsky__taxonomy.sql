select
  {{ entity_row('taxonomy', 'wellsky', 'taxonomy', "'human_services'", {
    'name': "'Human services taxonomy'",
    'description': "'Codes of the taxonomy that the resource database is indexed with'",
  }) }}
from (
  select _state, max(_load_id) as _load_id
  from {{ raw_rows('wellsky', 'services') }} as r
  group by _state
) as s
