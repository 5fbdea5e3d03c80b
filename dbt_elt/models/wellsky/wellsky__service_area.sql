{# An area that all rows of a service share stands on the service, any other on the row. #}
with areas as (
  select
    s.service_key,
    case when s.location_key is not null then s.row_key end as row_key,
    s.rows_of_service,
    coalesce({{ clean_text(nested_text('i.item', "'level'")) }}, 'Area') as level,
    {{ clean_text(nested_text('i.item', "'city'")) }} as city,
    {{ clean_text(nested_text('i.item', "'county'")) }} as county,
    upper({{ clean_text(nested_text('i.item', "'state'")) }}) as state,
    {{ clean_text(nested_text('i.item', "'state_name'")) }} as state_name,
    {{ clean_text(nested_text('i.item', "'postal_code'")) }} as postal_code,
    s._state,
    s._load_id
  from (select r.*, {{ nested('areas') }} as parsed from {{ ref('wellsky_service_row') }} as r) as s
  {{ nested_rows('s.parsed', 'i') }}
),

{# The level says which of the parts is meant; the larger parts only say where it lies. #}
named as (
  select distinct
    service_key,
    row_key,
    rows_of_service,
    level,
    case
      when lower(level) like '%zip%' or lower(level) like '%postal%' then postal_code
      when lower(level) like '%city%' then city || coalesce(', ' || state, '')
      when lower(level) like '%county%' or lower(level) like '%parish%' then
        county
        || case
          when lower(county) like '% county' or lower(county) like '% parish' then ''
          when lower(level) like '%county%' and coalesce(state, '') <> 'LA' then ' County'
          else ' Parish'
        end
        || coalesce(', ' || state, '')
      when lower(level) like '%state%' then coalesce(state_name, state)
      else coalesce(postal_code, city, county, state_name, state, level)
    end as name,
    _state,
    _load_id
  from areas
),

placed as (
  select
    service_key,
    case when count(*) over (partition by service_key, level, name) < rows_of_service then row_key end as row_key,
    level,
    name,
    _state,
    _load_id
  from named
  where name is not null
)

select
  {{ entity_row('service_area', 'wellsky', 'service_area', "coalesce('services:' || row_key, 'service_group:' || service_key) || ':' || level || ':' || name", {
    'service_id': "case when row_key is null then " ~ wellsky_service_uuid() ~ " end",
    'service_at_location_id': hsds_id('wellsky', 'services', 'row_key'),
    'name': 'name',
    'description': 'level',
  }) }}
from (select distinct * from placed) as areas_of
