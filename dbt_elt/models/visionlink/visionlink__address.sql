{# The public addresses of agencies. HSDS has no address without street, city and postal code: what lacks
   one is told in the location's description. #}
with parts as (
  {%- for kind, flag, type in [('physical', 'has_address', 'physical'), ('mailing', 'has_mailing', 'postal')] %}
  select
    'agency:' || agency_key || ':{{ kind }}' as source_key,
    agency_key,
    {{ kind }}_notes as attention,
    {{ kind }}_address_1 as address_1,
    {{ kind }}_address_2 as address_2,
    {{ kind }}_city as city,
    {{ kind }}_county as region,
    {{ kind }}_state as state_province,
    {{ kind }}_zip as postal_code,
    {{ kind }}_country as country,
    '{{ type }}' as address_type,
    _state,
    _load_id
  from {{ ref('visionlink_agency_row') }} as a
  where {{ flag }} and {{ kind }}_city is not null and {{ kind }}_zip is not null
  {{ "union all" if not loop.last }}
  {%- endfor %}
)

select
  {{ entity_row('address', 'visionlink', 'address', 'source_key', {
    'location_id': hsds_id('visionlink', 'location_of_agency', 'agency_key'),
    'attention': 'attention',
    'address_1': 'address_1',
    'address_2': 'address_2',
    'city': 'city',
    'region': 'region',
    'state_province': "coalesce(upper(state_province), " ~ literal(current_state()) ~ ")",
    'postal_code': 'postal_code',
    'country': country_code('country'),
    'address_type': 'address_type',
  }) }}
from parts
