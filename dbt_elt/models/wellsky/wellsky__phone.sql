{# A phone with a location is the location's; an organization that is its own site (AgencyAndSite, one id
   for both) has it too. Readers take phones in the order of their source ids: primary ones first. #}
with numbers as (
  select
    {{ hsds_id('wellsky', 'locationphone', clean_text('ID')) }} as id,
    'locationphone' as source_table,
    case when {{ parse_bool('ISPRIMARY') }} then '1:' else '2:' end || {{ clean_text('ID') }} as source_key,
    {{ hsds_id('wellsky', 'location', clean_text('LOCATION_ID')) }} as location_id,
    case
      when coalesce({{ clean_text('LOCATION_ID') }}, {{ clean_text('ORGANIZATION_ID') }}) = {{ clean_text('ORGANIZATION_ID') }}
        then {{ hsds_id('wellsky', 'organization', clean_text('ORGANIZATION_ID')) }}
    end as organization_id,
    cast(null as varchar) as contact_id,
    NUMBER as phone,
    {{ plain_text('DESCRIPTION') }} as description,
    _state,
    _load_id
  from {{ raw_rows('wellsky', 'locationphone') }} as r
  where {{ clean_text('ID') }} is not null and {{ wellsky_shown_or('ISACTIVE', 'unflagged_phones') }}
  union all
  select
    {{ hsds_id('wellsky', 'phone', "'contact:' || contact_key") }},
    'phone',
    'contact:' || contact_key,
    null,
    null,
    {{ hsds_id('wellsky', 'contact', 'contact_key') }},
    phone,
    null,
    _state,
    _load_id
  from {{ ref('wellsky_contact_row') }} as c
)

select
  {{ entity_row('phone', 'wellsky', 'locationphone', 'source_key', {
    'id': 'id',
    '_source_table': 'source_table',
    'location_id': 'location_id',
    'organization_id': 'organization_id',
    'contact_id': 'contact_id',
    'number': phone_number('phone'),
    'extension': phone_extension('phone'),
    'type': "case when " ~ re_has("lower(coalesce(description, ''))", '(^|[^a-z])(tty|tdd|textphone)([^a-z]|$)')
      ~ " then 'textphone' when " ~ re_has("lower(coalesce(description, ''))", '(^|[^a-z])fax([^a-z]|$)')
      ~ " then 'fax' else 'voice' end",
    'description': 'description',
  }) }}
from numbers
where {{ phone_number('phone') }} is not null
