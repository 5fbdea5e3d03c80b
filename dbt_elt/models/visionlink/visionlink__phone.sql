{# These exports flag no phone, so the tenant's `unflagged_phones` decides over all but the opt-in people. #}
{%- set public = 'true' if privacy_choice('unflagged_phones') == 'public' else 'false' -%}
with numbers as (
  {%- for column, kind, type, description in [
    ('AgencySystem_HotlinePhoneNumber', 'hotline', 'voice', 'Hotline'),
    ('AgencySystem_TddPhone', 'tdd', 'textphone', none),
    ('AgencySystem_Fax', 'fax', 'fax', none),
  ] %}
  select
    'agency:' || {{ clean_text('Agency_Id') }} || ':{{ kind }}' as source_key,
    {{ hsds_id('visionlink', 'agency', clean_text('Agency_Id')) }} as organization_id,
    cast(null as varchar) as service_id,
    cast(null as varchar) as contact_id,
    {{ column }} as phone,
    '{{ type }}' as type,
    {{ literal(description) if description else 'cast(null as varchar)' }} as description,
    _state,
    _load_id
  from {{ raw_rows('visionlink', 'agency') }} as r
  where {{ public }}
  union all
  {%- endfor %}
  {%- for column, kind, type, description in [
    ('ServiceSystem_PhoneMain', 'main', 'voice', 'Main'),
    ('ServiceSystem_TddPhone', 'tdd', 'textphone', none),
    ('ServiceSystem_Fax', 'fax', 'fax', none),
  ] %}
  select
    'service:' || service_key || ':{{ kind }}',
    null,
    {{ hsds_id('visionlink', 'service', 'service_key') }},
    null,
    {{ column }},
    '{{ type }}',
    {{ literal(description) if description else 'null' }},
    _state,
    _load_id
  from {{ ref('visionlink_service_row') }} as s
  where {{ public }}
  union all
  {%- endfor %}
  select
    person_key,
    null,
    null,
    {{ hsds_id('visionlink', 'contact', 'person_key') }},
    phone,
    'voice',
    null,
    _state,
    _load_id
  from {{ ref('visionlink_person') }} as p
)

select
  {{ entity_row('phone', 'visionlink', 'phone', 'source_key', {
    'organization_id': 'organization_id',
    'service_id': 'service_id',
    'contact_id': 'contact_id',
    'number': phone_number('phone'),
    'extension': phone_extension('phone'),
    'type': 'type',
    'description': 'description',
  }) }}
from numbers
where source_key is not null and {{ phone_number('phone') }} is not null
