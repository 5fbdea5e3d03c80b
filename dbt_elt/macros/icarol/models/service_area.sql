{# `MD - Garrett County; ...` is a row per area: the name, and as description the item as written,
   since the state before the dash is not always right. A service without areas has its agency's; a
   service at a location has rows of its own where its link, or only its site, states them. #}
{% macro icarol__service_area_sql() %}
with
record as (
  select num, kind, agency_num, coverage_list, coverage_text
  from {{ icarol__ref('record') }}
  where {{ in_state() }}
),

covered as (select num, kind from record where coverage_list is not null or coverage_text is not null),

area as (
  select record.num, {{ re_replace('item.part', '^[A-Z]{2} *- *', '') }} as name, item.part as description
  from record
  {{ split_list('record.coverage_list', ';', 'item') }}
  where item.part <> ''
  union all
  select num, substr({{ plain_text('coverage_text') }}, 1, 200), coverage_text
  from record
  where coverage_list is null and coverage_text is not null
),

owner as (
  select owner.entity, owner.entity_id, owner.entity_key, owner.place_in_line, owner._load_id, covered.num
  from {{ icarol__ref('owner') }} as owner
  inner join covered on covered.num = owner.num
  where owner.entity in ('service', 'service_at_location')
  union all
  select owner.entity, owner.entity_id, owner.entity_key, 2, owner._load_id, covered.num
  from {{ icarol__ref('owner') }} as owner
  inner join record on record.num = owner.num and record.kind = 'program'
  inner join covered on covered.num = record.agency_num and covered.kind = 'agency'
  where owner.entity = 'service'
),

chosen as (
  select owner.*
  from owner
  qualify row_number() over (partition by owner.entity_id order by owner.place_in_line) = 1
)

select
  {{ icarol__child_id('service_area', 'area.description', 'chosen.') }},
  {{ icarol__owner_key('service', 'chosen.') }},
  {{ icarol__owner_key('service_at_location', 'chosen.') }},
  area.name,
  area.description,
  cast(null as varchar) as extent,
  cast(null as varchar) as extent_type,
  cast(null as varchar) as uri,
  {{ icarol__child_origin('service_area', 'area.description', 'chosen.') }}
from chosen
inner join area on area.num = chosen.num
-- What the program says stands on the service.
where not (chosen.entity = 'service_at_location' and chosen.place_in_line = 2)
{% endmacro %}
