select
  {{ entity_row('service_at_location', 'wellsky', 'services', 'row_key', {
    'service_id': wellsky_service_uuid(),
    'location_id': hsds_id('wellsky', 'location', 'location_key'),
  }) }}
from {{ ref('wellsky_service_row') }} as s
where location_key is not null
