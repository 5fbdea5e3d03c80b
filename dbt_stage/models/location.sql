{# A place goes with the last of its services: one that only unpublished services use is not
   published. A place without any service stays. #}
select
  {{ stage_columns() }}
from {{ elt('location') }} as e
where e.id in {{ ids_of(published('service_at_location'), 'location_id') }}
  or e.id not in {{ ids_of(elt('service_at_location'), 'location_id') }}
