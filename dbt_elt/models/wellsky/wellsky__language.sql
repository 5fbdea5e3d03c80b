{# Lists with commas, of services and of locations. #}
with lists as (
  select distinct
    'service_group:' || s.service_key as owner,
    {{ wellsky_service_uuid('s.service_key') }} as service_id,
    cast(null as varchar) as location_id,
    coalesce(s.languages, f.languages) as languages,
    s._state,
    s._load_id
  from {{ ref('wellsky_service_row') }} as s
  left join {{ ref('wellsky_fallback') }} as f on f.organization_key = s.organization_key
  union all
  select
    'location:' || {{ clean_text('ID') }},
    null,
    {{ hsds_id('wellsky', 'location', clean_text('ID')) }},
    {{ clean_text('LANGUAGES') }},
    _state,
    _load_id
  from {{ raw_rows('wellsky', 'location') }} as r
),

items as (
  select l.owner, l.service_id, l.location_id, {{ clean_text('i.part') }} as name, l._state, l._load_id
  from (select owner, service_id, location_id, translate(languages, ';/|', ',,,') as languages, _state, _load_id from lists) as l
  {{ split_list('l.languages', ',', 'i') }}
)

select
  {{ entity_row('language', 'wellsky', 'language', "owner || ':' || lower(name)", {
    'service_id': 'service_id',
    'location_id': 'location_id',
    'name': 'name',
    'code': language_code('name'),
  }) }}
from items
where owner is not null and name is not null and lower(name) not in ('none', 'n/a')
