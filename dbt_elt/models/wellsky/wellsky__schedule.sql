{# Hours are free text. Those that all rows of a service share stand on the service, others on the
   service at its location; a location's own hours on the location. #}
with said as (
  select
    s.service_key,
    case when s.location_key is not null then s.row_key end as row_key,
    s.rows_of_service,
    coalesce(s.hours, f.hours) as hours,
    s._state,
    s._load_id
  from {{ ref('wellsky_service_row') }} as s
  left join {{ ref('wellsky_fallback') }} as f on f.organization_key = s.organization_key
),

placed as (
  select
    service_key,
    case when count(*) over (partition by service_key, hours) < rows_of_service then row_key end as row_key,
    hours,
    _state,
    _load_id
  from said
  where hours is not null
)

select
  {{ entity_row('schedule', 'wellsky', 'schedule', 'source_key', {
    'service_id': 'service_id',
    'service_at_location_id': 'service_at_location_id',
    'location_id': 'location_id',
    'description': 'hours',
  }) }}
from (
  select
    'services:' || row_key as source_key,
    cast(null as varchar) as service_id,
    {{ hsds_id('wellsky', 'services', 'row_key') }} as service_at_location_id,
    cast(null as varchar) as location_id,
    hours,
    _state,
    _load_id
  from placed
  where row_key is not null
  union all
  select distinct
    'service_group:' || service_key || ':' || md5(hours),
    {{ wellsky_service_uuid() }},
    null,
    null,
    hours,
    _state,
    _load_id
  from placed
  where row_key is null
  union all
  select
    'location:' || {{ clean_text('ID') }},
    null,
    null,
    {{ hsds_id('wellsky', 'location', clean_text('ID')) }},
    {{ rich_text('HOURS') }},
    _state,
    _load_id
  from {{ raw_rows('wellsky', 'location') }} as r
  where {{ rich_text('HOURS') }} is not null
) as schedules
where source_key is not null
