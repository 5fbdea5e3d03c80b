{# Without an address that may be shown a location is virtual and has no coordinates. #}
select
  {{ entity_row('location', 'wellsky', 'location', 'location_key', {
    'location_type': "case when has_address and not is_shelter then 'physical' else 'virtual' end",
    'url': 'url',
    'organization_id': hsds_id('wellsky', 'organization', 'organization_key'),
    'name': 'name',
    'alternate_name': 'alternate_name',
    'description': 'description',
    'transportation': 'case when not is_shelter then transportation end',
    'latitude': 'case when has_point then latitude end',
    'longitude': 'case when has_point then longitude end',
  }) }}
from (
  select
    p.*,
    has_address and not has_withheld and not is_shelter and latitude is not null and longitude is not null as has_point
  from {{ ref('wellsky_place') }} as p
) as places
