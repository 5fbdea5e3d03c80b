select
  {{ stage_columns() }}
from {{ elt('taxonomy') }} as e
where e.id in {{ ids_of(published('taxonomy_term'), 'taxonomy_id') }}
