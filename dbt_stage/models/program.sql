{# A program goes with the last of its services, as a location does. #}
select
  {{ stage_columns() }}
from {{ elt('program') }} as e
where e.id in {{ ids_of(published('service'), 'program_id') }}
  or e.id not in {{ ids_of(elt('service'), 'program_id') }}
