select
  {{ stage_columns() }}
from {{ elt('metadata') }} as e
where {{ hangs_on_published('resource_id', 'resource_type', ['organization', 'service', 'location', 'service_at_location']) }}
