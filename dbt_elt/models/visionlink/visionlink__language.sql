with lists as (
  select
    'service:' || service_key as owner,
    {{ hsds_id('visionlink', 'service', 'service_key') }} as service_id,
    cast(null as varchar) as location_id,
    {{ option_list(clean_text('ServiceOption_LanguagesOtherThanEnglish')) }} as languages,
    _state,
    _load_id
  from {{ ref('visionlink_service_row') }} as s
  union all
  select
    'agency:' || {{ clean_text('Agency_Id') }},
    null,
    {{ hsds_id('visionlink', 'location_of_agency', clean_text('Agency_Id')) }},
    {{ option_list(clean_text('AgencyOption_LanguagesOtherThanEnglish')) }},
    _state,
    _load_id
  from {{ raw_rows('visionlink', 'agency') }} as r
),

items as (
  select distinct l.owner, l.service_id, l.location_id, {{ clean_text(scalar_text('i.item')) }} as name, l._state, l._load_id
  from lists as l
  {{ nested_rows('l.languages', 'i') }}
)

select
  {{ entity_row('language', 'visionlink', 'language', "owner || ':' || lower(name)", {
    'service_id': 'service_id',
    'location_id': 'location_id',
    'name': 'name',
    'code': language_code('name'),
  }) }}
from items
where owner is not null and name is not null and lower(name) not in ('none', 'n/a')
