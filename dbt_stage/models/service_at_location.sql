select
  {{ stage_columns() }}
from {{ elt('service_at_location') }} as e
where e.service_id in {{ ids_of(published('service')) }}
